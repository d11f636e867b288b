"""GET /wp/v2/comments and /wp/v2/comments/<id>.

Does not change anything.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.sandbox.wordpress import params
from bot.sandbox.wordpress.access import may_read_comment, may_read_post
from bot.sandbox.wordpress.answers import Json, RestAnswer, RestError, RestRequest
from bot.sandbox.wordpress.paging import paged
from bot.sandbox.wordpress.shapes import comment_json, embedded
from bot.sandbox.wordpress.site import Comment, Site

Test = Callable[[Comment], bool]

# The listing's words for a status are not those of the answers: "approved" here finds nothing.
_STATUSES: dict[str, frozenset[str]] = {
    "approve": frozenset({"approved"}),
    "1": frozenset({"approved"}),
    "hold": frozenset({"hold"}),
    "0": frozenset({"hold"}),
    "spam": frozenset({"spam"}),
    "trash": frozenset({"trash"}),
    "post-trashed": frozenset({"post-trashed"}),
    "all": frozenset({"approved", "hold"}),
    "any": frozenset({"approved", "hold", "spam", "trash", "post-trashed"}),
}
_ORDERS: dict[str, Callable[[Comment], Any]] = {
    "date": lambda comment: (comment.date_gmt, comment.id),
    "date_gmt": lambda comment: (comment.date_gmt, comment.id),
    "id": lambda comment: comment.id,
    "parent": lambda comment: (comment.parent, comment.id),
    "post": lambda comment: (comment.post, comment.id),
    "type": lambda comment: (comment.type, comment.id),
    "include": lambda comment: comment.id,
}


def list_comments(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: List Comments. Totals count what the query finds, a page leaves out what one may not see."""
    given = request.params
    order = params.choice(given, "order", "desc", ("asc", "desc"))
    orderby = params.choice(given, "orderby", "date_gmt", tuple(_ORDERS))
    tests = _filters(site, given)
    context = _context(given)
    _check_listing(site, request, context)
    found = [comment for comment in site.comments.values() if all(test(comment) for test in tests)]
    found.sort(key=_ORDERS[orderby], reverse=order == "desc")
    if orderby == "include" and (wanted := params.integers(given, "include")):
        found.sort(key=lambda comment: wanted.index(comment.id))
    page = paged(site, request, found)
    seen = [comment for comment in page.items if may_read_comment(request, site, comment)]
    return page.answer([_shape(site, comment, context) for comment in seen])


def get_comment(site: Site, request: RestRequest, comment_id: int) -> RestAnswer:
    """WordPress REST: Retrieve a Comment."""
    comment = find_comment(site, comment_id)
    context = _context(request.params)
    if context == "edit" and not request.may("moderate_comments"):
        raise RestError(request.denied(), "rest_forbidden_context", "Sorry, you are not allowed to edit comments.")
    if not may_read_comment(request, site, comment):
        raise RestError(request.denied(), "rest_cannot_read", "Sorry, you are not allowed to read this comment.")
    return RestAnswer(_shape(site, comment, context))


def find_comment(site: Site, comment_id: int) -> Comment:
    """The stored comment, or 404 rest_comment_invalid_id."""
    comment = site.comments.get(comment_id)
    if comment is None:
        raise RestError(404, "rest_comment_invalid_id", "Invalid comment ID.")
    return comment


def _shape(site: Site, comment: Comment, context: str) -> Json:
    data = comment_json(site, comment, edit=context == "edit")
    return embedded("comment", data) if context == "embed" else data


def _context(given: Json) -> str:
    return params.choice(given, "context", "view", ("view", "embed", "edit"))


def _check_listing(site: Site, request: RestRequest, context: str) -> None:
    given = request.params
    for post_id in params.integers(given, "post") or []:
        post = site.posts.get(post_id)
        if post and not may_read_post(request, post):
            message = "Sorry, you are not allowed to read the post for this comment."
            raise RestError(request.denied(), "rest_cannot_read_post", message)
    if context == "edit" and not request.may("moderate_comments"):
        raise RestError(request.denied(), "rest_forbidden_context", "Sorry, you are not allowed to edit comments.")
    if request.may("edit_posts"):
        return
    protected = [name for name in ("author", "author_exclude", "author_email") if given.get(name)]
    protected += ["type"] if given.get("type", "comment") != "comment" else []
    protected += ["status"] if given.get("status", "approve") != "approve" else []
    if protected:
        message = f"Query parameter not permitted: {', '.join(protected)}"
        raise RestError(request.denied(), "rest_forbidden_param", message)


def _filters(site: Site, given: Json) -> list[Test]:
    """One test per parameter; parameters that the route does not know (modified_after, say) are ignored."""
    tests: list[Test] = []

    def among(name: str, field: str, *, wanted: bool = True) -> None:
        if values := params.integers(given, name):
            tests.append(lambda comment: (getattr(comment, field) in values) == wanted)

    among("post", "post")
    among("parent", "parent")
    among("parent_exclude", "parent", wanted=False)
    among("include", "id")
    among("exclude", "id", wanted=False)
    among("author", "author")
    among("author_exclude", "author", wanted=False)
    statuses = _STATUSES.get(str(given.get("status", "approve")).lower(), frozenset())
    tests.append(lambda comment: comment.status in statuses)
    kind = str(given.get("type", "comment"))
    kinds = {"pingback", "trackback"} if kind == "pings" else {kind}
    if kind != "all":
        tests.append(lambda comment: comment.type in kinds)
    if email := given.get("author_email"):
        tests.append(lambda comment: comment.author_email == email)
    if search := str(given.get("search", "")).strip().lower():
        tests.append(lambda comment: _mentions(comment, search))
    return tests + _dates(given, site.utc_offset)


def _dates(given: Json, utc_offset: timedelta) -> list[Test]:
    tests: list[Test] = []
    if (after := params.moment(given, "after", utc_offset)) is not None:
        tests.append(lambda comment: comment.date_gmt > after)
    if (before := params.moment(given, "before", utc_offset)) is not None:
        tests.append(lambda comment: comment.date_gmt < before)
    return tests


def _mentions(comment: Comment, search: str) -> bool:
    """WordPress searches e-mail and IP too, whoever asks."""
    fields = (comment.author_name, comment.author_email, comment.author_url, comment.author_ip, comment.raw)
    return any(search in text.lower() for text in fields)
