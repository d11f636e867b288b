"""Cuts the two snapshots and the map into named parts and tells every listener which of them changed.

Does not speak HTTP and keeps no history: a slow listener gets the newest state of a part, never a queue of old ones.

Parts: ``blog`` (all but the posts' bodies), ``post:<id>``, ``discord`` (all but messages), ``place:<id>`` (a thread's
or channel's messages), ``map``. A part that is gone is sent as null.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import suppress

from bot.demo.stage.sources import BlogSource, DiscordSource, Json, MapRows

log = logging.getLogger(__name__)

Parts = dict[str, str]
GATHER = 0.02
"""Seconds to let a burst of changes settle into one message."""
MAP_PERIOD = 0.25
"""Seconds between looks at the map, which has no change event of its own; only while somebody watches."""


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def blog_parts(state: Json, *, writable: bool) -> Parts:
    """The blog's parts. The head lists post ids in order, so that a page knows which parts to show."""
    head = {key: value for key, value in state.items() if key != "posts"}
    head |= {"writable": writable, "posts": [post["id"] for post in state["posts"]]}
    return {"blog": _text(head)} | {f"post:{post['id']}": _text(post) for post in state["posts"]}


def discord_parts(state: Json) -> Parts:
    """The guild's parts. Threads and channels share one space of ids, as they do on Discord."""
    places = [*state["channels"], *state["threads"]]
    head = {key: value for key, value in state.items() if key not in ("channels", "threads")}
    head["channels"] = [{k: v for k, v in place.items() if k != "messages"} for place in state["channels"]]
    head["threads"] = [
        {k: v for k, v in place.items() if k != "messages"}
        # The starter is the thread's own head, not an answer; Discord does not count it either.
        | {"count": sum(message["id"] != place["id"] for message in place["messages"])}
        for place in state["threads"]
    ]
    return {"discord": _text(head)} | {f"place:{place['id']}": _text(place["messages"]) for place in places}


def map_parts(rows: Iterable[Json]) -> Parts:
    """The links with every id as text."""
    ids = ("thread_id", "message_id", "post_id", "comment_id", "parent_id")
    tidy = [row | {key: None if row.get(key) is None else str(row[key]) for key in ids} for row in rows]
    return {"map": _text(tidy)}


class PageListener:
    """One open page: the parts it has not been told of yet."""

    def __init__(self, parts: Parts) -> None:
        self.pending: dict[str, str | None] = dict(parts)
        self.wake = asyncio.Event()
        self.wake.set()

    def take(self) -> str:
        """The pending parts as one JSON object; forgets them."""
        body = ",".join(f"{json.dumps(key)}:{text or 'null'}" for key, text in self.pending.items())
        self.pending.clear()
        self.wake.clear()
        return "{" + body + "}"


class StageFeed:
    """Holds the current parts. ``run()`` keeps them fresh while somebody listens."""

    def __init__(self, discord: DiscordSource, blog: BlogSource, map_rows: MapRows) -> None:
        self.closed = False
        self._dirty = asyncio.Event()
        self._stale: set[str] = {"blog", "discord", "map"}
        self._parts: dict[str, Parts] = {"blog": {}, "discord": {}, "map": {}}
        self._listeners: set[PageListener] = set()
        self._refreshing = asyncio.Lock()

        async def look_at_blog() -> Parts:
            return blog_parts(dict(await blog.snapshot()), writable=blog.writable)

        async def look_at_discord() -> Parts:
            return discord_parts(dict(await discord.snapshot()))

        async def look_at_map() -> Parts:
            return map_parts(await map_rows())

        self._looks: dict[str, Callable[[], Awaitable[Parts]]] = {
            "blog": look_at_blog,
            "discord": look_at_discord,
            "map": look_at_map,
        }
        blog.on_change(lambda: self.nudge("blog"))
        discord.on_change(lambda: self.nudge("discord"))

    def nudge(self, side: str) -> None:
        """Something on this side changed. Cheap; may be called any number of times."""
        self._stale |= {side, "map"}
        self._dirty.set()

    async def run(self) -> None:
        """Look again on every nudge, and at the map now and then. Ends by cancellation."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(MAP_PERIOD if self._listeners else None):
                    await self._dirty.wait()
            self._dirty.clear()
            self._stale.add("map")
            if self._listeners:
                await asyncio.sleep(GATHER)
                await self.refresh()

    async def refresh(self) -> None:
        """Look at whatever is stale and hand out the differences. A side that fails keeps its last picture."""
        async with self._refreshing:
            stale, self._stale = self._stale, set()
            for side in sorted(stale):
                try:
                    fresh = await self._looks[side]()
                except Exception:
                    log.exception("stage: no new picture of %s; the page keeps the last one", side)
                    self._stale.add(side)
                    continue
                self._hand_out(side, fresh)

    def _hand_out(self, side: str, fresh: Parts) -> None:
        old = self._parts[side]
        changed: dict[str, str | None] = {key: text for key, text in fresh.items() if old.get(key) != text}
        changed |= {key: None for key in old if key not in fresh}
        self._parts[side] = fresh
        if changed:
            for listener in self._listeners:
                listener.pending |= changed
                listener.wake.set()

    def close(self) -> None:
        """Let every open stream end."""
        self.closed = True
        for listener in self._listeners:
            listener.wake.set()

    async def listen(self, heartbeat: float) -> AsyncGenerator[str | None]:
        """JSON objects of changed parts, all of them first; None after ``heartbeat`` silent seconds."""
        await self.refresh()
        listener = PageListener({key: text for parts in self._parts.values() for key, text in parts.items()})
        self._listeners.add(listener)
        self._dirty.set()
        try:
            while not self.closed:
                try:
                    async with asyncio.timeout(heartbeat):
                        await listener.wake.wait()
                except TimeoutError:
                    yield None
                    continue
                if listener.pending:
                    yield listener.take()
                else:
                    listener.wake.clear()
        finally:
            self._listeners.discard(listener)
