"""Answers that a loopback Discord does not give by itself, from a bare server that says what it is told."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from discord.ext import commands
from discord.http import Route

from bot.chat import outcome
from bot.chat.calls import Calls
from bot.chat.client import make_client
from bot.chat.codes import ThreadShut, WebhookGone
from bot.chat.pace import Pacer, Paces, Resource
from bot.core.errors import (
    CommonthreadError,
    Crowded,
    NotAllowed,
    PlaceVanished,
    RefusalKind,
    Refused,
    Unanswered,
    Unreachable,
    Vanished,
)
from tests.support.chat_scene import chat_scene, saying

ME = {"id": "200000000000000001", "username": "bot", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION = {
    "id": "200000000000000001", "name": "bot", "description": "", "icon": None, "flags": 0, "bot_public": True,
    "bot_require_code_grant": False, "verify_key": "0", "owner": ME,
}  # fmt: skip
CHANNEL = 200000000000000002


@dataclass
class Answer:
    """What the bare server says to every message that is posted, and how often it was asked."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    asked: int = 0


@asynccontextmanager
async def bare(answer: Answer) -> AsyncIterator[commands.AutoShardedBot]:
    """A client logged in at a server that gives only this answer."""

    async def handle(request: web.Request) -> web.Response:
        kind = {"Content-Type": "application/json"}
        known = {"/users/@me": ME, "/oauth2/applications/@me": APPLICATION}
        if request.path in known:
            return web.Response(body=json.dumps(known[request.path]).encode(), headers=kind)
        if request.path == "/gateway/bot":
            start = {"total": 1, "remaining": 1, "reset_after": 0, "max_concurrency": 1}
            body = {"url": "ws://127.0.0.1:9/", "shards": 1, "session_start_limit": start}
            return web.Response(body=json.dumps(body).encode(), headers=kind)
        answer.asked += 1
        return web.Response(status=answer.status, body=answer.body, headers=kind | answer.headers)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "BASE", Route.BASE)
        patch.setattr("discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY", None)
        client = make_client(f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            await client.login("t" * 60)
            yield client
        finally:
            await client.close()
            await runner.cleanup()


async def failure(answer: Answer) -> CommonthreadError:
    """What posting a message raises."""
    async with bare(answer) as client:
        calls = Calls(client, Pacer(Paces.quick()))
        with pytest.raises(CommonthreadError) as caught:
            async with calls.writing("say hello", Resource.MESSAGES, CHANNEL, needs=("send_messages",)):
                await client.get_partial_messageable(CHANNEL).send("hello", nonce="n")
    assert answer.asked == 1
    assert caught.value.reason.startswith("Could not ")
    assert caught.value.reason.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "expected", "words"),
    [
        (404, 10003, PlaceVanished, "channel or thread is gone"),
        (404, 10004, PlaceVanished, "server is gone"),
        (404, 10008, Vanished, "message is gone"),
        (403, 10008, Refused, "protection against abuse"),
        (404, 10015, WebhookGone, "webhook is gone"),
        (401, 50027, WebhookGone, "token is no longer valid"),
        (401, 0, NotAllowed, "bot's token"),
        (403, 50001, NotAllowed, "View Channel"),
        (403, 50013, NotAllowed, "Send Messages"),
        (403, 0, NotAllowed, "forbids"),
        (403, 60003, NotAllowed, "two-factor"),
        (403, 20028, Refused, "code 20028"),
        (403, 90001, Refused, "blocked the bot"),
        (400, 30010, Refused, "20 reactions"),
        (400, 10014, Refused, "emoji"),
        (400, 50083, ThreadShut, "archived"),
        (400, 160005, ThreadShut, "locked"),
        (400, 50035, Refused, "50035"),
        (400, 200000, Refused, "AutoMod"),
        (400, 240000, Refused, "harmful"),
        (400, 160006, Crowded, "active threads"),
        (400, 160007, Crowded, "announcement threads"),
        (400, 30013, Crowded, "channels"),
        (404, 0, Refused, "status 404"),
        (400, 77777, Refused, "code 77777"),
        (413, 40005, Refused, "status 413"),
    ],
)
async def test_a_refusal_says_what_and_why(
    status: int, code: int, expected: type[CommonthreadError], words: str
) -> None:
    body = json.dumps({"code": code, "message": "secret words of Discord"}).encode()
    error = await failure(Answer(status, body))
    assert isinstance(error, expected)
    assert words in error.reason
    assert "say hello" in error.reason
    assert "secret" not in error.reason
    if isinstance(error, Refused):
        assert error.code == str(code)
        breaks_a_rule = error.kind is RefusalKind.BREAKS_A_RULE
        assert breaks_a_rule == (code == 50035)


LIMITED = {"message": "slow down", "retry_after": 1.25, "global": False}


@pytest.mark.parametrize(
    ("answer", "expected", "retry_after"),
    [
        (Answer(429, json.dumps(LIMITED).encode(), {"Via": "1.1", "Retry-After": "2"}), Unreachable, 1.25),
        (Answer(429, json.dumps(LIMITED).encode()), Unreachable, 1.25),
        (Answer(429, b"<html>", {"Content-Type": "text/html", "Retry-After": "7"}), Unreachable, 7.0),
        (Answer(429, b"{}", {"Retry-After": "soon"}), Unreachable, None),
        (Answer(429, b'{"retry_after": 1e99}'), Unreachable, None),
        (Answer(403, b"<html>", {"Content-Type": "text/html"}), Unreachable, None),
        (Answer(404, b"", {"Content-Type": "text/plain"}), Unreachable, None),
    ],
)
async def test_a_pause_or_a_stranger_in_between_is_surely_not_carried_out(
    answer: Answer, expected: type[CommonthreadError], retry_after: float | None
) -> None:
    error = await failure(answer)
    assert type(error) is expected
    assert getattr(error, "retry_after", None) == retry_after


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, b"{}"),
        Answer(503, b"<html>", {"Content-Type": "text/html", "Retry-After": "5"}),
        Answer(524, b""),
        Answer(200, b"<html>", {"Content-Type": "text/html"}),
        Answer(200, b'{"id":', {}),
        Answer(200, b'{"unexpected": true}', {}),
        Answer(200, b"[]", {}),
        Answer(200, b'{"id": "1"}', {"Content-Length": "500"}),
    ],
)
async def test_an_answer_that_makes_no_sense_leaves_doubt(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "CALL_TIMEOUT", 1.0)
    async with bare(answer) as client:
        calls = Calls(client, Pacer(Paces.quick()))
        with pytest.raises(Unanswered):
            async with calls.writing("say hello", Resource.MESSAGES, CHANNEL):
                await client.get_partial_messageable(CHANNEL).send("hello", nonce="n")
    assert answer.asked == 1


async def test_a_page_in_place_of_an_answer_is_called_that() -> None:
    answer = Answer(200, b"<html>", {"Content-Type": "text/html"})
    async with bare(answer) as client:
        calls = Calls(client, Pacer(Paces.quick()))
        with pytest.raises(Unanswered, match="not JSON"):
            async with calls.writing("say hello", Resource.MESSAGES, CHANNEL):
                await client.get_partial_messageable(CHANNEL).send("hello", nonce="n")


async def test_neither_tokens_nor_words_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with chat_scene("forum") as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1, "private words"), nonce="n1")
        await s.chat.edit(place, sent, saying(1, "more private words"))
        await s.chat.delete(place, sent)
        tokens = {c.path.split("/")[3] for c in s.server.calls if c.path.startswith("/webhooks/")}
        secrets = {*tokens, s.app.token, "private words"}
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in caplog.text]
    assert "created webhook" in caplog.text
