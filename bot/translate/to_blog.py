"""Turn a Discord message into the HTML of a blog comment that reads the same, is safe to serve and does not go stale.

Does no I/O and decides nothing about posting: which messages cross, under what name and with which rights is the
caller's business.
"""

from __future__ import annotations

from enum import Enum, auto

from bot.translate.comment.gate import pass_comment, pass_rich
from bot.translate.comment.html import Comment, Rich
from bot.translate.comment.text import is_visible, normalise, plain_name
from bot.translate.comment.words import Attachment, Extras, Names, extra_blocks, forward_note
from bot.translate.dialect.parse import parse
from bot.translate.dialect.tree import (
    Block,
    Break,
    Code,
    Fence,
    Heading,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Styled,
    Subtext,
    Text,
)

__all__ = ["Attachment", "Extras", "Names", "Profile", "plain_name", "to_blog"]

MAX_BYTES = 65_525  # WordPress REST: comment_content_column_length


class Profile(Enum):
    """Which HTML the blog keeps, to be learnt from what it stored of an earlier comment."""

    COMMENT = auto()
    """Only what WordPress lets an ordinary commenter keep; line breaks are newlines."""
    RICH = auto()
    """Paragraphs, lists, headings, preformatted code, spans and times as well."""


_NO_NAMES = Names()
_NO_EXTRAS = Extras()


def to_blog(
    text: str, *, names: Names = _NO_NAMES, extras: Extras = _NO_EXTRAS, profile: Profile = Profile.COMMENT
) -> str:
    """Return the HTML of a message's `text` and `extras`, at most 65,525 bytes of UTF-8; '' for nothing to post.

    Mentions are called what `names` says; every other word is the writer's own. Pure, takes time linear in the text,
    never raises, whatever the text holds. The result has passed nh3 with the profile's allow-list.
    """
    text = normalise(text).strip()
    forward = None if extras.forward is None else normalise(extras.forward).strip()
    while True:
        blocks = (*parse(text), *_forwarded(forward, extras.jump_url), *extra_blocks(extras))
        html = _render(blocks, names, profile) if any(map(_shows, blocks)) else ""
        size = len(html.encode())
        if size <= MAX_BYTES:
            return html
        # only a message stuffed with mentions of long names can grow so much: carry as much of it as the blog takes
        text, forward = _shorter(text, size), None if forward is None else _shorter(forward, size)
        extras = Extras(extras.attachments[:10], extras.stickers[:3], extras.poll, forward, extras.jump_url)


def _shorter(text: str, size: int) -> str:
    keep = len(text) * MAX_BYTES // size * 9 // 10
    return text[:keep] + " …" if keep < len(text) else text


def _render(blocks: tuple[Block, ...], names: Names, profile: Profile) -> str:
    match profile:
        case Profile.COMMENT:
            return pass_comment(Comment(names).document(blocks)).strip("\n")
        case Profile.RICH:
            return pass_rich(Rich(names).document(blocks))


def _forwarded(text: str | None, jump_url: str | None) -> tuple[Block, ...]:
    if text is None:
        return ()
    blocks = parse(text)
    return (Quote(blocks),) if any(map(_shows, blocks)) else (forward_note(jump_url),)


def _shows(node: Block | Inline) -> bool:
    """Tell whether a reader would see anything of `node`."""
    match node:
        case Text(text) | Code(text) | Fence(text):
            return is_visible(text)
        case Break():
            return False
        case Paragraph(inner) | Heading(_, inner) | Subtext(inner) | Styled(_, inner) | Link(_, inner):
            return any(map(_shows, inner))
        case Quote(blocks):
            return any(map(_shows, blocks))
        case List(_, items):
            return any(_shows(part) for item in items for part in item)
        case _:
            return True
