"""Changing and deleting channels and threads, pins, thread membership, and the lists of threads.

It does not start threads (threads.py).
"""

from __future__ import annotations

from bot.sandbox.discord import archive, automod, post, threads, view
from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.forms import Form
from bot.sandbox.discord.permissions import has, require
from bot.sandbox.discord.things import Channel, Message, Tag, User
from bot.sandbox.discord.vocabulary import PINNED_POST, REQUIRE_TAG, Intent, Json, Kind, MessageType, Permission
from bot.sandbox.discord.world import World

MOST_FORUM_TAGS = 20


def modify(world: World, user: User, channel: Channel, body: Json) -> Channel:
    """Discord: Modify Channel, for channels and threads."""
    require(world, user.id, channel, Permission.VIEW_CHANNEL)
    if channel.thread:
        _modify_thread(world, user, channel, body)
    else:
        _modify_channel(world, user, channel, body)
    return channel


def _modify_thread(world: World, user: User, thread: Channel, body: Json) -> None:
    state = thread.thread
    assert state is not None
    checked = _thread_form(body)
    moderator = has(world, user.id, thread, Permission.MANAGE_THREADS)
    _may_modify_thread(world, user, thread, body, moderator=moderator)
    if body.get("applied_tags") is not None:
        tags = checked.ids("applied_tags", threads.MOST_TAGS)
        threads.check_tags(world, thread.home, tags, moderator=moderator)
        state.applied = tags
    if body.get("name") is not None:
        automod.scan_title(thread.guild, body["name"])
    old_name, was_archived = thread.name, state.archived
    _apply_common(thread, body)
    if body.get("auto_archive_duration") is not None:
        state.auto_archive = int(body["auto_archive_duration"])
    if body.get("locked") is not None:
        state.locked = bool(body["locked"])
    if body.get("archived") is not None and bool(body["archived"]) != was_archived:
        if was_archived:
            archive.unarchive(world, thread)
        else:
            state.archived, state.changed_at = True, world.clock()
    if not (was_archived and not state.archived) or set(body) - {"archived"}:
        archive.tell(world, "THREAD_UPDATE", thread)
    if thread.name != old_name:
        post.publish(world, post.system(world, thread, user, MessageType.CHANNEL_NAME_CHANGE, thread.name))


def _thread_form(body: Json) -> Form:
    checked = Form(body)
    checked.text("name", 1, 100)
    checked.choice("auto_archive_duration", threads.ARCHIVE_MINUTES)
    checked.number("rate_limit_per_user", 0, 21600)
    checked.number("flags", 0, 1 << 20)
    checked.truth("archived")
    checked.truth("locked")
    checked.ids("applied_tags", threads.MOST_TAGS)
    checked.done()
    return checked


def _may_modify_thread(world: World, user: User, thread: Channel, body: Json, *, moderator: bool) -> None:
    """Archived threads take a change only along with ``archived: false``; who lacks MANAGE_THREADS may
    change what they started, and may unarchive what is not locked (Discord: topics/threads, Permissions)."""
    state = thread.thread
    assert state is not None
    if state.archived and body.get("archived") is not False:
        raise Refused(50083)
    if moderator:
        return
    archive.require_unlocked(world, thread, user)
    restricted = set(body) & {"locked", "flags", "rate_limit_per_user"}
    if restricted or (state.owner_id != user.id and set(body) != {"archived"}):
        raise Refused(50013)
    if state.owner_id != user.id and body.get("archived") is True:
        raise Refused(50013)
    if not has(world, user.id, thread, Permission.SEND_MESSAGES):
        raise Refused(50013)


def _apply_common(channel: Channel, body: Json) -> None:
    if body.get("name") is not None:
        channel.name = str(body["name"]).strip()
    if body.get("rate_limit_per_user") is not None:
        channel.slowmode = int(body["rate_limit_per_user"])
    if body.get("flags") is not None:
        settable = PINNED_POST if channel.thread else REQUIRE_TAG
        channel.flags = channel.flags & ~settable | int(body["flags"]) & settable


def _modify_channel(world: World, user: User, channel: Channel, body: Json) -> None:
    require(world, user.id, channel, Permission.MANAGE_CHANNELS)
    checked = Form(body)
    checked.text("name", 1, 100)
    checked.text("topic", 0, 4096 if channel.kind == Kind.FORUM else 1024)
    checked.number("rate_limit_per_user", 0, 21600)
    tags = checked.items("available_tags", 1000)
    for index, value in enumerate(tags):
        part = Form(value, ("available_tags", index))
        part.text("name", 1, 20, required=True)
        checked.problems += part.problems
    checked.done()
    if len(tags) > MOST_FORUM_TAGS:
        raise Refused(30048)
    _apply_common(channel, body)
    if "topic" in body:
        channel.topic = body["topic"]
    if body.get("available_tags") is not None:
        channel.tags = [Tag(int(t.get("id") or world.snowflake()), t["name"], bool(t.get("moderated"))) for t in tags]
    tell(world, "CHANNEL_UPDATE", channel)


def tell(world: World, name: str, channel: Channel) -> None:
    """CHANNEL_CREATE, _UPDATE, _DELETE: bots hear of channels they cannot read as well."""
    world.emit(
        name,
        lambda viewer: view.channel(world, channel, viewer.app.user if viewer else None),
        guild=channel.guild,
    )


def delete(world: World, user: User, channel: Channel) -> Json:
    """Discord: Delete/Close Channel: MANAGE_THREADS for a thread, MANAGE_CHANNELS else. The answer is the channel."""
    require(world, user.id, channel, Permission.MANAGE_THREADS if channel.thread else Permission.MANAGE_CHANNELS)
    shown = view.channel(world, channel, user)
    remove(world, channel)
    return shown


def remove(world: World, channel: Channel) -> None:
    """A thread's THREAD_DELETE has ids only; a channel takes its threads (no event of theirs) and webhooks along."""
    guild = channel.guild
    if channel.thread:
        ids = {
            "id": str(channel.id),
            "guild_id": str(guild.id),
            "parent_id": str(channel.home.id),
            "type": int(channel.kind),
        }
        world.emit("THREAD_DELETE", lambda _: ids, guild=guild, channel=channel)
        _forget(world, channel)
        return
    for thread in [t for t in guild.threads.values() if t.home is channel]:
        _forget(world, thread)
    for webhook in [w for w in world.webhooks.values() if w.channel is channel]:
        del world.webhooks[webhook.id]
    _forget(world, channel)
    tell(world, "CHANNEL_DELETE", channel)


def _forget(world: World, channel: Channel) -> None:
    world.channels.pop(channel.id, None)
    channel.guild.channels.pop(channel.id, None)
    channel.guild.threads.pop(channel.id, None)


def pin(world: World, user: User, message: Message, *, pinned: bool) -> None:
    """Discord: Pin Message: PIN_MESSAGES alone; 250 per channel; a system message tells of a new pin."""
    channel = message.channel
    require(world, user.id, channel, Permission.PIN_MESSAGES)
    archive.require_open(world, channel, user)
    if pinned == (message.id in channel.pinned):
        return
    if pinned and len(channel.pinned) >= world.limits.pins:
        raise Refused(30003)
    if pinned:
        channel.pinned[message.id] = world.clock()
        notice = post.system(world, channel, user, MessageType.CHANNEL_PINNED_MESSAGE)
        notice.reference = post.reference_to(message)
        post.publish(world, notice)
    else:
        del channel.pinned[message.id]
    post.updated(world, message)
    last = max(channel.pinned.values(), default=None)
    shown = {
        "guild_id": str(channel.guild.id),
        "channel_id": str(channel.id),
        "last_pin_timestamp": view.moment(last) if last else None,
    }
    world.emit("CHANNEL_PINS_UPDATE", lambda _: shown, guild=channel.guild, channel=channel)


def join(world: World, thread: Channel, user_id: int, *, joined: bool) -> None:
    """Discord: Join/Leave Thread, Add Thread Member; fails in an archived one."""
    state = thread.thread
    if state is None:
        raise Refused(50024)
    if state.archived:
        raise Refused(50083)
    if joined == (user_id in state.members):
        return
    if joined:
        state.members[user_id] = world.clock()
    else:
        del state.members[user_id]
    shown: Json = {"id": str(thread.id), "guild_id": str(thread.guild.id), "member_count": len(state.members)}
    shown["added_members"] = [view.thread_member(thread, user_id)] if joined else []
    shown["removed_member_ids"] = [] if joined else [str(user_id)]
    world.emit("THREAD_MEMBERS_UPDATE", lambda _: shown, guild=thread.guild, channel=thread)


def typing(world: World, user: User, channel: Channel) -> None:
    """Discord: Trigger Typing Indicator."""
    require(world, user.id, channel, Permission.VIEW_CHANNEL)
    member = channel.guild.members[user.id]
    shown = {
        "channel_id": str(channel.id),
        "guild_id": str(channel.guild.id),
        "user_id": str(user.id),
        "timestamp": int(world.clock()),
        "member": view.member(member),
    }
    world.emit(
        "TYPING_START", lambda _: shown, guild=channel.guild, channel=channel, intent=Intent.GUILD_MESSAGE_TYPING
    )
