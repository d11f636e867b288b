"""What members do: write, reply, edit, delete, react, start threads; and what others' webhooks say. By a bot's rules.

It does not run commands (uses.py) and does not build the server's furniture (furniture.py).
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable

from bot.sandbox.discord import archive, channels, messages, post, reactions, threads, view, view_message, webhooks
from bot.sandbox.discord.post import File
from bot.sandbox.discord.things import App, Channel, Member, Message, Place, Sent, Webhook
from bot.sandbox.discord.vocabulary import PINNED_POST, Json
from bot.sandbox.discord.world import World


def _files(attachments: Iterable[tuple[str, bytes]]) -> list[File]:
    """``attachments`` are (filename, bytes)."""
    return [
        File(str(n), name, mimetypes.guess_type(name)[0] or "application/octet-stream", data)
        for n, (name, data) in enumerate(attachments)
    ]


class Acts:
    """The members' side of a LoopbackDiscord. Each act returns after its events have left on the sockets."""

    world: World

    async def _settled(self) -> None:
        raise AssertionError("LoopbackDiscord knows the hub")

    async def post(
        self,
        member: Member,
        channel: Place,
        text: str = "",
        *,
        reply_to: Sent | None = None,
        attachments: Iterable[tuple[str, bytes]] = (),
        flags: int = 0,
        sticker: int | None = None,
        ping_reply: bool = True,
        forward: Message | None = None,
    ) -> Message:
        """A member writes; ``attachments`` are (filename, bytes). Raises Refused as Discord would refuse."""
        body: Json = {"content": text, "flags": flags, "allowed_mentions": None}
        if not ping_reply:
            body["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": False}
        if sticker is not None:
            body["sticker_ids"] = [str(sticker)]
        if reply_to is not None:
            target = reply_to.id if isinstance(reply_to, Message) else reply_to
            body["message_reference"] = {"message_id": str(target)}
        if forward is not None:
            body["message_reference"] = {
                "type": 1,
                "message_id": str(forward.id),
                "channel_id": str(forward.channel.id),
            }
        sent = messages.send(self.world, member.user, self.world.place(channel), body, _files(attachments))
        await self._settled()
        return sent

    async def edit(self, member: Member, channel: Place, message: Sent, text: str) -> Message:
        found = self.world.sent(channel, message)
        messages.edit(self.world, member.user, found, {"content": text})
        await self._settled()
        return found

    async def delete(self, member: Member, channel: Place, message: Sent) -> None:
        messages.delete(self.world, member.user, self.world.sent(channel, message))
        await self._settled()

    async def add_webhook(self, app: App, channel: Place, name: str) -> Webhook:
        """Another application makes a webhook of its own."""
        made = webhooks.create(self.world, app.user, self.world.place(channel), {"name": name})
        await self._settled()
        return made

    async def speak(
        self,
        webhook: Webhook,
        channel: Place,
        text: str = "",
        *,
        name: str | None = None,
        embeds: Iterable[Json] = (),
        attachments: Iterable[tuple[str, bytes]] = (),
    ) -> Message:
        """A webhook says something, under a ``name`` for this message; it can answer nothing."""
        place = self.world.place(channel)
        body: Json = {"content": text, "embeds": list(embeds)}
        if name is not None:
            body["username"] = name
        thread = place.id if place.thread else None
        said = webhooks.execute(self.world, webhook, body, _files(attachments), thread)
        await self._settled()
        return said

    async def speak_anew(self, webhook: Webhook, channel: Place, message: Sent, text: str) -> Message:
        """A webhook gives a message of its own other words."""
        place = self.world.place(channel)
        number = message.id if isinstance(message, Message) else int(message)
        said = webhooks.own_message(self.world, webhook, number, place.id if place.thread else None)
        webhooks.edit(self.world, webhook, said, {"content": text}, [])
        await self._settled()
        return said

    async def bulk_delete(self, member: Member, channel: Place, found: Iterable[Sent]) -> None:
        ids = [m.id if isinstance(m, Message) else int(m) for m in found]
        messages.delete_many(self.world, member.user, self.world.place(channel), ids)
        await self._settled()

    async def react(self, member: Member, channel: Place, message: Sent, emoji: str) -> None:
        reactions.add(self.world, member.user, self.world.sent(channel, message), emoji)
        await self._settled()

    async def unreact(self, member: Member, channel: Place, message: Sent, emoji: str) -> None:
        reactions.remove(self.world, member.user, self.world.sent(channel, message), emoji, member.id)
        await self._settled()

    async def pin(self, member: Member, channel: Place, message: Sent) -> None:
        channels.pin(self.world, member.user, self.world.sent(channel, message), pinned=True)
        await self._settled()

    async def start_thread(self, member: Member, message: Message, name: str) -> Channel:
        thread = threads.start_from(self.world, member.user, message, {"name": name})
        await self._settled()
        return thread

    async def start_post(self, member: Member, forum: Place, name: str, text: str, tags: Iterable[int] = ()) -> Channel:
        body = {"name": name, "message": {"content": text}, "applied_tags": [str(t) for t in tags]}
        thread, _ = threads.start_post(self.world, member.user, self.world.place(forum), body)
        await self._settled()
        return thread

    async def modify(self, member: Member, channel: Place, **changes: object) -> Channel:
        """A member renames, tags, locks, archives: the fields of Modify Channel."""
        changed = channels.modify(self.world, member.user, self.world.place(channel), dict(changes))
        await self._settled()
        return changed

    async def unfurl(self, message: Message, embed: Json) -> None:
        """Discord shows a link's preview a moment later: MESSAGE_UPDATE without an edited_timestamp."""
        message.embeds = [*message.embeds, {"type": "link", **embed}]
        post.updated(self.world, message)
        await self._settled()

    async def archive(self, thread: Place, *, archived: bool = True, locked: bool | None = None) -> None:
        """The server's owner archives, unarchives or locks a thread."""
        found = self.world.place(thread)
        state = found.thread
        assert state is not None, "only threads are archived"
        owner = found.guild.members[found.guild.owner_id].user
        if state.archived:
            channels.modify(self.world, owner, found, {"archived": False})
        changes: Json = {"archived": archived}
        if locked is not None:
            changes["locked"] = locked
        channels.modify(self.world, owner, found, changes)
        await self._settled()

    async def archive_idle(self) -> list[Channel]:
        """Archive what has been silent for its auto_archive_duration; pinned posts stay. Discord does so by itself."""
        now, gone = self.world.clock(), []
        for thread in [t for t in self.world.channels.values() if t.thread and not t.thread.archived]:
            state = thread.thread
            assert state is not None
            last = max([m.sent_at for m in thread.messages.values()] + [state.changed_at])
            if now - last >= state.auto_archive * 60 and not thread.flags & PINNED_POST:
                state.archived, state.changed_at = True, now
                archive.tell(self.world, "THREAD_UPDATE", thread)
                gone.append(thread)
        await self._settled()
        return gone

    async def delete_thread(self, thread: Place) -> None:
        channels.remove(self.world, self.world.place(thread))
        await self._settled()

    async def delete_channel(self, channel: Place) -> None:
        channels.remove(self.world, self.world.place(channel))
        await self._settled()

    async def delete_webhook(self, webhook_id: int | str) -> None:
        webhooks.remove(self.world, webhooks.find(self.world, int(webhook_id)))
        await self._settled()

    def messages(self, channel: Place) -> list[Json]:
        """All messages, oldest first, as JSON with ``pings``: the ids of the users each has notified."""
        return [self.shown(m) for m in sorted(self.world.place(channel).messages.values(), key=lambda m: m.id)]

    def shown(self, message: Message) -> Json:
        return {**view_message.message(self.world, message), "pings": {str(p) for p in message.pings}}

    def threads(self, channel: Place) -> list[Json]:
        """The threads of a channel, oldest first, archived ones included."""
        parent = self.world.place(channel)
        found = [t for t in parent.guild.threads.values() if t.home is parent]
        return [view.thread(t) for t in sorted(found, key=lambda t: t.id)]
