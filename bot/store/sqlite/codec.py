"""Actions to JSON and back, for the outbox. Knows the shapes from the dataclasses; decides nothing."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import msgspec

from bot.core.actions import KINDS, Action
from bot.core.domain import Post
from bot.store.sqlite.base import storable


def encode(value: Action | Post) -> str:
    """An action (or a post) as JSON text."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_mended(value)).decode()


def decode(kind: str, payload: str) -> Action:
    """The action that :func:`encode` wrote. Raises ``msgspec.DecodeError`` for anything else."""
    return msgspec.json.decode(payload, type=KINDS[kind])


def decode_post(payload: str) -> Post:
    """The post that :func:`encode` wrote."""
    return msgspec.json.decode(payload, type=Post)


def _mended(value: Any) -> Any:
    """The same value with every half character replaced."""
    if isinstance(value, Enum):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _mended(getattr(value, one.name)) for one in fields(value)})
    if isinstance(value, tuple):
        return tuple(map(_mended, value))
    if isinstance(value, dict):
        return {key: _mended(one) for key, one in value.items()}
    return storable(value)
