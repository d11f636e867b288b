"""Shows one guild of a LoopbackDiscord on the stage and lets the visitor speak as one of its members.

Does not bend a rule: what Discord would refuse a member is refused here, in Discord's own words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from bot.demo.stage.reading import number, words
from bot.demo.stage.sources import (
    ActRefused,
    ChannelState,
    DiscordState,
    Json,
    MemberState,
    MessageState,
    Nudge,
    ReactionState,
    ThreadState,
)
from bot.sandbox.discord import Channel, Guild, LoopbackDiscord, Member, Message, Permission
from bot.sandbox.discord import Refused as DiscordRefused
from bot.sandbox.discord.things import User
from bot.sandbox.discord.vocabulary import REPLIABLE, Kind, MessageType

KINDS = {Kind.TEXT: "text", Kind.ANNOUNCEMENT: "announcement", Kind.FORUM: "forum"}
MAX_TEXT = 4000  # More than a message takes, so that Discord's own refusal is what the visitor meets.


class LoopbackDiscordSource:
    """``members`` are those the visitor may speak as."""

    def __init__(self, discord: LoopbackDiscord, guild: Guild, members: Sequence[Member]) -> None:
        self._discord, self._guild = discord, guild
        self._members = {member.id: member for member in members}
        self._acts: dict[str, Callable[[Member, Channel, Json], Awaitable[int]]] = {
            "comment": self._post,
            "reply": self._post,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
        }

    def on_change(self, nudge: Nudge) -> None:
        """Every event the server sends to anybody."""
        self._discord.on_change(lambda event, payload: nudge())

    # --- showing

    async def snapshot(self) -> DiscordState:
        """The guild as a member sees it; threads newest first."""
        threads = sorted(self._guild.threads.values(), key=lambda thread: thread.id, reverse=True)
        channels = sorted(self._guild.channels.values(), key=lambda channel: channel.position)
        return {
            "guild": self._guild.name,
            "guild_id": str(self._guild.id),
            "channels": [self._channel(c) for c in channels if c.kind in KINDS],
            "threads": [self._thread(t) for t in threads],
            "members": [self._member(m) for m in self._members.values()],
            "names": self._names(),
        }

    def _names(self) -> Json:
        guild = self._guild
        return {
            "users": {str(m.id): m.name for m in guild.members.values()},
            "roles": {str(role.id): role.name for role in guild.roles.values()},
            "channels": {str(c.id): c.name for c in [*guild.channels.values(), *guild.threads.values()]},
        }

    def _member(self, member: Member) -> MemberState:
        return {"id": str(member.id), "name": member.name, "avatar": None, "moderator": self._moderates(member)}

    def _moderates(self, member: Member) -> bool:
        allowed = 0
        for role in member.roles:
            allowed |= self._guild.roles[role].permissions
        return bool(allowed & Permission.MANAGE_MESSAGES)

    def _channel(self, channel: Channel) -> ChannelState:
        messages = [self._message(m) for m in channel.messages.values()]
        shown: ChannelState = {
            "id": str(channel.id),
            "name": channel.name,
            "kind": KINDS[channel.kind],
            "messages": messages,
        }
        if channel.topic:
            shown["topic"] = channel.topic
        return shown

    def _thread(self, thread: Channel) -> ThreadState:
        assert thread.thread is not None
        tags = {tag.id: tag.name for tag in thread.home.tags}
        return {
            "id": str(thread.id),
            "name": thread.name,
            "channel": str(thread.home.id),
            "archived": thread.thread.archived,
            "locked": thread.thread.locked,
            "tags": [tags[t] for t in thread.thread.applied if t in tags],
            "messages": [self._message(m) for m in self._of_thread(thread)],
        }

    def _of_thread(self, thread: Channel) -> list[Message]:
        """A thread started from a message opens with that message, as a client shows it."""
        own = [m for m in thread.messages.values() if m.kind != MessageType.THREAD_STARTER_MESSAGE]
        starter = thread.home.messages.get(thread.id)
        return [starter, *own] if starter else own

    def _message(self, message: Message) -> MessageState:
        author = message.author
        account = author if isinstance(author, User) else None
        member = self._guild.members.get(author.id) if isinstance(author, User) else None
        shown: MessageState = {
            "id": str(message.id),
            "author": member.name if member else author.name,
            "author_id": str(account.id) if account else "",
            "avatar": author.avatar,
            "bot": account.bot if account else True,
            "content": message.content,
            "embeds": message.embeds,
            "reply_to": None,
            "reactions": self._reactions(message),
            "edited": message.edited_at is not None,
            "date": datetime.fromtimestamp(message.sent_at, UTC).isoformat(),
        }
        if message.kind == MessageType.REPLY and message.reference:
            shown["reply_to"] = str(message.reference.message_id)
        if message.kind not in REPLIABLE:
            shown["system"] = True
        return shown

    def _reactions(self, message: Message) -> list[ReactionState]:
        return [
            {"emoji": key.partition(":")[0], "count": len(who), "members": [str(user) for user in who]}
            for key, who in message.reactions.items()
            if who
        ]

    # --- acting

    async def act(self, act: Json) -> Json:
        """See DiscordSource."""
        verb = self._acts.get(str(act.get("kind")))
        if verb is None:
            raise ActRefused("A member cannot do that.")
        member = self._members.get(number(act, "member"))
        if member is None:
            raise ActRefused("Nobody by that id may be spoken for.")
        place = self._place(number(act, "place"))
        try:
            return {"id": str(await verb(member, place, act))}
        except DiscordRefused as no:
            raise ActRefused(_in_words(no)) from None

    def _place(self, place_id: int) -> Channel:
        found = self._guild.threads.get(place_id) or self._guild.channels.get(place_id)
        if found is None:
            raise ActRefused("That channel is no longer there.")
        return found

    def _home_of(self, place: Channel, message_id: int) -> Channel:
        """Where a message shown in a place lives: a thread's starter is in the parent channel."""
        return place.home if message_id == place.id and message_id not in place.messages else place

    async def _post(self, member: Member, place: Channel, act: Json) -> int:
        target = number(act, "reply_to") if act.get("kind") == "reply" else None
        text = words(act, "text", most=MAX_TEXT)
        return (await self._discord.post(member, place, text, reply_to=target)).id

    async def _edit(self, member: Member, place: Channel, act: Json) -> int:
        message = number(act, "message")
        text = words(act, "text", most=MAX_TEXT)
        return (await self._discord.edit(member, self._home_of(place, message), message, text)).id

    async def _delete(self, member: Member, place: Channel, act: Json) -> int:
        message = number(act, "message")
        await self._discord.delete(member, self._home_of(place, message), message)
        return message

    async def _react(self, member: Member, place: Channel, act: Json) -> int:
        message, emoji = number(act, "message"), words(act, "emoji", most=64)
        home = self._home_of(place, message)
        found = home.messages.get(message)
        if found and member.id in found.reactions.get(emoji, {}):
            await self._discord.unreact(member, home, message, emoji)
        else:
            await self._discord.react(member, home, message, emoji)
        return message


def _in_words(no: DiscordRefused) -> str:
    """The first sentence of a form's errors says more than "Invalid Form Body"."""

    def first(tree: Json) -> str | None:
        for key, value in tree.items():
            if key == "_errors" and value:
                return str(value[0]["message"])
            if isinstance(value, dict) and (found := first(value)):
                return found
        return None

    return f"Discord refuses: {first(no.errors) or no.message}"
