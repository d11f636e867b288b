"""No request body makes the loopback Discord stumble: it answers or refuses, and never fails itself."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from bot.sandbox.discord.rest import ROUTES
from tests.support.loopback_discord import Rig, furnished

JUNK: list[Any] = [None, 0, -1, 1.5, True, "", "x", "9" * 30, [], {}, [None], [{}], [[1]], {"a": {}}, "1" * 18, 2**70]
KEYS = (
    *("content", "embeds", "components", "flags", "attachments", "message_reference", "allowed_mentions", "nonce"),
    *("enforce_nonce", "sticker_ids", "poll", "name", "message", "applied_tags", "archived", "locked", "topic", "type"),
    *("auto_archive_duration", "rate_limit_per_user", "available_tags", "username", "avatar_url", "thread_name"),
    *("messages", "data", "options", "description", "default_member_permissions", "channel_id"),
)
INSIDE = {
    "embeds": ("title", "description", "fields", "author", "footer", "image", "url", "color"),
    "components": ("type", "custom_id", "components", "options", "label", "url", "content", "accessory"),
    "options": ("type", "name", "description", "required", "options", "choices"),
}
FINAL = ("/channels/{channel}", "/webhooks/{webhook}", "/webhooks/{webhook}/{token}")


def body(chance: random.Random) -> Any:
    """Something like a message, a thread, a webhook or a command, with junk in it."""
    made: Any = {key: chance.choice(JUNK) for key in chance.sample(KEYS, chance.randint(1, 4))}
    if chance.random() < 0.5:
        made |= {"content": "hello", "name": "hello", "description": "d"}
    for key, names in INSIDE.items():
        if chance.random() < 0.3:
            made[key] = [{name: chance.choice(JUNK) for name in chance.sample(names, 2)}]
    if chance.random() < 0.2:
        made["message"] = {"content": "x", chance.choice(KEYS): chance.choice(JUNK)}
    return copy.deepcopy(chance.choice([made] * 8 + [[made], None]))


async def arguments(rig: Rig, chance: random.Random) -> dict[str, list[Any]]:
    thread, hook = await rig.thread(), await rig.webhook(chance.choice([rig.text, rig.forum]))
    message = (await rig.send(rig.text)).body["id"]
    return {
        "channel": [rig.text.id, rig.forum.id, rig.news.id, thread.id, "1", "x"],
        "message": [message, message, "1", "x", "@original"],
        "guild": [rig.guild.id, 1],
        "user": [rig.ann.id, 1, "x"],
        "emoji": ["%E2%9C%85", "x"],
        "webhook": [hook.split("/")[2]],
        "token": [hook.split("/")[3]],
        "application": [rig.app.id],
        "command": [1],
        "interaction": [1],
    }


@pytest.mark.parametrize("seed", range(4))
async def test_junk_is_answered_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    async with furnished() as rig:
        known = await arguments(rig, chance)
        routes = [r for r in ROUTES if not (r.method == "DELETE" and r.path in FINAL)]
        stumbled = []
        for _ in range(400):
            route, sent = chance.choice(routes), body(chance)
            path = route.path.format_map({key: chance.choice(values) for key, values in known.items()})
            query = {"thread_id": str(chance.choice(JUNK))} if chance.random() < 0.2 else {}
            got = await rig.call(route.method, path, sent, token=route.token, **query)
            if got.status >= 500:
                stumbled.append((route.method, path, sent))
        assert stumbled == []
        assert sum(200 <= call.status < 300 for call in rig.d.calls) > 50
