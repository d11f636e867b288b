"""REST routes of messages, reactions and pins.

It does not hold the rules: messages.py, reactions.py and channels.py do.
"""

from __future__ import annotations

from bot.sandbox.discord import channels, messages, post, reactions, view, view_message
from bot.sandbox.discord.errors import Problem, Refused, form
from bot.sandbox.discord.forms import Form
from bot.sandbox.discord.limits import Bucket
from bot.sandbox.discord.permissions import has, require
from bot.sandbox.discord.rest import Reply, Request, route
from bot.sandbox.discord.things import Channel, Message
from bot.sandbox.discord.vocabulary import CROSSPOSTED, Kind, Permission

MESSAGES = "/channels/{channel}/messages"
MESSAGE = MESSAGES + "/{message}"
HOUR, FRESH = 3600.0, 10.0


def _place(call: Request) -> Channel:
    return call.world.channel(call.id("channel"))


def _message(call: Request) -> Message:
    channel = _place(call)
    require(call.world, call.caller.user.id, channel, Permission.VIEW_CHANNEL)
    return call.world.message(channel, call.id("message"))


def _readable(call: Request, channel: Channel) -> bool:
    require(call.world, call.caller.user.id, channel, Permission.VIEW_CHANNEL)
    return has(call.world, call.caller.user.id, channel, Permission.READ_MESSAGE_HISTORY)


def _shown(call: Request, message: Message) -> Reply:
    return Reply(200, view_message.message(call.world, message, call.viewer))


def _age(call: Request) -> float:
    channel = call.world.channels.get(call.id("channel"))
    found = channel.messages.get(call.id("message")) if channel else None
    return call.world.clock() - found.sent_at if found else 0.0


def _create_buckets(call: Request) -> list[Bucket]:
    return [Bucket("create message", call.args["channel"], call.world.limits.create_message)]


def _edit_buckets(call: Request) -> list[Bucket]:
    limits, key = call.world.limits, call.args["channel"]
    buckets = [Bucket("edit message", key, limits.edit_message)]
    if _age(call) > HOUR:
        buckets.append(Bucket("edit old message", key, limits.edit_old_message, hidden=True, code=30046))
    return buckets


def _delete_buckets(call: Request) -> list[Bucket]:
    limits, age = call.world.limits, _age(call)
    if age < FRESH:
        return [Bucket("delete fresh message", call.args["channel"], limits.delete_fresh)]
    if age > messages.BULK_AGE:
        return [Bucket("delete ancient message", call.args["channel"], limits.delete_ancient)]
    return [Bucket("delete message", call.args["channel"], limits.delete_message)]


def _reaction_buckets(call: Request) -> list[Bucket]:
    return [Bucket("reaction", call.args["channel"], call.world.limits.reaction)]


@route("GET", MESSAGES)
async def read_history(call: Request) -> Reply:
    """Discord: Get Channel Messages: newest first, 1-100, default 50; nothing without READ_MESSAGE_HISTORY."""
    anchors = [k for k in ("around", "before", "after") if k in call.query]
    if len(anchors) > 1:
        raise form([Problem((anchors[1],), "EXCLUSIVE", "before, after and around are mutually exclusive")])
    checked = Form(dict(call.query))
    limit = checked.number("limit", 1, 100) or 50
    checked.done()
    channel = _place(call)
    if not _readable(call, channel):
        return Reply(200, [])
    found = sorted(channel.messages.values(), key=lambda m: m.id)
    if anchors:
        found = _page(found, anchors[0], call.query_id(anchors[0]) or 0, limit)
    found = found[-limit:]
    return Reply(200, [view_message.message(call.world, m, call.viewer) for m in reversed(found)])


def _page(found: list[Message], anchor: str, at: int, limit: int) -> list[Message]:
    if anchor == "before":
        return [m for m in found if m.id < at]
    if anchor == "after":
        return [m for m in found if m.id > at][:limit]
    older = [m for m in found if m.id < at][-(limit // 2) :]
    return older + [m for m in found if m.id >= at][: limit - len(older)]


@route("GET", MESSAGES + "/pins")
async def read_pins(call: Request) -> Reply:
    """Discord: Get Channel Pins, newest pin first."""
    channel = _place(call)
    if not _readable(call, channel):
        return Reply(200, {"items": [], "has_more": False})
    pinned = sorted(channel.pinned.items(), key=lambda item: -item[1])
    items = [
        {
            "pinned_at": view.moment(at),
            "message": view_message.message(call.world, channel.messages[number], call.viewer),
        }
        for number, at in pinned
    ]
    return Reply(200, {"items": items[:50], "has_more": len(items) > 50})


@route("GET", MESSAGE)
async def read_message(call: Request) -> Reply:
    """Discord: Get Channel Message: READ_MESSAGE_HISTORY."""
    require(call.world, call.caller.user.id, _place(call), Permission.READ_MESSAGE_HISTORY)
    return _shown(call, _message(call))


@route("POST", MESSAGES, buckets=_create_buckets)
async def create_message(call: Request) -> Reply:
    """The answer carries the nonce, which is never shown again."""
    sent = messages.send(call.world, call.caller.user, _place(call), call.fields, call.files)
    shown = view_message.message(call.world, sent, call.viewer)
    return Reply(200, shown if sent.nonce is None else {**shown, "nonce": sent.nonce})


@route("PATCH", MESSAGE, buckets=_edit_buckets)
async def edit_message(call: Request) -> Reply:
    return _shown(call, messages.edit(call.world, call.caller.user, _message(call), call.fields, call.files))


@route("DELETE", MESSAGE, buckets=_delete_buckets)
async def delete_message(call: Request) -> Reply:
    messages.delete(call.world, call.caller.user, _message(call))
    return Reply(204)


@route("POST", MESSAGES + "/bulk-delete")
async def delete_messages(call: Request) -> Reply:
    ids = Form(call.fields).ids("messages", 1000)
    messages.delete_many(call.world, call.caller.user, _place(call), ids)
    return Reply(204)


@route("POST", MESSAGE + "/crosspost")
async def crosspost(call: Request) -> Reply:
    """Discord: Crosspost Message: own ones in an announcement channel, others' with MANAGE_MESSAGES."""
    message = _message(call)
    if message.channel.kind != Kind.ANNOUNCEMENT:
        raise Refused(50024)
    needed = Permission.SEND_MESSAGES if message.author is call.caller.user else Permission.MANAGE_MESSAGES
    require(call.world, call.caller.user.id, message.channel, needed)
    if message.flags & CROSSPOSTED:
        raise Refused(40033)
    message.flags |= CROSSPOSTED
    post.updated(call.world, message)
    return _shown(call, message)


@route("PUT", MESSAGE + "/reactions/{emoji}/@me", buckets=_reaction_buckets)
async def add_reaction(call: Request) -> Reply:
    reactions.add(call.world, call.caller.user, _message(call), call.args["emoji"])
    return Reply(204)


@route("DELETE", MESSAGE + "/reactions/{emoji}/@me", buckets=_reaction_buckets)
async def remove_own_reaction(call: Request) -> Reply:
    user = call.caller.user
    reactions.remove(call.world, user, _message(call), call.args["emoji"], user.id)
    return Reply(204)


@route("DELETE", MESSAGE + "/reactions/{emoji}/{user}", buckets=_reaction_buckets)
async def remove_other_reaction(call: Request) -> Reply:
    reactions.remove(call.world, call.caller.user, _message(call), call.args["emoji"], call.id("user"))
    return Reply(204)


@route("DELETE", MESSAGE + "/reactions/{emoji}", buckets=_reaction_buckets)
async def clear_emoji(call: Request) -> Reply:
    reactions.clear(call.world, call.caller.user, _message(call), call.args["emoji"])
    return Reply(204)


@route("DELETE", MESSAGE + "/reactions", buckets=_reaction_buckets)
async def clear_reactions(call: Request) -> Reply:
    reactions.clear(call.world, call.caller.user, _message(call), None)
    return Reply(204)


@route("GET", MESSAGE + "/reactions/{emoji}")
async def read_reactions(call: Request) -> Reply:
    message = _message(call)
    users = message.reactions.get(reactions.emoji_key(call.args["emoji"]), {})
    limit = Form(dict(call.query)).number("limit", 1, 100) or 25
    after = call.query_id("after") or 0
    return Reply(200, [view.user(call.world.users[u]) for u in sorted(users) if u > after][:limit])


@route("PUT", MESSAGES + "/pins/{message}")
@route("PUT", "/channels/{channel}/pins/{message}")
async def pin_message(call: Request) -> Reply:
    channels.pin(call.world, call.caller.user, _message(call), pinned=True)
    return Reply(204)


@route("DELETE", MESSAGES + "/pins/{message}")
@route("DELETE", "/channels/{channel}/pins/{message}")
async def unpin_message(call: Request) -> Reply:
    channels.pin(call.world, call.caller.user, _message(call), pinned=False)
    return Reply(204)
