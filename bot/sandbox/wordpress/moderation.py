"""What WordPress decides about a new comment before it is stored: duplicate, flood, held, trashed or approved.

Does not look at who may comment; the route does. Answers what its lists of words say, as a plugin may.
"""

from __future__ import annotations

import re
from datetime import timedelta

from bot.sandbox.wordpress.accounts import Account
from bot.sandbox.wordpress.answers import RestAnswer, RestError, RestRequest
from bot.sandbox.wordpress.site import Comment, Site

FLOOD = timedelta(seconds=15)


def first_status(site: Site, comment: Comment, sent: str, sender: Account | None) -> str:
    """WordPress: wp_allow_comment(). `sent` is the text before filtering.

    Raises RestError 409 comment_duplicate or 400 comment_flood. A duplicate has the same post, parent, name, e-mail
    and text; the text as sent is compared with texts as stored, so one that filtering changes is never a duplicate.
    """
    _refuse_duplicate(site, comment, sent)
    if sender is None or not sender.may("moderate_comments"):
        _refuse_flood(site, comment, sender)
    author = site.account(comment.author) if comment.author else None
    post = site.posts[comment.post]
    if author and (author.id == post.author or author.may("moderate_comments")):
        return "approved"
    status = "approved" if _passes(site, comment, sent) else "hold"
    return "trash" if _is_disallowed(site, comment, sent) else status


def words(site: Site, request: RestRequest) -> RestAnswer:
    """The route of the plugin in docs/wordpress: what the blog's lists say of a text."""
    if not site.settings["words_plugin"]:
        raise RestError(404, "rest_no_route", "No route was found matching the URL and request method.")
    if not request.may("moderate_comments"):
        raise RestError(request.denied(), "rest_forbidden", "Sorry, you are not allowed to do that.")
    given = request.params
    named = {name: str(given.get(name, "")) for name in ("author_name", "author_email", "author_url")}
    sent = str(given.get("content", "")).strip()
    comment = Comment(id=0, post=0, parent=0, raw=sent, author=0, date_gmt=site.now(), **named)
    comment.author_ip = request.remote
    moderated = _has_too_many_links(site, sent) or _mentions(site.settings["moderation_keys"], comment, sent)
    disallowed = _is_disallowed(site, comment, sent)
    return RestAnswer({"moderated": moderated, "disallowed": disallowed})


def _refuse_duplicate(site: Site, comment: Comment, sent: str) -> None:
    for other in site.comments_of(comment.post, status=None):
        if (
            other.parent == comment.parent
            and other.status != "trash"
            and other.author_name.casefold() == comment.author_name.casefold()
            and (not comment.author_email or other.author_email.casefold() == comment.author_email.casefold())
            and other.raw.casefold() == sent.casefold()  # the database compares without regard to case
        ):
            said = "Duplicate comment detected; it looks as though you&#8217;ve already said that!"
            raise RestError(409, "comment_duplicate", said)


def _refuse_flood(site: Site, comment: Comment, sender: Account | None) -> None:
    """WordPress: check_comment_flood_db(). An account is known by its id, a visitor by the IP, both by the e-mail."""
    for other in site.comments.values():
        same = other.author == sender.id if sender else other.author_ip == comment.author_ip
        same = same or (comment.author_email != "" and other.author_email == comment.author_email)
        if same and comment.date_gmt - other.date_gmt < FLOOD:
            raise RestError(400, "comment_flood", "You are posting comments too quickly. Slow down.")


def _passes(site: Site, comment: Comment, sent: str) -> bool:
    """WordPress: check_comment()."""
    settings = site.settings
    if settings["comment_moderation"]:
        return False
    if _has_too_many_links(site, sent):
        return False
    if _mentions(settings["moderation_keys"], comment, sent):
        return False
    if not settings["comment_previously_approved"]:
        return True
    return any(
        other.status == "approved"
        and (
            other.author == comment.author
            if comment.author
            else (other.author_name, other.author_email) == (comment.author_name, comment.author_email)
        )
        for other in site.comments.values()
    )


def _has_too_many_links(site: Site, sent: str) -> bool:
    links, most = len(re.findall(r"<a [^>]*href", sent, re.IGNORECASE)), site.settings["comment_max_links"]
    return bool(most and links >= most)


def _is_disallowed(site: Site, comment: Comment, sent: str) -> bool:
    """WordPress: wp_check_comment_disallowed_list(): also of the text without its tags."""
    keys = site.settings["disallowed_keys"]
    return _mentions(keys, comment, sent) or _mentions(keys, comment, re.sub(r"<[^>]*>", "", sent))


def _mentions(keys: str, comment: Comment, sent: str) -> bool:
    fields = (comment.author_name, comment.author_email, comment.author_url, sent, comment.author_ip)
    wanted = [key.strip().lower() for key in keys.splitlines() if key.strip()]
    return any(key in text.lower() for key in wanted for text in fields)
