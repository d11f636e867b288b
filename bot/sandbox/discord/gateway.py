"""The gateway's socket side: HELLO, IDENTIFY, heartbeats, RESUME and the close codes.

It does not decide which events a session gets; hub.py does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.discord import view
from bot.sandbox.discord.hub import Hub, Session
from bot.sandbox.discord.things import App
from bot.sandbox.discord.vocabulary import APPLICATION_FLAGS, KNOWN_INTENTS, PRIVILEGED, Intent, Json
from bot.sandbox.discord.world import World

LARGEST_FRAME = 4096  # bytes, Discord: events/gateway, Sending Events
SENT_PER_MINUTE = 120
ACK_AFTER = 0.05
"""Seconds that a heartbeat's answer is on its way. discord.py notes a heartbeat's time in another thread, once it was
sent: an answer that is there sooner is measured from the heartbeat before and looks a whole interval late."""


class Closed(Exception):
    """End the connection with a close code of Discord's."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gateway:
    """Accepts sockets; ``open`` False refuses new ones, as an outage does."""

    def __init__(self, world: World, hub: Hub):
        self.world = world
        self.hub = hub
        self.open = True
        self.connections: set[Connection] = set()
        self.identified = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not self.open:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0, timeout=1.0)
        await socket.prepare(request)
        connection = Connection(self, socket)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)
        return socket

    async def drop(self, *, resumable: bool) -> None:
        """Cut every connection; without ``resumable`` the sessions are forgotten and a RESUME meets op 9."""
        if not resumable:
            for session in self.hub.sessions.values():
                session.dead = True
        await self._close_all(4000, "dropped")

    async def ask_reconnect(self) -> None:
        """Op 7: each client is told to reconnect and resume."""
        for connection in list(self.connections):
            await connection.send({"op": 7, "d": None})

    async def shut(self) -> None:
        self.open = False
        await self._close_all(WSCloseCode.GOING_AWAY, "going away")

    async def _close_all(self, code: int, reason: str) -> None:
        for connection in list(self.connections):
            connection.leave()
            await connection.close(code, reason)


class Connection:
    """One socket, and the session it holds once identified."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse):
        self.gateway = gateway
        self.world = gateway.world
        self.hub = gateway.hub
        self.socket = socket
        self.session: Session | None = None
        self.outgoing: asyncio.Queue[str] | None = None
        self.writer: asyncio.Task[None] | None = None
        self.received: list[float] = []
        self.answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await self.send({"op": 10, "d": {"heartbeat_interval": int(self.world.limits.heartbeat * 1000)}})
        try:
            async for frame in self.socket:
                if frame.type == WSMsgType.TEXT:
                    await self._receive(frame.data)
        except Closed as closed:
            await self.close(closed.code, closed.reason)
        finally:
            self.leave()
            tasks = [*self.answers, *([self.writer] if self.writer else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def send(self, frame: Json) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.socket.send_str(json.dumps(frame))

    async def close(self, code: int, reason: str) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.socket.close(code=code, message=reason.encode())

    def leave(self) -> None:
        """The session goes on without a socket: events are kept for a resume."""
        # A client that has already resumed elsewhere owns the session's queue now.
        if self.session and self.outgoing is not None and self.session.outgoing is self.outgoing:
            self.session.outgoing = None
            self.session.left_at = self.world.clock()
        self.session = None

    async def _receive(self, text: str) -> None:
        self._pace(text)
        try:
            frame: Any = json.loads(text)
        except (ValueError, RecursionError):
            raise Closed(4002, "Error while decoding payload.") from None
        op, data = (frame.get("op"), frame.get("d")) if isinstance(frame, dict) else (None, None)
        if op == 1:
            answer = asyncio.create_task(self._acknowledge())
            self.answers.add(answer)
            answer.add_done_callback(self.answers.discard)
        elif op == 2:
            await self._identify(data)
        elif op == 6:
            await self._resume(data)
        elif self.session is None:
            raise Closed(4003, "Not authenticated.")
        elif op == 8:
            self._members(self.session, data)
        elif op not in (3, 4):
            raise Closed(4001, "Unknown opcode.")

    async def _acknowledge(self) -> None:
        await asyncio.sleep(ACK_AFTER)
        await self.send({"op": 11, "d": None})

    def _pace(self, text: str) -> None:
        if len(text.encode()) > LARGEST_FRAME:
            raise Closed(4002, "Payload too large.")
        now = self.world.clock()
        self.received = [t for t in self.received if now - t < 60] + [now]
        if len(self.received) > SENT_PER_MINUTE:
            raise Closed(4008, "You are being rate limited.")

    def _app(self, data: Any) -> App:
        token = data.get("token") if isinstance(data, dict) else None
        app = next((a for a in self.world.apps.values() if a.token == token), None)
        if app is None:
            raise Closed(4004, "Authentication failed.")
        return app

    async def _identify(self, data: Any) -> None:
        if self.session is not None:
            raise Closed(4005, "Already authenticated.")
        app = self._app(data)
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise Closed(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~app.intents:
            raise Closed(4014, "Disallowed intent(s).")
        shard, shards = data.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            raise Closed(4010, "Invalid shard.")
        self.gateway.identified += 1
        self.hub.forget_old()
        session = Session(app, intents, shard, shards)
        self.hub.sessions[session.id] = session
        self._attach(session, [])
        session.push("READY", self._ready(session))
        for guild in self._guilds(session):
            session.push("GUILD_CREATE", view.guild_create(self.world, guild, app))

    def _guilds(self, session: Session) -> list[Any]:
        user = session.app.user.id
        return [g for g in self.world.guilds.values() if user in g.members and session.covers(g.id)]

    def _ready(self, session: Session) -> Json:
        app = session.app
        flags = sum(bit for intent, bit in APPLICATION_FLAGS.items() if app.intents & intent)
        return {
            "v": 10,
            "user": view.me(app),
            "guilds": [{"id": str(g.id), "unavailable": True} for g in self._guilds(session)],
            "session_id": session.id,
            "resume_gateway_url": self.world.gateway_url,
            "shard": [session.shard, session.shards],
            "application": {"id": str(app.id), "flags": flags},
        }

    async def _resume(self, data: Any) -> None:
        app = self._app(data)
        session = self.hub.find(str(data.get("session_id")), app)
        sequence = data.get("seq")
        missed = session.since(sequence) if session and isinstance(sequence, int) else None
        if session is None or missed is None:
            await self.send({"op": 9, "d": False})
            return
        self._attach(session, missed)
        session.push("RESUMED", {})

    def _attach(self, session: Session, first: list[str]) -> None:
        self.session = session
        session.left_at = None
        self.outgoing = session.outgoing = asyncio.Queue()
        for frame in first:
            self.outgoing.put_nowait(frame)
        self.writer = asyncio.create_task(self._write(self.outgoing))

    async def _write(self, outgoing: asyncio.Queue[str]) -> None:
        while True:
            frame = await outgoing.get()
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self.socket.send_str(frame)
            outgoing.task_done()

    def _members(self, session: Session, data: Any) -> None:
        """Discord: Request Guild Members; everybody at once needs the GUILD_MEMBERS intent."""
        guild = self.world.guilds.get(int(data.get("guild_id", 0)))
        if guild is None or session.app.user.id not in guild.members:
            return
        wanted = {int(i) for i in data.get("user_ids") or ()}
        everyone = bool(session.intents & Intent.GUILD_MEMBERS) and data.get("query") is not None
        query = str(data.get("query") or "").lower()
        found = [m for m in guild.members.values() if m.id in wanted or (everyone and m.name.lower().startswith(query))]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [view.member(m) for m in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(i) for i in wanted - {m.id for m in found}],
        }
        if data.get("nonce") is not None:
            chunk["nonce"] = data["nonce"]
        session.push("GUILD_MEMBERS_CHUNK", chunk)
