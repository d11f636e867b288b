"""Actions to JSON and back, for the outbox. Knows the shapes from the dataclasses; decides nothing."""

from __future__ import annotations

import msgspec

from bot.actions import Action, Edit, OpenThread, Retract, ReviseStarter, Rewrite, Send, SetMark, Tell, Withdraw, Write

KINDS: dict[str, type[Action]] = {
    "open": OpenThread,
    "starter": ReviseStarter,
    "send": Send,
    "edit": Edit,
    "retract": Retract,
    "write": Write,
    "rewrite": Rewrite,
    "withdraw": Withdraw,
    "mark": SetMark,
    "tell": Tell,
}
_NAMES = {kind: name for name, kind in KINDS.items()}

LEVEL_TRIGGERED = ("send", "edit", "retract")
"""Kinds that each fetch of a tree plans from scratch."""


def kind_of(action: Action) -> str:
    """The kind's name, as it stands in the outbox."""
    return _NAMES[type(action)]


def encode(action: Action) -> str:
    """An action as JSON text."""
    return msgspec.json.encode(action).decode()


def decode(kind: str, payload: str) -> Action:
    """The action that :func:`encode` wrote. Raises ``msgspec.DecodeError`` for anything else."""
    return msgspec.json.decode(payload, type=KINDS[kind])
