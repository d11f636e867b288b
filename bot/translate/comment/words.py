"""Say in plain words what a Discord id, moment or extra is called, for a reader who is not on Discord.

Does not escape: a name is data, and the renderer escapes it at the leaf like any other text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.translate.comment.text import is_visible, one_line
from bot.translate.dialect.tree import Hyperlink, Inline, Mention, MentionKind, MessageBlock, Paragraph, Text, Timestamp

MAX_LABEL = 200  # characters of a file name, a poll's question and the like
MAX_MENTION = 100  # Discord's longest name is a channel's or role's, 100 characters
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUFFIXES = {
    "picture": ("png", "jpg", "jpeg", "gif", "webp", "avif", "heic", "bmp"),
    "video": ("mp4", "mov", "webm", "mkv", "avi"),
    "audio": ("mp3", "ogg", "oga", "opus", "wav", "flac", "m4a"),
}


@dataclass(frozen=True, slots=True)
class MentionNames:
    """What the ids in mentions are called, by snowflake; an id that is missing is shown without a name."""

    users: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message.

    ``seconds`` is a voice message's length, None for any other file. ``url`` must last (the blog's media library):
    Discord's own addresses are signed and expire within a day.
    """

    filename: str
    content_type: str | None = None
    spoiler: bool = False
    seconds: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Extras:
    """What a message carries beside its text: files, sticker names, a poll's question, that it forwards another.

    ``jump_url`` leads to the message.
    """

    attachments: tuple[Attachment, ...] = ()
    stickers: tuple[str, ...] = ()
    poll: str | None = None
    forwards: bool = False
    jump_url: str | None = None


def mention_words(mention: Mention, names: MentionNames) -> str:
    """A mention in words: "@name" or "#name", or that it is one whose name is not known or not for everybody."""
    match mention.kind:
        case MentionKind.USER:
            mark, known, nameless = "@", names.users, "a member"
        case MentionKind.ROLE:
            mark, known, nameless = "@", names.roles, "a role"
        case MentionKind.CHANNEL:
            mark, known, nameless = "#", names.channels, "a channel"
    name = one_line(known.get(mention.id, ""), MAX_MENTION).removeprefix(mark)
    return mark + (name if is_visible(name) else nameless)


def moment_words(moment: Timestamp) -> str:
    """The moment as "2023-11-14 22:13 UTC": a reader's zone is unknown, and a relative time would go stale."""
    return _when(moment).replace("T", " ")[:16] + " UTC"


def moment_machine(moment: Timestamp) -> str:
    """The moment as HTML's ``datetime`` wants it: "2023-11-14T22:13:20Z"."""
    return _when(moment) + "Z"


def _when(moment: Timestamp) -> str:
    return (_EPOCH + timedelta(seconds=moment.seconds)).replace(tzinfo=None).isoformat()


def extra_blocks(extras: Extras) -> list[MessageBlock]:
    """A paragraph for what is forwarded, for the poll, for each sticker and for each file."""
    blocks: list[MessageBlock] = []
    if extras.forwards:
        blocks.append(_forward(extras.jump_url))
    if extras.poll is not None:
        blocks.append(_note("poll", extras.poll))
    blocks += [_note("sticker", name) for name in extras.stickers]
    blocks += [_attachment(attachment, extras.jump_url) for attachment in extras.attachments]
    return blocks


def _forward(jump_url: str | None) -> MessageBlock:
    """It stands for words that are somebody else's, said in another place."""
    return Paragraph((Text("[forwarded message]"), *_link_after(jump_url, "on Discord")))


def _note(kind: str, words: str) -> MessageBlock:
    words = one_line(words, MAX_LABEL)
    return Paragraph((Text(f"[{kind}: {words}]" if is_visible(words) else f"[{kind}]"),))


def _attachment(attachment: Attachment, jump_url: str | None) -> MessageBlock:
    name = one_line(attachment.filename, MAX_LABEL)
    if attachment.seconds is not None:
        words = f"voice message, {attachment.seconds} s"
    elif attachment.spoiler:  # the name of a hidden file may give away what is hidden
        words = f"{_kind(attachment)}, marked as spoiler"
    else:
        words = f"{_kind(attachment)}: {name}" if is_visible(name) else _kind(attachment)
    if attachment.seconds is not None and attachment.spoiler:
        words += ", marked as spoiler"
    if attachment.url is not None and _is_web(attachment.url):
        return Paragraph((Hyperlink(attachment.url, (Text(f"[{words}]"),)),))
    return Paragraph((Text(f"[{words}]"), *_link_after(jump_url, "on Discord")))


def _kind(attachment: Attachment) -> str:
    kind = (attachment.content_type or "").partition("/")[0].strip().lower()
    if kind:
        return {"image": "picture", "video": "video", "audio": "audio"}.get(kind, "file")
    suffix = attachment.filename.rpartition(".")[2].lower()
    return next((kind for kind, suffixes in _SUFFIXES.items() if suffix in suffixes), "file")


def _link_after(url: str | None, words: str) -> tuple[Inline, ...]:
    if url is None or not _is_web(url):
        return ()
    return (Text(" ("), Hyperlink(url, (Text(words),)), Text(")"))


def _is_web(url: str) -> bool:
    return url.lower().startswith(("https://", "http://")) and url.isprintable() and " " not in url
