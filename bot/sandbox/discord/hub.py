"""Hands each state change to the gateway sessions that may see it, and to the page that watches.

It does not know sockets: a session keeps its numbered log whether or not somebody is connected.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable

from bot.sandbox.discord.faults import GatewayFaults
from bot.sandbox.discord.permissions import has
from bot.sandbox.discord.things import App, Channel, Guild, Viewer
from bot.sandbox.discord.vocabulary import Intent, Json, Permission
from bot.sandbox.discord.world import World

Show = Callable[[Viewer | None], Json]
Listener = Callable[[str, Json], None]
KEPT_EVENTS = 5000


class Session:
    """One shard's session: it outlives its socket for ``limits.resume_window`` seconds."""

    def __init__(self, app: App, intents: int, shard: int, shards: int):
        self.id = secrets.token_hex(16)
        self.app = app
        self.intents = intents
        self.shard = shard
        self.shards = shards
        self.sequence = 0
        self.log: deque[tuple[int, str]] = deque(maxlen=KEPT_EVENTS)
        self.outgoing: asyncio.Queue[str] | None = None
        self.left_at: float | None = None
        self.dead = False

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.app, bool(self.intents & Intent.MESSAGE_CONTENT))

    def covers(self, guild_id: int) -> bool:
        """Discord: events/gateway, Sharding."""
        return (guild_id >> 22) % self.shards == self.shard

    def push(self, name: str, data: Json) -> None:
        """Number an event, keep it for a resume, and send it when somebody is connected."""
        self.sequence += 1
        frame = json.dumps({"op": 0, "s": self.sequence, "t": name, "d": data}, ensure_ascii=False)
        self.log.append((self.sequence, frame))
        if self.outgoing is not None:
            self.outgoing.put_nowait(frame)

    def since(self, sequence: int) -> list[str] | None:
        """Frames after ``sequence``; None when they are no longer kept or were never sent."""
        if sequence > self.sequence:
            return None
        missed = [frame for number, frame in self.log if number > sequence]
        return missed if len(missed) == self.sequence - sequence else None


class Hub:
    """All sessions and all listeners of one loopback Discord."""

    def __init__(self, world: World):
        self.world = world
        self.sessions: dict[str, Session] = {}
        self.listeners: list[Listener] = []
        self.faults = GatewayFaults()

    def emit(
        self,
        name: str,
        show: Show,
        *,
        guild: Guild,
        intent: int = Intent.GUILDS,
        channel: Channel | None = None,
        need: int = Permission.VIEW_CHANNEL,
        only: App | None = None,
    ) -> None:
        """Tell every session that has the intent, holds the guild and may see the channel."""
        for session in self.sessions.values():
            app = session.app
            if session.dead or not session.covers(guild.id) or (only is not None and only is not app):
                continue
            if app.user.id not in guild.members or (intent and not session.intents & intent):
                continue
            if channel is not None and not has(self.world, app.user.id, channel, need):
                continue
            self.deliver(session, name, show(session.viewer))
        payload = show(None)
        for listener in list(self.listeners):
            listener(name, payload)

    def deliver(self, session: Session, name: str, data: Json) -> None:
        """Push one event as the gateway faults bend it: dropped, repeated or swapped with the next."""
        for event, payload in self.faults.bend(session.id, name, data):
            session.push(event, payload)

    def forget_old(self) -> None:
        """Let go of sessions that nobody can resume any more."""
        for session in list(self.sessions.values()):
            if session.outgoing is None and self.find(session.id, session.app) is None:
                del self.sessions[session.id]

    def find(self, session_id: str, app: App) -> Session | None:
        """A session that may still be resumed."""
        session = self.sessions.get(session_id)
        if session is None or session.app is not app or session.dead:
            return None
        if session.left_at is not None and self.world.clock() - session.left_at > self.world.limits.resume_window:
            session.dead = True
            return None
        return session

    async def drained(self) -> None:
        """Wait, a quarter of a second at most, until what was emitted has left on the sockets."""
        queues = [s.outgoing for s in self.sessions.values() if s.outgoing is not None and not s.dead]
        busy = [asyncio.create_task(queue.join()) for queue in queues if queue.qsize()]
        if busy:
            _, late = await asyncio.wait(busy, timeout=0.25)
            for task in late:
                task.cancel()
