"""Known again: which of our messages show which comment, and whether they show it as it is.

Pure: asks nobody and notes nothing; see :mod:`bot.sync.adopting`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.domain import (
    Comment,
    CommentId,
    Mapped,
    Mark,
    Message,
    MessageId,
    Millis,
    Origin,
    PostId,
    Standing,
    Tree,
    utf16,
)
from bot.core.lookalikes import unmarked
from bot.core.markup import unescaped
from bot.ports import Adopted, Posted, Relayed, Sighting, Snapshot, Utterance, Written
from bot.sync.mirroring import compose
from bot.sync.mirroring.sight import Look, shown_parent
from bot.translate.marker import part_of
from bot.translate.same_words import without_hosts

_TAG = re.compile(r"<[^<>]*>")
_MARKS = {Standing.LIVE: Mark.RELAYED, Standing.HELD: Mark.HELD, Standing.HIDDEN: Mark.REMOVED}


@dataclass(frozen=True, slots=True)
class Gathered:
    """Messages of ours that show one comment and are in no map: its ``parts`` in order, those that are too many.

    ``whole``: no part is missing.
    """

    parts: tuple[Posted, ...]
    surplus: tuple[Posted, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What a mirror is composed with: the way to a message, what links resolve against, how long a message may be.

    ``sent_at``: when a message was; ``shows``: whether it says something already.
    """

    link: Callable[[MessageId], str]
    base_url: str
    limit: int
    sent_at: Callable[[MessageId], Millis]
    shows: Callable[[Posted, Utterance], bool]


def gather(found: Iterable[Posted], *, taken: int) -> Gathered:
    """Put the messages of one comment, of which ``taken`` parts are known, in order. The older of two stays."""
    parts, surplus = list[Posted](), list[Posted]()
    for one in sorted(found, key=lambda one: (_part(one)[0], one.message.id)):
        wanted = taken + len(parts) + 1
        (parts if _part(one)[0] == wanted else surplus).append(one)
    whole = taken + len(parts) >= _part(parts[-1])[1] if parts else taken > 0
    return Gathered(tuple(parts), tuple(surplus), whole)


def mirror_of(
    comment: CommentId, gathered: Gathered, seen: Mapped | None, told: Sighting | None, *, tombstone: bool
) -> Mapped:
    """What is to be known of a comment of which messages were found. Its words count as unknown.

    ``told``: what the blog says of it where its tree does not show it.
    """
    messages = tuple(one.message.id for one in gathered.parts)
    if seen is not None:
        now = Standing.LIVE if seen.standing in (Standing.GONE, Standing.ARRIVING) else seen.standing
        return replace(seen, messages=(*seen.messages, *messages), standing=now, digest="")
    standing = Standing.TOMBSTONE if tombstone else Standing.LIVE if gathered.whole else Standing.ARRIVING
    return Mapped(
        comment_id=comment,
        parent_id=told.parent_id if told is not None else None,
        origin=Origin.BLOG,
        author=gathered.parts[0].name if gathered.parts else "",
        digest="",
        revision=0,
        standing=standing,
        messages=messages,
        shown_parent=None,
        recorded_at=Millis(0),
        written_at=told.written_at if told is not None else None,
    )


def up_to_date(
    tree: Tree, adopted: Mapping[CommentId, Mapped], posted: Mapping[MessageId, Posted], known: Snapshot, frame: Frame
) -> dict[CommentId, Mapped]:
    """The same, where a mirror shows what an edit would: nothing of it is to be edited then."""
    every = {**known.mapped, **adopted}
    look = Look(tree, replace(known, mapped=every), {})
    return {comment: _compared(one, look, posted, frame) for comment, one in adopted.items()}


def _compared(one: Mapped, look: Look, posted: Mapping[MessageId, Posted], frame: Frame) -> Mapped:
    comment = look.by_id.get(one.comment_id)
    if comment is None or one.standing is not Standing.LIVE or not all(part in posted for part in one.messages):
        return one
    parent, above = look.parent_of(comment), shown_parent(comment.parent_id, look.known.mapped)
    mirror = compose.Mirror(
        comment,
        parent,
        above,
        parent_url=None if above is None else frame.link(above),
        base_url=frame.base_url,
        limit=frame.limit,
        sent_at=frame.sent_at(one.messages[0]),
    )
    stands = [posted[part] for part in one.messages]
    every = [mirror.parts(count) for count in (len, utf16)]
    if not any(_shown(stands, parts, frame) for parts in every):
        author = comment.author if _named(stands, every[0][0], frame) else one.author
        return replace(one, parent_id=comment.parent_id, author=author, written_at=comment.written_at)
    return replace(
        one,
        parent_id=comment.parent_id,
        author=comment.author,
        digest=comment.digest,
        shown_parent=above,
        parent_digest=parent.digest if parent else "",
        written_at=comment.written_at,
    )


def _shown(stands: Sequence[Posted], parts: Sequence[Utterance], frame: Frame) -> bool:
    """Also where an earlier version has shown it, in the form that it gave to links."""
    return len(stands) == len(parts) and all(
        frame.shows(one, part)
        or frame.shows(
            replace(_by_name(one), words=without_hosts(one.words)),
            replace(part, text=without_hosts(part.text), card=without_hosts(part.card)),
        )
        for one, part in zip(stands, parts, strict=True)
    )


def _named(stands: Sequence[Posted], part: Utterance, frame: Frame) -> bool:
    """Whether all that stands bears the name of whoever wrote the comment, whatever it says."""
    return all(frame.shows(_by_name(one), replace(part, text=one.words, card=one.words)) for one in stands)


def _by_name(one: Posted) -> Posted:
    """A message under its author's own name: whose it would be taken for may have changed since."""
    return replace(one, name=unmarked(one.name))


def is_tombstone(gathered: Gathered) -> bool:
    """Whether what stands is what is left of a removed comment."""
    return len(gathered.parts) == 1 and gathered.parts[0].words.startswith(compose.TOMBSTONE)


def relay_of(found: Relayed, posted: Posted) -> Mapped:
    """What is to be known of a comment that carries a message that stands."""
    comment, message = found.comment, posted.message
    standing = Standing.HIDDEN if found.standing is Standing.GONE else found.standing
    return Mapped(
        comment_id=comment.id,
        parent_id=comment.parent_id,
        origin=Origin.DISCORD,
        author=message.author_name,
        digest=comment.digest,
        revision=0,
        standing=standing,
        messages=(message.id,),
        shown_parent=None,
        recorded_at=Millis(0),
        written_at=comment.written_at,
        key=comment.relay_of or comment.unproven,
    )


def relay_without_message(found: Relayed, message: MessageId) -> Mapped:
    """The same of a message that is gone."""
    comment = found.comment
    return Mapped(
        comment_id=comment.id,
        parent_id=comment.parent_id,
        origin=Origin.DISCORD,
        author=comment.author,
        digest=comment.digest,
        revision=0,
        standing=found.standing,
        messages=(message,),
        shown_parent=None,
        recorded_at=Millis(0),
        written_at=comment.written_at,
        key=comment.relay_of or comment.unproven,
    )


def hidden_relay(
    post: PostId, written: Written, standing: Standing, told: Sighting | None, message: Message, key: str
) -> Relayed:
    """A relay that the blog found for the account, and does not show to it."""
    comment = Comment(
        id=written.comment_id,
        post_id=post,
        parent_id=told.parent_id if told is not None else None,
        author=message.author_name,
        written_at=written.written_at or Millis(0),
        html="",
        url="",
        relay_of=key,
    )
    return Relayed(comment, standing)


def mark_of(standing: Standing) -> Mark | None:
    """The mark that a message bears whose comment stands so."""
    return _MARKS.get(standing)


def says_the_same(one: str, other: str) -> bool:
    """Whether two pieces of HTML say the same: a blog puts quotes and line breaks of its own into what it gets."""
    return _letters(one) == _letters(other)


def best(found: Iterable[Relayed]) -> Relayed:
    """Of several comments that carry one message the one that is most alive, and of those the oldest."""
    rank = (Standing.LIVE, Standing.HELD, Standing.GONE)
    return min(found, key=lambda one: (rank.index(one.standing), len(one.comment.id), one.comment.id))


def counted(adopted: Sequence[Adopted], origin: Origin) -> int:
    """How many of these were first written on that side."""
    return sum(1 for one in adopted if one.mapped.origin is origin)


def _part(one: Posted) -> tuple[int, int]:
    number, _, of = part_of(one.marker).partition("/")
    return int(number), int(of)


def _letters(html: str) -> str:
    return "".join(filter(str.isalnum, unescaped(_TAG.sub(" ", html))))
