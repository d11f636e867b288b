"""POST and DELETE on /wp/v2/comments.

Does not list; and checks parents as little as WordPress does: any number is taken.
"""

from __future__ import annotations

import re
from datetime import timedelta

from bot.sandbox.wordpress import params
from bot.sandbox.wordpress.access import may_edit_post, may_read_post
from bot.sandbox.wordpress.answers import Json, RestAnswer, RestError, RestRequest
from bot.sandbox.wordpress.comments_read import find_comment
from bot.sandbox.wordpress.kses import clean_name, clean_url, filter_comment
from bot.sandbox.wordpress.moderation import first_status
from bot.sandbox.wordpress.shapes import comment_json
from bot.sandbox.wordpress.site import Comment, Post, Site

_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+")
# The words that a create or an edit takes for a status, and what they come to.
_STATUSES = {"approved": "approved", "approve": "approved", "1": "approved", "hold": "hold", "0": "hold"} | {
    "spam": "spam",
    "trash": "trash",
    "unspam": "hold",
    "untrash": "untrash",
}
_LIMITS = {
    "author_name": (245, "comment_author_column_length"),
    "author_email": (100, "comment_author_email_column_length"),
    "author_url": (200, "comment_author_url_column_length"),
}
_REQUIRED = ("author_name", "author_email")
_CONTENT_BYTES = 65525


def create_comment(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: Create a Comment. A guest's is held unless `status` says otherwise."""
    given = request.params
    fields = _fields(site, request)
    post = _check_create(site, request)
    if given.get("id"):
        raise RestError(400, "rest_comment_exists", "Cannot create existing comment.")
    if given.get("type", "comment") != "comment":
        raise RestError(400, "rest_invalid_comment_type", "Cannot create a comment with that type.")
    sent = fields.pop("raw", "")
    if sent == "":
        raise RestError(400, "rest_comment_content_invalid", "Invalid comment content.")
    if request.user and not any(fields.get(name) for name in ("author", "author_name", "author_email", "author_url")):
        user = request.user
        fields |= {"author": user.id, "author_name": user.name, "author_email": user.email, "author_url": ""}
    # To PHP the text "0" is as empty as "", so a guest of that name is refused.
    if site.settings["require_name_email"] and {fields.get(key, "") for key in _REQUIRED} & {"", "0"}:
        message = "Creating a comment requires valid author name and email values."
        raise RestError(400, "rest_comment_author_data_required", message)
    _check_lengths(fields, sent)
    guest = {"parent": 0, "author": 0, "author_name": "", "author_email": "", "author_url": "", "date_gmt": site.now()}
    comment = Comment(id=0, raw=sent, **{**guest, **fields, "post": post.id})
    comment.status = first_status(site, comment, sent, request.user)
    if "status" in given:
        comment.status = _STATUSES.get(str(given["status"]).lower(), comment.status)
    comment.id = site.next_id("comment")
    comment.raw = filter_comment(sent, site.host, unfiltered=request.may("unfiltered_html"))
    site.add_comment(comment)
    answer = RestAnswer(comment_json(site, comment, edit=request.may("moderate_comments")), 201)
    answer.headers["Location"] = site.rest_url(f"/wp/v2/comments/{comment.id}")
    return answer


def update_comment(site: Site, request: RestRequest, comment_id: int) -> RestAnswer:
    """WordPress REST: Update a Comment. The date stays; a parent that makes a circle is taken too."""
    comment = find_comment(site, comment_id)
    _check_may_change(site, request, comment, "edit")
    fields = _fields(site, request)
    if "post" in fields and fields["post"] not in site.posts:
        raise RestError(403, "rest_comment_invalid_post_id", "Invalid post ID.")
    if "raw" in fields:
        if fields["raw"] == "":
            raise RestError(400, "rest_comment_content_invalid", "Invalid comment content.")
        _check_lengths(fields, fields["raw"])
        fields["raw"] = filter_comment(fields["raw"], site.host, unfiltered=request.may("unfiltered_html"))
    _check_lengths(fields, "")
    for name, value in fields.items():
        setattr(comment, name, value)
    site.tell("comment-edited", {"id": comment.id, "post": comment.post, "parent": comment.parent})
    status = _STATUSES.get(str(request.params.get("status", "")).lower())
    if status == "untrash":  # WordPress: wp_untrash_comment() gives it the status that it had
        status = comment.before_trash if comment.status == "trash" else None
    if status is not None:
        site.set_status(comment, status)
    return RestAnswer(comment_json(site, comment, edit=request.may("moderate_comments")))


def delete_comment(site: Site, request: RestRequest, comment_id: int) -> RestAnswer:
    """WordPress REST: Delete a Comment. To the trash, or for good with force=true."""
    comment = find_comment(site, comment_id)
    _check_may_change(site, request, comment, "delete")
    shape = comment_json(site, comment, edit=request.may("moderate_comments"))
    if params.flag(request.params, "force"):
        site.remove_comment(comment)
        shape.pop("_links")
        return RestAnswer({"deleted": True, "previous": shape})
    if comment.status == "trash":
        raise RestError(410, "rest_already_trashed", "The comment has already been trashed.")
    site.set_status(comment, "trash")
    return RestAnswer(comment_json(site, comment, edit=request.may("moderate_comments")))


def _check_create(site: Site, request: RestRequest) -> Post:
    """The post, when the caller may comment on it."""
    given = request.params
    if request.user is None:
        raise RestError(401, "rest_comment_login_required", "Sorry, you must be logged in to comment.")
    if not request.may("moderate_comments"):
        own = params.integer(given, "author", request.user.id) == request.user.id
        forbidden = [] if own else [("rest_comment_invalid_author", "author")]
        forbidden += [("rest_comment_invalid_author_ip", "author_ip")] if "author_ip" in given else []
        forbidden += [("rest_comment_invalid_status", "status")] if "status" in given else []
        for code, name in forbidden:
            raise RestError(403, code, f"Sorry, you are not allowed to edit '{name}' for comments.")
    post = site.posts.get(params.integer(given, "post", 0))
    if post is None:
        message = "Sorry, you are not allowed to create this comment without a post."
        raise RestError(403, "rest_comment_invalid_post_id", message)
    for status, code in (("draft", "rest_comment_draft_post"), ("trash", "rest_comment_trash_post")):
        if post.status == status:
            raise RestError(403, code, "Sorry, you are not allowed to create a comment on this post.")
    if not may_read_post(request, post):
        message = "Sorry, you are not allowed to read the post for this comment."
        raise RestError(request.denied(), "rest_cannot_read_post", message)
    if post.comment_status != "open":
        raise RestError(403, "rest_comment_closed", "Sorry, comments are closed for this item.")
    return post


def _check_may_change(site: Site, request: RestRequest, comment: Comment, verb: str) -> None:
    """Moderators may; others only where they may edit the post itself."""
    post = site.posts.get(comment.post)
    if not request.may("moderate_comments") and not (post and may_edit_post(request, post)):
        message = f"Sorry, you are not allowed to {verb} this comment."
        raise RestError(request.denied(), f"rest_cannot_{verb}", message)


def _fields(site: Site, request: RestRequest) -> Json:
    """The stored fields that the request sets, cleaned; `raw` is trimmed and not yet filtered.

    The IP and the user agent are set by every write, an edit included.
    """
    given = request.params
    fields: Json = {"author_ip": request.remote, "author_user_agent": request.user_agent}
    content = given.get("content")
    if isinstance(content, dict):
        content = content.get("raw")
    if content is not None:
        fields["raw"] = str(content).strip()
    for name in ("post", "parent"):
        if name in given:
            fields[name] = max(0, params.integer(given, name, 0))
    if given.get("author_ip") and request.may("moderate_comments"):
        fields["author_ip"] = str(given["author_ip"])
    if given.get("author_user_agent"):
        fields["author_user_agent"] = str(given["author_user_agent"])
    # An offset in either is heeded; without one, `date` is the blog's time and `date_gmt` is UTC.
    for name, offset in (("date_gmt", timedelta()), ("date", site.utc_offset)):
        if (date := params.moment(given, name, offset)) is not None:
            fields["date_gmt"] = date
    return fields | _author_fields(site, given)


def _author_fields(site: Site, given: Json) -> Json:
    fields: Json = {}
    if "author" in given:
        account = site.account(params.integer(given, "author", 0))
        if account is None:
            raise RestError(400, "rest_comment_author_invalid", "Invalid comment author ID.")
        fields |= {"author": account.id, "author_name": account.name, "author_email": account.email, "author_url": ""}
    if "author_name" in given:
        fields["author_name"] = clean_name(str(given["author_name"]))
    if "author_url" in given:
        fields["author_url"] = clean_url(str(given["author_url"]))
    if "author_email" in given:
        fields["author_email"] = email = str(given["author_email"])
        if email and not _EMAIL.fullmatch(email):
            raise params.invalid("author_email", "Invalid email address.")
    return fields


def _check_lengths(fields: Json, content: str) -> None:
    """WordPress: wp_check_comment_data_max_lengths(); names in characters, the text in bytes."""
    codes = [code for name, (limit, code) in _LIMITS.items() if len(fields.get(name, "")) > limit]
    if len(content.encode()) > _CONTENT_BYTES:
        codes.append("comment_content_column_length")
    if codes:
        raise RestError(400, codes[0], "Comment field exceeds maximum length allowed.")
