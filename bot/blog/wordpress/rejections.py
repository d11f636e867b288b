"""Says what WordPress's error codes mean, in sentences for a member or an operator.

Does not raise: each function returns the error that the caller raises. Codes are WordPress's (REST comments
controller, wp_allow_comment), found on real installations.
"""

from __future__ import annotations

import re

from bot.blog.wordpress.rest import DIED, Rejected
from bot.core.errors import CommonthreadError, NotAllowed, NotUnderstood, PlaceVanished, Refused, Unreachable, Vanished

FLOOD_SECONDS = 15.0
"""WordPress lets somebody without moderation rights comment once in this time."""

_POST_GONE = {
    "rest_post_invalid_id",
    "rest_comment_invalid_post_id",
    "rest_comment_trash_post",
    "rest_comment_draft_post",
    "rest_cannot_read_post",
}
_PASSWORD = {
    "rest_comment_login_required",
    "rest_not_logged_in",
    "incorrect_password",
    "invalid_username",
    "invalid_email",
    "application_passwords_disabled",
    "application_passwords_disabled_for_user",
}
_KIND = {
    "rest_comment_closed": "Comments on this post are closed on the blog.",
    "rest_comment_content_invalid": "The blog saw no text in this message.",
    "comment_content_column_length": "This message is longer than the blog takes.",
    "comment_author_column_length": "Your display name is longer than the blog takes.",
    "comment_author_url_column_length": "The link to this message is longer than the blog takes.",
    "comment_author_email_column_length": "The blog did not take this message's sender.",
    "rest_comment_author_data_required": "The blog wants a name, and yours has no character that it keeps.",
    "comment_duplicate": "The blog has this very comment already.",
}


_FINAL = {
    *_KIND,
    *_POST_GONE,
    *_PASSWORD,
    "comment_flood",
    "rest_comment_invalid_id",
    "rest_comment_invalid_status",
    "rest_no_route",
    "rest_trash_not_supported",
    "rest_already_trashed",
}
"""Codes of which it is clear what they are about."""
_RIGHTS = ("rest_cannot_", "rest_forbidden", "rest_comment_invalid_author")
"""How WordPress's codes for a missing permission begin. Plugins use them as well."""


def is_foreign(rejected: Rejected) -> bool:
    """Whether something else than WordPress may have turned a request away: a plugin, a firewall, a proxy.

    What it is about is not said then: this one request, or the account.
    """
    if rejected.code in _FINAL or rejected.status == 413:
        return False
    return rejected.status in (401, 403) or rejected.code in ("", DIED)


def speaks_of_rights(rejected: Rejected) -> bool:
    """Whether it is in WordPress's words for a permission that the account lacks."""
    return rejected.code.startswith(_RIGHTS)


def is_post_gone(rejected: Rejected) -> bool:
    """Whether a rejection speaks of the post and not of the comment or the caller."""
    return rejected.code in _POST_GONE


def of_read(rejected: Rejected) -> CommonthreadError:
    """The error for a GET that was turned down."""
    if rejected.code in _PASSWORD:
        return NotAllowed("The blog shows its REST interface to nobody without a valid application password.")
    if rejected.code in _POST_GONE:
        return PlaceVanished("The post is gone from the blog, or no longer public.")
    if rejected.code == "rest_comment_invalid_id":
        return Vanished("The comment is gone from the blog.")
    if rejected.status in (401, 403):
        return NotAllowed(f"The blog does not let the bot read this ({_told(rejected)}).")
    if rejected.code == "rest_no_route":
        return NotUnderstood("The blog's REST interface lacks a route; a plugin may have removed it.")
    return NotUnderstood(f"The blog does not understand the bot ({_told(rejected)}).")


def of_write(rejected: Rejected) -> CommonthreadError:
    """The error for a write that was turned down. A Refused is worded for the member who wrote the message."""
    code = rejected.code
    if code == "comment_flood":
        return Unreachable("The blog takes one comment at a time and asks to wait a little.", FLOOD_SECONDS)
    if code in _KIND:
        return Refused(_KIND[code], code)
    if code in _POST_GONE:
        return PlaceVanished("The post is gone from the blog, or no longer public.")
    if code == "rest_comment_invalid_id":
        return Vanished("The comment is gone from the blog.")
    if code in _PASSWORD or rejected.status == 401:
        return NotAllowed("The blog does not accept the application password; make a new one and set it.")
    if rejected.status == 403:
        return NotAllowed(f"The blog does not let the bot's account do this ({_coded(rejected)}).")
    if code == "rest_no_route" or (rejected.status in (404, 405) and not code):
        return NotUnderstood("The blog's REST interface lacks a route; a plugin may have removed it.")
    if rejected.status == 413:
        return Refused("This message is longer than the blog takes.", "too_large")
    return Refused(f"The blog did not take this message ({rejected.status}).", code, words=rejected.message)


def of_upload(rejected: Rejected) -> CommonthreadError:
    """The error for a file that was turned down. A 403 may be a firewall's word about this one file."""
    if rejected.code in _PASSWORD or rejected.status == 401:
        return of_write(rejected)
    if rejected.status == 413:
        return Refused("The blog does not take files of this size.", "too_large")
    return Refused(f"The blog did not take the file ({_coded(rejected)}).", rejected.code)


def _told(rejected: Rejected) -> str:
    told = (rejected.message or "").rstrip(".")
    return f"{rejected.status}: {told}" if told else str(rejected.status)


def _coded(rejected: Rejected) -> str:
    """What a write was answered, without the blog's words for it: they may quote what was written, or a file's name."""
    known = re.fullmatch(r"[a-z0-9_]{1,60}", rejected.code)
    return f"{rejected.status}, {rejected.code}" if known else str(rejected.status)
