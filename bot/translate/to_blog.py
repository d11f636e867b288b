"""Turn a Discord message into the HTML of a blog comment that reads the same, is safe to serve and does not go stale.

Does no I/O and does not decide about posting: which messages cross, under what name and with which rights is the
caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.core.domain import Message
from bot.translate.comment.gate import pass_comment, pass_rich
from bot.translate.comment.html import PlainHtml, RichHtml
from bot.translate.comment.text import is_visible, normalise, plain_name
from bot.translate.comment.words import Attachment, Extras, MentionNames, extra_blocks
from bot.translate.dialect.parse import parse
from bot.translate.dialect.tree import (
    Break,
    Code,
    Fence,
    Heading,
    Hyperlink,
    Inline,
    List,
    MessageBlock,
    Paragraph,
    Quote,
    Styled,
    Subtext,
    Text,
)

__all__ = ["Attachment", "Extras", "MentionNames", "ParsedMessage", "Profile", "plain_name", "to_blog"]

MAX_BYTES = 65_525  # WordPress REST: comment_content_column_length


class Profile(Enum):
    """Which HTML the blog keeps, to be learnt from what it stored of an earlier comment."""

    COMMENT = auto()
    """Only what WordPress lets an ordinary commenter keep; line breaks are newlines."""
    RICH = auto()
    """Paragraphs, lists, headings, preformatted code, spans and times as well."""


_NO_NAMES = MentionNames()
_NO_EXTRAS = Extras()


def to_blog(
    text: str, *, names: MentionNames = _NO_NAMES, extras: Extras = _NO_EXTRAS, profile: Profile = Profile.COMMENT
) -> str:
    """The HTML of a message's ``text`` and ``extras``: the text parsed, then rendered once."""
    return ParsedMessage.of(text, names=names, extras=extras).html(profile)


@dataclass(frozen=True, slots=True)
class _ParsedText:
    """One stretch of Discord's dialect, normalised, with the blocks that it was parsed to."""

    text: str
    blocks: tuple[MessageBlock, ...]

    @classmethod
    def of(cls, text: str) -> _ParsedText:
        return cls(text, parse(text))

    def shortened(self, size: int) -> _ParsedText:
        """The opening of the text, so much of it as will fit where all of it made ``size`` bytes of HTML."""
        keep = len(self.text) * MAX_BYTES // size * 9 // 10
        return _ParsedText.of(self.text[:keep] + " …") if keep < len(self.text) else self


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A Discord message parsed once; it can be asked whether it says anything, and rendered for either profile."""

    own: _ParsedText
    names: MentionNames
    extras: Extras

    @classmethod
    def of(cls, text: str, *, names: MentionNames = _NO_NAMES, extras: Extras = _NO_EXTRAS) -> ParsedMessage:
        """Parse a message's ``text``.

        Pure, takes time linear in the text, never raises, whatever the text holds.
        """
        return cls(_ParsedText.of(normalise(text).strip()), names, extras)

    @classmethod
    def of_message(cls, message: Message) -> ParsedMessage:
        """A message with all that it carries; its attachments have no address on the blog yet."""
        extras = Extras(
            attachments=tuple(
                Attachment(one.filename, one.content_type, one.spoiler, one.seconds) for one in message.attachments
            ),
            stickers=message.stickers,
            poll=message.poll,
            forwards=message.forwards,
            jump_url=message.jump_url,
        )
        names = MentionNames(users=message.users, roles=message.roles, channels=message.channels)
        return cls.of(message.text, names=names, extras=extras)

    @property
    def is_blank(self) -> bool:
        """Whether a reader would see nothing of the message: there is nothing to post."""
        return not any(map(_shows, self._blocks()))

    def with_urls(self, urls: Sequence[str | None]) -> ParsedMessage:
        """The same message, its attachments at these addresses on the blog, one for each and None for none."""
        attachments = tuple(replace(one, url=url) for one, url in zip(self.extras.attachments, urls, strict=True))
        return replace(self, extras=replace(self.extras, attachments=attachments))

    def html(self, profile: Profile) -> str:
        """The message as HTML, at most 65,525 bytes of UTF-8; '' for nothing to post.

        Mentions are called what ``names`` says; every other word is the writer's own. The result has passed nh3 with
        the profile's allow-list.
        """
        message = self
        while True:
            blocks = message._blocks()
            html = _render(blocks, self.names, profile) if any(map(_shows, blocks)) else ""
            size = len(html.encode())
            if size <= MAX_BYTES:
                return html
            # only a message stuffed with mentions of long names can grow so much: carry what the blog takes of it
            message = message._shortened(size)

    def _shortened(self, size: int) -> ParsedMessage:
        extras = replace(self.extras, attachments=self.extras.attachments[:10], stickers=self.extras.stickers[:3])
        return ParsedMessage(self.own.shortened(size), self.names, extras)

    def _blocks(self) -> tuple[MessageBlock, ...]:
        return (*self.own.blocks, *extra_blocks(self.extras))


def _render(blocks: tuple[MessageBlock, ...], names: MentionNames, profile: Profile) -> str:
    match profile:
        case Profile.COMMENT:
            return pass_comment(PlainHtml(names).document(blocks)).strip("\n")
        case Profile.RICH:
            return pass_rich(RichHtml(names).document(blocks))


def _shows(node: MessageBlock | Inline) -> bool:
    """Whether a reader would see anything of ``node``."""
    match node:
        case Text(text) | Code(text) | Fence(text):
            return is_visible(text)
        case Break():
            return False
        case Paragraph(inner) | Heading(_, inner) | Subtext(inner) | Styled(_, inner) | Hyperlink(_, inner):
            return any(map(_shows, inner))
        case Quote(blocks):
            return any(map(_shows, blocks))
        case List(_, items):
            return any(_shows(part) for item in items for part in item)
        case _:
            return True
