"""REST routes of channels, threads and forum posts.

It does not hold the rules: threads.py and channels.py do.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.sandbox.discord import channels, threads, view, view_message
from bot.sandbox.discord.errors import Problem, form
from bot.sandbox.discord.forms import Form
from bot.sandbox.discord.limits import Bucket
from bot.sandbox.discord.permissions import has, require, require_in_guild
from bot.sandbox.discord.rest import Reply, Request, route
from bot.sandbox.discord.things import Channel
from bot.sandbox.discord.vocabulary import Kind, Permission

CHANNEL = "/channels/{channel}"


def _place(call: Request) -> Channel:
    """The channel, seen by the caller: 10003 unknown, 50001 out of sight."""
    channel = call.world.channel(call.id("channel"))
    require(call.world, call.caller.user.id, channel, Permission.VIEW_CHANNEL)
    return channel


def _thread_buckets(call: Request) -> list[Bucket]:
    channel = call.world.channels.get(call.id("channel"))
    guild = str(channel.guild.id) if channel else ""
    return [Bucket("create thread", guild, call.world.limits.create_thread, scope="shared")]


def _modify_buckets(call: Request) -> list[Bucket]:
    limits, key = call.world.limits, call.args["channel"]
    buckets = [Bucket("modify channel", key, limits.other)]
    if isinstance(call.body, dict) and call.body.get("name") is not None:
        buckets.append(Bucket("rename", key, limits.rename, hidden=True))
    return buckets


@route("GET", CHANNEL)
async def read_channel(call: Request) -> Reply:
    return Reply(200, view.channel(call.world, _place(call), call.caller.user))


@route("PATCH", CHANNEL, buckets=_modify_buckets)
async def modify_channel(call: Request) -> Reply:
    changed = channels.modify(call.world, call.caller.user, _place(call), call.fields)
    return Reply(200, view.channel(call.world, changed, call.caller.user))


@route("DELETE", CHANNEL)
async def delete_channel(call: Request) -> Reply:
    return Reply(200, channels.delete(call.world, call.caller.user, _place(call)))


@route("POST", CHANNEL + "/typing")
async def start_typing(call: Request) -> Reply:
    channels.typing(call.world, call.caller.user, _place(call))
    return Reply(204)


@route("POST", CHANNEL + "/messages/{message}/threads", buckets=_thread_buckets)
async def start_from_message(call: Request) -> Reply:
    message = call.world.message(_place(call), call.id("message"))
    thread = threads.start_from(call.world, call.caller.user, message, call.fields)
    return Reply(201, view.thread(thread, call.caller.user))


@route("POST", CHANNEL + "/threads", buckets=_thread_buckets)
async def start_thread(call: Request) -> Reply:
    """A forum post, answered with its starter as ``message``, or a thread without a message."""
    parent, user = _place(call), call.caller.user
    if parent.kind == Kind.FORUM:
        thread, starter = threads.start_post(call.world, user, parent, call.fields, call.files)
        message = view_message.message(call.world, starter, call.viewer)
        return Reply(201, {**view.thread(thread, user), "message": message})
    return Reply(201, view.thread(threads.start_alone(call.world, user, parent, call.fields), user))


@route("GET", "/guilds/{guild}/threads/active")
async def list_active(call: Request) -> Reply:
    """Discord: List Active Guild Threads: those the bot can see, newest first, with its memberships."""
    guild = call.world.guild(call.id("guild"))
    require_in_guild(guild, call.caller.user.id, 0)
    found = [t for t in guild.threads.values() if t.thread and not t.thread.archived and _visible(call, t)]
    return Reply(200, _listed(call, sorted(found, key=lambda t: -t.id)))


def _visible(call: Request, thread: Channel) -> bool:
    return has(call.world, call.caller.user.id, thread, Permission.VIEW_CHANNEL)


def _listed(call: Request, found: list[Channel]) -> dict[str, object]:
    user = call.caller.user
    mine = [view.thread_member(t, user.id) for t in found if t.thread and user.id in t.thread.members]
    return {"threads": [view.thread(t, user) for t in found], "members": mine, "has_more": False}


@route("GET", CHANNEL + "/threads/archived/public")
async def list_archived(call: Request) -> Reply:
    """Discord: List Public Archived Threads: latest archived first, pages end at ``before`` (ISO 8601)."""
    parent = _place(call)
    require(call.world, call.caller.user.id, parent, Permission.READ_MESSAGE_HISTORY)
    checked = Form(dict(call.query))
    limit = checked.number("limit", 2, 100) or 50
    checked.done()
    found = [t for t in parent.guild.threads.values() if t.thread and t.thread.archived and t.home is parent]
    if call.query.get("before"):
        edge = _moment(call.query["before"])
        found = [t for t in found if t.thread and datetime.fromtimestamp(t.thread.changed_at, UTC) < edge]
    found.sort(key=lambda t: -(t.thread.changed_at if t.thread else 0))
    return Reply(200, {**_listed(call, found[:limit]), "has_more": len(found) > limit})


def _moment(text: str) -> datetime:
    """An ISO 8601 time; without a zone it is UTC."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise form([Problem(("before",), "DATE_TIME_TYPE_PARSE", f"Could not parse {text[:60]}.")]) from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


@route("GET", CHANNEL + "/threads/archived/private")
async def list_private(call: Request) -> Reply:
    """This server has public threads only."""
    require(call.world, call.caller.user.id, _place(call), Permission.MANAGE_THREADS)
    return Reply(200, {"threads": [], "members": [], "has_more": False})


@route("GET", CHANNEL + "/thread-members")
async def list_members(call: Request) -> Reply:
    thread = _place(call)
    members = thread.thread.members if thread.thread else {}
    return Reply(200, [view.thread_member(thread, user) for user in members])


@route("PUT", CHANNEL + "/thread-members/@me")
async def join_thread(call: Request) -> Reply:
    channels.join(call.world, _place(call), call.caller.user.id, joined=True)
    return Reply(204)


@route("DELETE", CHANNEL + "/thread-members/@me")
async def leave_thread(call: Request) -> Reply:
    channels.join(call.world, _place(call), call.caller.user.id, joined=False)
    return Reply(204)


@route("PUT", CHANNEL + "/thread-members/{user}")
async def add_member(call: Request) -> Reply:
    thread = _place(call)
    needed = Permission.SEND_MESSAGES_IN_THREADS
    require(call.world, call.caller.user.id, thread, needed)
    channels.join(call.world, thread, call.id("user"), joined=True)
    return Reply(204)
