"""The table of REST routes, with the small ones: root, users, categories, tags.

Does not hold the routes of posts, comments and media themselves; those have modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.sandbox.wordpress import comments_read, comments_write, media, moderation, params, posts
from bot.sandbox.wordpress.accounts import Account
from bot.sandbox.wordpress.answers import Json, RestAnswer, RestError, RestRequest, only_fields
from bot.sandbox.wordpress.paging import paged
from bot.sandbox.wordpress.shapes import embedded, term_json, user_json
from bot.sandbox.wordpress.site import Site


def root(site: Site, request: RestRequest) -> RestAnswer:
    """The index: the blog's name and addresses, and whether application passwords are on."""
    authorization = f"{site.url}/wp-admin/authorize-application.php"
    passwords = {"application-passwords": {"endpoints": {"authorization": authorization}}}
    minutes = site.utc_offset.total_seconds() / 3600
    return RestAnswer(
        {
            "name": site.title,
            "description": "",
            "url": site.url,
            "home": site.url,
            "gmt_offset": f"{minutes:g}",
            "timezone_string": "",
            "namespaces": ["oembed/1.0", "wp/v2"],
            "authentication": passwords if site.settings["application_passwords"] else [],
            "routes": {
                route: {"namespace": "wp/v2", "methods": methods.split("|")}
                for route, methods in (("/wp/v2/posts", "GET|POST"), ("/wp/v2/comments", "GET|POST"))
            },
            "site_logo": 0,
            "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
        }
    )


def me(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: Retrieve the current User; how a password is checked."""
    if request.user is None:
        raise RestError(401, "rest_not_logged_in", "You are not currently logged in.")
    return _user_answer(site, request, request.user)


def introspect(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: the application password in use."""
    if request.user is None:
        raise RestError(401, "rest_not_logged_in", "You are not currently logged in.")
    return RestAnswer({"uuid": f"{request.user.id:032x}", "app_id": "", "name": "loopback", "last_ip": request.remote})


def get_user(site: Site, request: RestRequest, user_id: int) -> RestAnswer:
    """WordPress REST: Retrieve a User. Only accounts with published posts are public."""
    account = site.account(user_id)
    if account is None:
        raise RestError(404, "rest_user_invalid_id", "Invalid user ID.")
    public = any(post.author == user_id for post in site.published())
    if not public and not (request.user and request.user.id == user_id) and not request.may("edit_others_posts"):
        raise RestError(request.denied(), "rest_user_cannot_view", "Sorry, you are not allowed to list users.")
    return _user_answer(site, request, account)


def _user_answer(site: Site, request: RestRequest, account: Account) -> RestAnswer:
    context = params.choice(request.params, "context", "view", ("view", "embed", "edit"))
    own = request.user is not None and request.user.id == account.id
    if context == "edit" and not own and not request.may("manage_options"):
        raise RestError(request.denied(), "rest_forbidden_context", "Sorry, you are not allowed to edit this user.")
    data = user_json(site, account, edit=context == "edit")
    return RestAnswer(embedded("user", data) if context == "embed" else data)


def list_categories(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: List Categories, all or a post's."""
    given = request.params
    found = sorted(site.terms.values(), key=lambda term: term.name)
    if (post_id := params.integer(given, "post", 0)) in site.posts:
        found = [term for term in found if term.id in site.posts[post_id].categories]
    if (include := params.integers(given, "include")) is not None:
        found = [term for term in found if term.id in include]
    if (slugs := params.words(given, "slug")) is not None:
        found = [term for term in found if term.slug in slugs]
    page = paged(site, request, found)
    shapes = [term_json(site, term) for term in page.items]
    return page.answer([embedded("term", shape) for shape in shapes] if given.get("context") == "embed" else shapes)


def get_category(site: Site, request: RestRequest, term_id: int) -> RestAnswer:
    """WordPress REST: Retrieve a Category."""
    if term_id not in site.terms:
        raise RestError(404, "rest_term_invalid", "Term does not exist.")
    return RestAnswer(term_json(site, site.terms[term_id]))


def list_tags(site: Site, request: RestRequest) -> RestAnswer:
    """This blog has no tags."""
    return paged(site, request, []).answer([])


_TABLE: tuple[tuple[str, re.Pattern[str], Callable[..., RestAnswer]], ...] = tuple(
    (methods, re.compile(pattern), handler)
    for methods, pattern, handler in (
        ("GET", r"/", root),
        ("GET", r"/wp/v2/posts", posts.list_posts),
        ("POST", r"/wp/v2/posts", posts.create_post),
        ("GET", r"/wp/v2/posts/(\d+)", posts.get_post),
        ("POST PUT PATCH", r"/wp/v2/posts/(\d+)", posts.update_post),
        ("DELETE", r"/wp/v2/posts/(\d+)", posts.delete_post),
        ("GET", r"/wp/v2/comments", comments_read.list_comments),
        ("POST", r"/wp/v2/comments", comments_write.create_comment),
        ("GET", r"/wp/v2/comments/(\d+)", comments_read.get_comment),
        ("POST PUT PATCH", r"/wp/v2/comments/(\d+)", comments_write.update_comment),
        ("DELETE", r"/wp/v2/comments/(\d+)", comments_write.delete_comment),
        ("POST", r"/commonthread/v1/words", moderation.words),
        ("GET", r"/wp/v2/users/me", me),
        ("GET", r"/wp/v2/users/me/application-passwords/introspect", introspect),
        ("GET", r"/wp/v2/users/(\d+)", get_user),
        ("GET", r"/wp/v2/categories", list_categories),
        ("GET", r"/wp/v2/categories/(\d+)", get_category),
        ("GET", r"/wp/v2/tags", list_tags),
        ("GET", r"/wp/v2/media", media.list_media),
        ("POST", r"/wp/v2/media", media.upload),
        ("GET", r"/wp/v2/media/(\d+)", media.get_media),
        ("DELETE", r"/wp/v2/media/(\d+)", media.delete_media),
    )
)


def dispatch(site: Site, request: RestRequest) -> RestAnswer:
    """Answer one call; refusals are answers too. Applies `_embed` and `_fields` as WordPress does, in that order."""
    try:
        answer = _handled(site, request)
    except RestError as refusal:
        return refusal.answer()
    items = answer.data if isinstance(answer.data, list) else [answer.data]
    if request.method == "GET" and "_embed" in request.query:
        wanted = params.words(request.query, "_embed")
        for item in items:
            _embed(site, request, item, None if wanted in (None, ["1"], ["true"]) else wanted)
    fields = params.words(request.params, "_fields")
    if fields is not None:
        nested = not request.route.startswith("/wp/v2/comments")
        kept = [only_fields(item, dict.fromkeys(fields), nested=nested) for item in items]
        answer.data = kept if isinstance(answer.data, list) else kept[0]
    return answer


def _handled(site: Site, request: RestRequest) -> RestAnswer:
    allowed: set[str] = set()
    method = "GET" if request.method == "HEAD" else request.method
    for methods, pattern, handler in _TABLE:
        if match := pattern.fullmatch(request.route.rstrip("/") or "/"):
            allowed.update(methods.split())
            if method in methods.split():
                answer = handler(site, request, *(int(number) for number in match.groups()))
                answer.headers.setdefault("Allow", ", ".join(sorted(allowed)))
                return answer
    raise RestError(404, "rest_no_route", "No route was found matching the URL and request method.")


def _embed(site: Site, request: RestRequest, item: Json, wanted: list[str] | None) -> None:
    """Put the answers of the item's embeddable links into its `_embedded`; a refusal is embedded as one."""
    found: Json = {}
    for relation, links in item.get("_links", {}).items():
        answers = []
        for link in links if wanted is None or relation in wanted else []:
            if not isinstance(link, dict) or not link.get("embeddable"):
                continue
            route, query = _own_route(site, str(link["href"]))
            inner = RestRequest("GET", route, {**query, "context": "embed"}, user=request.user)
            answers.append(dispatch(site, inner).data)
        if answers:
            found[relation] = answers
    if found:
        item["_embedded"] = found


def _own_route(site: Site, href: str) -> tuple[str, Json]:
    rest = href.removeprefix(site.rest_url("/").rstrip("/"))
    route, *query = re.split(r"[?&]", rest.replace("%2F", "/"))
    return route, dict(part.split("=", 1) for part in query)
