"""Know which member's message another application says again: the original, which that application deletes.

Remembers what was heard of just now, in memory alone; decides nothing about what becomes of either message.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.core.domain import Message, MessageId, MessageKind, Millis, ThreadId

WITHIN = 60_000
"""Milliseconds before a proxied message in which its original was written: that takes an application seconds."""

DELETED_BEFORE = 10_000
"""Milliseconds by which an original may be gone before it is said again: longer ago a member deleted it by hand."""

REMEMBERED = 512
"""Members' messages, and as many proxied ones: more are not written in the time of which one has to know."""

T = TypeVar("T")


@dataclass(slots=True)
class _Heard:
    message: Message
    gone_at: Millis | None = None
    said_again: MessageId | None = None


class Originals:
    """Of one subscription. ``moment_of``: when a message was written, by Discord's time; ``now``: by our clock.

    An original is known by its words, of which the proxied message has all or a part, and by its deletion: until that
    is heard of, and where two members' messages fit, nobody can say whose words they are. What still stands when the
    window is over was no original.
    """

    def __init__(self, moment_of: Callable[[MessageId], Millis], now: Callable[[], Millis]) -> None:
        self._moment_of = moment_of
        self._now = now
        self._behind: int | None = None
        self._heard: OrderedDict[MessageId, _Heard] = OrderedDict()
        self._waiting: OrderedDict[MessageId, Message] = OrderedDict()
        self._contested: set[MessageId] = set()

    def note(self, message: Message) -> None:
        """A member wrote a message, or worded it anew: it may be said again."""
        if message.ours or message.from_bot or message.proxied or message.kind is MessageKind.SYSTEM:
            return
        behind = self._now() - self._moment_of(message.id)
        self._behind = behind if self._behind is None else min(self._behind, behind)
        if (known := self._heard.get(message.id)) is not None:
            known.message = message
        else:
            _keep(self._heard, message.id, _Heard(message))

    def of(self, message: Message) -> Message | None:
        """The original of a proxied message; None of any other, and while it is not known: then that is waited for."""
        if not message.proxied:
            return None
        for one in self._heard.values():
            if one.said_again == message.id:
                return one.message
        originals = self._originals_of(message)
        if not originals:
            _keep(self._waiting, message.id, message)
            return None
        self.forget(message.id)
        originals[0].said_again = message.id
        return originals[0].message

    def _originals_of(self, proxied: Message) -> list[_Heard]:
        """Of one member, or none. Another's message that stands may be about to be deleted for having been proxied."""
        said_at = self._moment_of(proxied.id)
        fitting = [one for one in self._heard.values() if self._fits(one, proxied)]
        gone = [one for one in fitting if one.gone_at is not None and said_at - one.gone_at <= DELETED_BEFORE]
        authors = {one.message.author_id for one in gone}
        rivals = {one.message.author_id for one in fitting if one.gone_at is None} - authors
        if len(authors) == 1 and rivals and self._by_discord() - said_at <= WITHIN:
            self._contested.add(proxied.id)
            return []
        return gone if len(authors) == 1 else []

    def _by_discord(self) -> Millis:
        """What Discord's clock shows, or a little later: ours, less what lies between both when events come fastest."""
        return Millis(self._now() - (self._behind or 0))

    def decided(self, thread: ThreadId) -> list[Message]:
        """Proxied messages that waited while another member's message stood, and whose original is known by now."""
        self._contested &= self._waiting.keys()
        contested = [one for key, one in self._waiting.items() if key in self._contested and one.thread_id == thread]
        return [one for one in contested if self._originals_of(one)]

    def instead_of(self, proxied: Message) -> MessageId | None:
        """Where an answer to a proxied message goes that is not on the blog: to its original, or what that answered."""
        every = list(self._heard.values())
        known = [one for one in every if one.said_again == proxied.id] or [o for o in every if self._fits(o, proxied)]
        if len({one.message.author_id for one in known}) != 1:
            return None
        return known[-1].message.reply_to if known[-1].gone_at is not None else known[-1].message.id

    def gone(self, message: MessageId) -> list[Message]:
        """A message was deleted. -> the proxied ones that waited for that."""
        known = self._heard.get(message)
        if known is None or known.gone_at is not None:
            return []
        known.gone_at = self._by_discord()
        return [one for one in self._waiting.values() if self._fits(known, one)]

    def forget(self, message: MessageId) -> None:
        """A proxied message was deleted, so nothing is to come of it any more; or it waits no longer."""
        self._waiting.pop(message, None)
        self._contested.discard(message)

    def _fits(self, heard: _Heard, proxied: Message) -> bool:
        said = heard.message
        passed = self._moment_of(proxied.id) - self._moment_of(said.id)
        if heard.said_again is not None or said.thread_id != proxied.thread_id or not 0 <= passed <= WITHIN:
            return False
        if not proxied.text.strip():
            return len(said.attachments) == len(proxied.attachments) > 0
        return proxied.text.strip() in said.text


def attributed(proxied: Message, original: Message) -> Message:
    """A proxied message as its member's own: a webhook's answers nothing by itself (Discord: Execute Webhook)."""
    return replace(proxied, on_behalf_of=original.author_id, kind=original.kind, reply_to=original.reply_to)


def _keep(known: OrderedDict[MessageId, T], message: MessageId, what: T) -> None:
    known[message] = what
    while len(known) > REMEMBERED:
        known.popitem(last=False)
