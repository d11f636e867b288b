"""Starting threads: from a message, alone, or as a forum post with its starter.

It does not rename, archive or delete threads (channels.py); what an archived one refuses is in archive.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.sandbox.discord import archive, automod, message_rules, messages, post
from bot.sandbox.discord.errors import Problem, Refused, form
from bot.sandbox.discord.forms import Form
from bot.sandbox.discord.permissions import has, require
from bot.sandbox.discord.post import File
from bot.sandbox.discord.things import Channel, Message, Reference, ThreadState, User
from bot.sandbox.discord.vocabulary import REQUIRE_TAG, Json, Kind, MessageType, Permission
from bot.sandbox.discord.world import World

ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
MOST_TAGS = 5


def check_name(body: Any, path: tuple[str | int, ...] = ()) -> Form:
    """The fields every way of starting a thread shares: name 1-100, auto_archive_duration, slowmode."""
    checked = Form(body, path)
    checked.text("name", 1, 100, required=True)
    checked.choice("auto_archive_duration", ARCHIVE_MINUTES)
    checked.number("rate_limit_per_user", 0, 21600)
    return checked


def check_tags(world: World, forum: Channel, tags: list[int], *, moderator: bool, where: str = "applied_tags") -> None:
    """Only tags of this forum, five at most, moderated ones for moderators, one at least under REQUIRE_TAG."""
    known = {tag.id: tag for tag in forum.tags}
    if len(tags) > MOST_TAGS:
        raise form([Problem((where,), "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")])
    if any(tag not in known for tag in tags):
        raise Refused(10087)
    if any(known[tag].moderated for tag in tags) and not moderator:
        raise Refused(50013)
    if not tags and forum.flags & REQUIRE_TAG:
        raise Refused(40067)


def create(
    world: World, parent: Channel, thread_id: int, owner_id: int, body: Json, tags: Sequence[int] = ()
) -> Channel:
    """A new public thread in its channel, without any event yet."""
    automod.scan_title(parent.guild, body["name"])
    archive.require_room(world, parent)
    now = world.clock()
    thread = Channel(
        id=thread_id,
        guild=parent.guild,
        kind=Kind.ANNOUNCEMENT_THREAD if parent.kind == Kind.ANNOUNCEMENT else Kind.PUBLIC_THREAD,
        name=str(body["name"]).strip(),
        parent=parent,
        slowmode=int(body.get("rate_limit_per_user") or 0),
        thread=ThreadState(owner_id, int(body.get("auto_archive_duration") or 4320), now, now, applied=list(tags)),
    )
    assert thread.thread is not None
    if owner_id in parent.guild.members:
        thread.thread.members[owner_id] = now
    world.channels[thread.id] = parent.guild.threads[thread.id] = thread
    return thread


def start_from(world: World, user: User, message: Message, body: Json) -> Channel:
    """Discord: Start Thread from Message: the thread takes the message's id, once."""
    parent = message.channel
    require(world, user.id, parent, Permission.CREATE_PUBLIC_THREADS)
    if parent.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
        raise Refused(50024)
    if message.kind not in (MessageType.DEFAULT, MessageType.REPLY, MessageType.CHAT_INPUT_COMMAND):
        raise Refused(50021)
    if message.id in world.channels or message.started:
        raise Refused(160004)
    check_name(body).done()
    thread = create(world, parent, message.id, user.id, body)
    message.started = thread
    archive.tell(world, "THREAD_CREATE", thread, newly_created=True)
    starter = post.system(world, thread, user, MessageType.THREAD_STARTER_MESSAGE)
    starter.reference = Reference(message.id, parent.id, parent.guild.id)
    post.publish(world, starter)
    post.updated(world, message)
    return thread


def start_alone(world: World, user: User, parent: Channel, body: Json) -> Channel:
    """Discord: Start Thread without Message, a public one (type 11, or 10 in an announcement channel)."""
    require(world, user.id, parent, Permission.CREATE_PUBLIC_THREADS)
    if parent.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
        raise Refused(50024)
    check_name(body).done()
    if body.get("type") not in (Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD):
        raise Refused(50024)
    thread = create(world, parent, world.snowflake(), user.id, body)
    archive.tell(world, "THREAD_CREATE", thread, newly_created=True)
    notice = post.system(world, parent, user, MessageType.THREAD_CREATED, thread.name)
    notice.reference = Reference(None, thread.id, parent.guild.id)
    post.publish(world, notice)
    return thread


def start_post(
    world: World, user: User, forum: Channel, body: Json, files: Sequence[File] = ()
) -> tuple[Channel, Message]:
    """Discord: Start Thread in Forum: costs SEND_MESSAGES; thread and starter message share one id."""
    require(world, user.id, forum, Permission.SEND_MESSAGES)
    checked = check_name(body)
    if not isinstance(body.get("message"), dict):
        checked.add(("message",), "BASE_TYPE_REQUIRED", "This field is required")
    tags = checked.ids("applied_tags", MOST_TAGS)
    checked.done()
    inner = message_rules.check(body["message"], creating=True, files=len(files), path=("message",))
    if files:
        require(world, user.id, forum, Permission.ATTACH_FILES)
    check_tags(world, forum, tags, moderator=has(world, user.id, forum, Permission.MANAGE_THREADS))
    automod.scan_message(forum.guild, inner)
    thread = create(world, forum, world.snowflake(), user.id, body, tags)
    starter = messages.compose(world, user, thread, inner, files)
    return open_post(world, thread, starter), starter


def open_post(world: World, thread: Channel, starter: Message) -> Channel:
    """Give the starter the thread's id and tell of both: THREAD_CREATE, then MESSAGE_CREATE."""
    starter.id = thread.id
    forum = thread.home
    forum.last_message_id = thread.id
    archive.tell(world, "THREAD_CREATE", thread, newly_created=True)
    post.publish(world, starter)
    return thread
