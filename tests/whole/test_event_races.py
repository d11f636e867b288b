"""An edit or a deletion that is heard in the very moment in which its message's comment is recorded.

Nothing is read again here: a later reading of the thread would hide what the event lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.domain import Link, MessageId, SubscriptionId
from bot.sync.relaying.compose import TOMBSTONE_HTML
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_chat import Event


@asynccontextmanager
async def said_and_queued(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Scene, MessageId]]:
    """A reply whose comment is recorded right after somebody has asked for its link and found none."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        message = s.say("beta", s.mirror(alpha).id)
        (heard,) = s.chat.events
        s.chat.events = []
        assert heard.message is not None
        await s.world.message(heard.message)
        assert s.relay(message) is None
        store, looked = s.world.store, type(s.world.store).link

        async def link(subscription: SubscriptionId, asked: MessageId) -> Link | None:
            found = await looked(store, subscription, asked)
            if asked == message and found is None:
                monkeypatch.undo()
                await s.world.engine.drain()
                assert s.relay(message) is not None
            return found

        async def not_waiting(*_: Any) -> bool:
            return False

        monkeypatch.setattr(store, "refresh_write", not_waiting)  # its Write has been claimed by now
        monkeypatch.setattr(store, "link", link)
        yield s, message


def heard(s: Scene) -> Event:
    (event,) = s.chat.events
    s.chat.events = []
    return event


async def test_an_edit_heard_while_its_comment_is_recorded_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    async with said_and_queued(monkeypatch) as (s, message):
        s.chat.member_edits(message, "beta, reworded")
        event = heard(s)
        assert event.message is not None
        await s.world.edited(event.message)
        await s.world.engine.drain()
        relay = s.relay(message)
        assert relay is not None
        assert "reworded" in relay.html


async def test_a_deletion_heard_while_its_comment_is_recorded_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    async with said_and_queued(monkeypatch) as (s, message):
        s.chat.delete_messages(message)
        event = heard(s)
        await s.world.deleted(event.thread, event.messages)
        await s.world.engine.drain()
        relay = s.relay(message)
        assert relay is not None
        assert relay.status == "trash" or relay.html == TOMBSTONE_HTML


async def test_an_answer_heard_while_its_target_is_recorded_is_relayed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with said_and_queued(monkeypatch) as (s, message):
        answer = s.say("gamma", message)
        event = heard(s)
        assert event.message is not None
        await s.world.message(event.message)
        await s.world.engine.drain()
        first, second = s.relay(message), s.relay(answer)
        assert first is not None
        assert second is not None
        assert second.parent == first.id
