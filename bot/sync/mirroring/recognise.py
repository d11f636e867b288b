"""Recognises mapped comments in a tree by more than their numbers: a blog gives numbers out again.

Pure: no clock, no network, no database. Decides nothing about mirrors; see :mod:`bot.sync.mirroring.table`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.core.clocks import is_after
from bot.core.domain import Comment, CommentId, Mapped, Message, Millis, Origin, Tree
from bot.core.identity import is_another
from bot.core.signing import Sender, carries, message_of
from bot.ports import Recognised
from bot.translate.same_words import say_the_same
from bot.translate.to_blog import ParsedMessage, Profile, plain_name


def recognise(tree: Tree, mapped: Mapping[CommentId, Mapped]) -> Recognised:
    """What a tree says of the numbers in the map. Rows younger than the tree are left alone."""
    by_id = {comment.id: comment for comment in tree.comments}
    settled = {number: one for number, one in mapped.items() if not is_after(one.recorded_at, tree.fetched_at)}
    displaced, moments = set[CommentId](), dict[CommentId, Millis]()
    for number, seen in settled.items():
        if (there := by_id.get(number)) is None:
            continue
        if is_another(seen, there.relay_of, there.unproven, there.written_at):
            displaced.add(number)
        elif there.written_at and there.written_at != seen.written_at:
            moments[number] = there.written_at
    return Recognised(tuple(displaced), _renumbered(tree, mapped, settled, displaced), moments)


def may_carry(comment: Comment, message: Message) -> bool:
    """Whether a comment without a key may be the one that carries a message: by its author's name and its words.

    Some blogs clear the link of a comment's author, which is where the key stands. A sender's address that is a
    reader's speaks against it.
    """
    if comment.relay_of or comment.unproven or comment.sender is Sender.READER:
        return False
    if comment.author != plain_name(message.author_name):
        return False
    return say_the_same(comment.html, ParsedMessage.of_message(message).html(Profile.COMMENT))


def _renumbered(
    tree: Tree,
    mapped: Mapping[CommentId, Mapped],
    settled: Mapping[CommentId, Mapped],
    displaced: Collection[CommentId],
) -> dict[CommentId, CommentId]:
    """Relays that the blog shows under another number than the map says: it was put back, or filled from a copy."""
    if not tree.complete:
        return {}
    shown = {comment.id for comment in tree.comments} - set(displaced)
    absent = {message_of(one.key): one for one in settled.values() if one.key and one.comment_id not in shown}
    free = (one for one in tree.comments if one.id not in mapped or one.id in displaced)
    return {
        seen.comment_id: one.id
        for one in free
        if (seen := absent.get(message_of(one.relay_of))) is not None and seen.author in ("", one.author)
    }


def copies(comments: Mapping[CommentId, Comment], mapped: Mapping[CommentId, Mapped]) -> frozenset[CommentId]:
    """Comments that carry a member's message of which the blog shows a mapped comment already.

    Their senders' addresses have to be ours: a signed link is public with its first comment, and may be copied.
    """
    shown = {
        message_of(one.key): one for one in mapped.values() if one.key and _shows(comments.get(one.comment_id), one)
    }
    return frozenset(
        one.id
        for one in comments.values()
        if one.sender is Sender.OURS
        and (first := shown.get(message_of(one.relay_of)))
        and first.comment_id != one.id
        and first.author in ("", one.author)
    )


def _shows(comment: Comment | None, seen: Mapped) -> bool:
    return (
        comment is not None and seen.origin is Origin.DISCORD and carries(comment.relay_of, comment.unproven, seen.key)
    )
