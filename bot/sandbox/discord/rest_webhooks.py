"""REST routes of webhooks, and of interaction follow-ups, which share their paths.

It does not hold the rules: webhooks.py and interactions.py do.
"""

from __future__ import annotations

from bot.sandbox.discord import interactions, view, view_message, webhooks
from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.limits import Bucket
from bot.sandbox.discord.permissions import require, require_in_guild
from bot.sandbox.discord.rest import Reply, Request, route
from bot.sandbox.discord.things import Interaction, Message, Webhook
from bot.sandbox.discord.vocabulary import Permission

BY_ID = "/webhooks/{webhook}"
BY_TOKEN = "/webhooks/{webhook}/{token}"  # noqa: S105 - a path, not a secret
FORM_CODES = (50006, 50035, 220001, 220002, 220003)
SENT = BY_TOKEN + "/messages/{message}"


def _followed(call: Request) -> Interaction | None:
    """The interaction whose token stands in the path, when the id is its application's."""
    found = call.world.interactions.get(call.args["token"])
    return found if found and found.app.id == call.id("webhook") else None


def _by_token(call: Request) -> Webhook:
    return webhooks.find(call.world, call.id("webhook"), call.args["token"])


def _execute_buckets(call: Request) -> list[Bucket]:
    """Per webhook; and, in no header, per channel for all its webhooks and follow-ups together."""
    limits = call.world.limits
    buckets = [Bucket("execute webhook", f"{call.args['webhook']}/{call.args['token']}", limits.execute_webhook)]
    webhook, followed = call.world.webhooks.get(call.id("webhook")), _followed(call)
    home = webhook.channel if webhook else followed.channel.home if followed else None
    if home:
        buckets.append(Bucket("channel webhooks", str(home.id), limits.channel_webhooks, hidden=True, scope="shared"))
    return buckets


def _message_buckets(call: Request) -> list[Bucket]:
    key = f"{call.args['webhook']}/{call.args['token']}"
    return [Bucket("webhook message", key, call.world.limits.execute_webhook)]


def _manage(call: Request) -> Webhook:
    webhook = webhooks.find(call.world, call.id("webhook"))
    require(call.world, call.caller.user.id, webhook.channel, Permission.MANAGE_WEBHOOKS)
    return webhook


@route("GET", "/channels/{channel}/webhooks")
async def list_of_channel(call: Request) -> Reply:
    channel = call.world.channel(call.id("channel"))
    require(call.world, call.caller.user.id, channel, Permission.MANAGE_WEBHOOKS)
    found = [w for w in call.world.webhooks.values() if w.channel is channel]
    return Reply(200, [view.webhook(w, call.caller) for w in found])


@route("GET", "/guilds/{guild}/webhooks")
async def list_of_guild(call: Request) -> Reply:
    guild = call.world.guild(call.id("guild"))
    require_in_guild(guild, call.caller.user.id, Permission.MANAGE_WEBHOOKS)
    found = [w for w in call.world.webhooks.values() if w.channel.guild is guild]
    return Reply(200, [view.webhook(w, call.caller) for w in found])


@route("POST", "/channels/{channel}/webhooks")
async def create(call: Request) -> Reply:
    channel = call.world.channel(call.id("channel"))
    made = webhooks.create(call.world, call.caller.user, channel, call.fields)
    return Reply(200, view.webhook(made, call.caller))


@route("GET", BY_ID)
async def read(call: Request) -> Reply:
    return Reply(200, view.webhook(_manage(call), call.caller))


@route("PATCH", BY_ID)
async def modify(call: Request) -> Reply:
    changed = webhooks.modify(call.world, _manage(call), call.fields, call.caller.user)
    return Reply(200, view.webhook(changed, call.caller))


@route("DELETE", BY_ID)
async def delete(call: Request) -> Reply:
    webhooks.remove(call.world, _manage(call))
    return Reply(204)


@route("GET", BY_TOKEN, token=False)
async def read_by_token(call: Request) -> Reply:
    webhook = _by_token(call)
    return Reply(200, view.webhook(webhook, webhook.app, with_user=False))


@route("PATCH", BY_TOKEN, token=False)
async def modify_by_token(call: Request) -> Reply:
    webhook = webhooks.modify(call.world, _by_token(call), call.fields)
    return Reply(200, view.webhook(webhook, webhook.app, with_user=False))


@route("DELETE", BY_TOKEN, token=False)
async def delete_by_token(call: Request) -> Reply:
    webhooks.remove(call.world, _by_token(call))
    return Reply(204)


@route("POST", BY_TOKEN, token=False, buckets=_execute_buckets)
async def execute(call: Request) -> Reply:
    """With ``wait`` the message; without it 204, and a message that was not saved reports no error."""
    followed = _followed(call)
    if followed:
        made = interactions.follow_up(call.world, followed, call.fields, call.files)
        return Reply(200, view_message.message(call.world, made))
    webhook = _by_token(call)
    wait = call.query.get("wait", "").lower() in ("true", "1")
    plain = call.query.get("with_components", "").lower() not in ("true", "1")
    try:
        made = webhooks.execute(call.world, webhook, call.fields, call.files, call.query_id("thread_id"), plain=plain)
    except Refused as refused:
        # Without wait only the form is looked at before the answer goes out.
        if wait or refused.code in FORM_CODES:
            raise
        return Reply(204)
    return Reply(200, view_message.message(call.world, made)) if wait else Reply(204)


def _own(call: Request) -> tuple[Webhook, Message]:
    webhook = _by_token(call)
    if not call.args["message"].isdigit():
        raise Refused(10008)
    return webhook, webhooks.own_message(call.world, webhook, call.id("message"), call.query_id("thread_id"))


@route("GET", SENT, token=False, buckets=_message_buckets)
async def read_message(call: Request) -> Reply:
    """The webhook's own token sees the text that the bot's token may not."""
    followed = _followed(call)
    found = interactions.message(call.world, followed, call.args["message"]) if followed else _own(call)[1]
    return Reply(200, view_message.message(call.world, found))


@route("PATCH", SENT, token=False, buckets=_message_buckets)
async def edit_message(call: Request) -> Reply:
    followed = _followed(call)
    if followed:
        found = interactions.message(call.world, followed, call.args["message"])
        changed = interactions.edit(call.world, followed, found, call.fields, call.files)
    else:
        webhook, found = _own(call)
        changed = webhooks.edit(call.world, webhook, found, call.fields, call.files)
    return Reply(200, view_message.message(call.world, changed))


@route("DELETE", SENT, token=False, buckets=_message_buckets)
async def delete_message(call: Request) -> Reply:
    followed = _followed(call)
    if followed:
        interactions.delete(call.world, followed, interactions.message(call.world, followed, call.args["message"]))
    else:
        webhooks.delete(call.world, _own(call)[1])
    return Reply(204)
