"""Discord -> blog: decide whether a message becomes a comment.

Pure: the live event and the re-reading of a thread ask this same function. Carries nothing out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.core.domain import Link, Message, MessageId, MessageKind, Place
from bot.core.policy import RelayMode

_TYPED_COMMAND = re.compile(r"\s*/(?:(?:relay|sync|blog|post) [a-z-]+\s*$|blog (?:connect|account|settings)\b)")
"""A slash command of ours that its author pasted, or sent before Discord offered it: meant for the bot alone.

Those that take an address or a password count with whatever follows them.
"""

_FORWARD = "what it forwards is somebody else's to bring across"


@dataclass(slots=True)
class Past:
    """Which messages were written under another rule, and stay in Discord: those up to this id. It only grows."""

    until: MessageId

    def reach(self, until: MessageId) -> None:
        """What was written up to this id is of the past too."""
        self.until = max(self.until, until)


class Choice(Enum):
    """What becomes of a message. ``IGNORE``: it is not relayed, and answers to it are ignored too.

    ``ASK``: it answers a message that nothing is known of yet. ``STAY``: it would be relayed or asked about, but its
    author, or the rule of its day, says that it stays in Discord; answers to it may still cross.
    """

    RELAY = auto()
    IGNORE = auto()
    ASK = auto()
    STAY = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a message, and the reason in a few words (for the log).

    ``answers_nothing``: as an answer to the post or to a comment it would be relayed. ``only_forwards``: in its
    author's own words it would be.
    """

    choice: Choice
    reason: str
    answers_nothing: bool = False
    only_forwards: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of the message that is replied to: its link, that it is itself on its way, that it was ignored."""

    link: Link | None
    on_its_way: bool
    was_ignored: bool = False


def decide(
    message: Message, place: Place, answered: Answered, *, mode: RelayMode, can_write: bool, stays: bool
) -> Decision:
    """Relay a reply to anything that is on the blog; with ``all``, plain messages too.

    ``stays``: its author decided that it stays in Discord, or it was written before the rule that would let it cross.
    A message that would not be relayed anyway is IGNORE even then, so that answers to it are ignored too.
    """
    decision = _decide(message, place, answered, mode=mode, can_write=can_write)
    if stays and decision.choice is not Choice.IGNORE:
        return Decision(Choice.STAY, "its author, or the rule of its day, keeps it in Discord")
    return decision


def _decide(message: Message, place: Place, answered: Answered, *, mode: RelayMode, can_write: bool) -> Decision:
    if (refusal := _never(message, mode, can_write=can_write)) is not None:
        only_forwards = mode is RelayMode.ALL and refusal is _FORWARD
        return Decision(Choice.IGNORE, refusal, only_forwards=only_forwards)
    if mode is RelayMode.ALL:
        return Decision(Choice.RELAY, "every message is relayed")
    if message.kind is not MessageKind.REPLY or message.reply_to is None:
        answers_nothing = message.kind is MessageKind.PLAIN and not message.proxied  # that was told at the original
        return Decision(Choice.IGNORE, "talk among members", answers_nothing=answers_nothing)
    if answers_the_post(message.reply_to, place):
        return Decision(Choice.RELAY, "reply to the post")
    if answered.link is not None:
        if answered.link.post_row == place.row:
            return Decision(Choice.RELAY, "reply to a comment")
        return Decision(Choice.IGNORE, "reply to another post's comment")
    if answered.on_its_way:
        return Decision(Choice.RELAY, "reply to a message on its way to the blog")
    if answered.was_ignored:
        return Decision(Choice.IGNORE, "reply to talk among members")
    return Decision(Choice.ASK, "reply to a message that is not known yet")


def answers_the_post(reply_to: MessageId | None, place: Place) -> bool:
    """Whether a reply targets the starter. In a text channel members see the starter by its thread's id."""
    return reply_to is not None and reply_to in (place.starter_id, place.thread_id)


def _never(message: Message, mode: RelayMode, *, can_write: bool) -> str | None:
    if message.ours:
        return "our own message"
    if message.from_bot:
        return "another bot"
    if message.proxied and message.on_behalf_of is None:
        return "nothing is known of its original"
    if message.kind is MessageKind.SYSTEM:
        return "system message"
    if mode is RelayMode.OFF:
        return "relaying is off"
    if not can_write:
        return "no application password"
    if is_empty(message):
        return _FORWARD if message.forwards else "nothing to relay"
    if _TYPED_COMMAND.match(message.text):
        return "a command that was sent as text"
    return None


def is_empty(message: Message) -> bool:
    """No text and nothing else that could be put into words. What it forwards is somebody else's to bring across."""
    carried = message.attachments or message.stickers or message.poll
    return not message.text.strip() and not carried
