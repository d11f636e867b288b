"""REST routes of the bot's account, guilds, members, commands, interactions and the gateway's address.

It does not hold the rules: commands.py and interactions.py do.
"""

from __future__ import annotations

from bot.sandbox.discord import commands, interactions, view
from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.forms import Form
from bot.sandbox.discord.permissions import require_in_guild
from bot.sandbox.discord.rest import Reply, Request, route
from bot.sandbox.discord.things import App, Command, Guild
from bot.sandbox.discord.vocabulary import Intent, Json

GLOBAL = "/applications/{application}/commands"
OF_GUILD = "/applications/{application}/guilds/{guild}/commands"


def _guild(call: Request) -> Guild:
    guild = call.world.guild(call.id("guild"))
    require_in_guild(guild, call.caller.user.id, 0)
    return guild


@route("GET", "/gateway", token=False)
async def gateway(call: Request) -> Reply:
    return Reply(200, {"url": call.world.gateway_url})


@route("GET", "/gateway/bot")
async def gateway_for_bot(call: Request) -> Reply:
    """Discord: Get Gateway Bot."""
    start = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 16}
    return Reply(200, {"url": call.world.gateway_url, "shards": call.caller.shards, "session_start_limit": start})


@route("GET", "/users/@me")
async def read_me(call: Request) -> Reply:
    return Reply(200, view.me(call.caller))


@route("GET", "/users/{user}")
async def read_user(call: Request) -> Reply:
    user = call.world.users.get(call.id("user"))
    if user is None:
        raise Refused(10013)
    return Reply(200, view.user(user))


@route("GET", "/applications/@me")
@route("GET", "/oauth2/applications/@me")
async def read_application(call: Request) -> Reply:
    app = call.caller
    mine = [g for g in call.world.guilds.values() if app.user.id in g.members]
    owner = call.world.users[mine[0].owner_id] if mine else app.user
    return Reply(200, view.application(app, owner, len(mine)))


@route("GET", "/users/@me/guilds")
async def list_guilds(call: Request) -> Reply:
    mine = [g for g in call.world.guilds.values() if call.caller.user.id in g.members]
    return Reply(200, [{**view.guild(g), "owner": False, "permissions": "0"} for g in mine])


@route("GET", "/guilds/{guild}")
async def read_guild(call: Request) -> Reply:
    return Reply(200, view.guild(_guild(call)))


@route("GET", "/guilds/{guild}/channels")
async def list_channels(call: Request) -> Reply:
    found = _guild(call).channels.values()
    return Reply(200, [view.channel(call.world, c, call.caller.user) for c in found])


@route("GET", "/guilds/{guild}/roles")
async def list_roles(call: Request) -> Reply:
    return Reply(200, [view.role(r) for r in _guild(call).roles.values()])


@route("GET", "/guilds/{guild}/members")
async def list_members(call: Request) -> Reply:
    """Discord: List Guild Members: needs the GUILD_MEMBERS intent; by id, 1-1000, default 1."""
    members = _guild(call).members
    if not call.caller.intents & Intent.GUILD_MEMBERS:
        raise Refused(50001)
    checked = Form(dict(call.query))
    limit = checked.number("limit", 1, 1000) or 1
    checked.done()
    after = call.query_id("after") or 0
    return Reply(200, [view.member(members[u]) for u in sorted(members) if u > after][:limit])


@route("GET", "/guilds/{guild}/members/{user}")
async def read_member(call: Request) -> Reply:
    member = _guild(call).members.get(call.id("user"))
    if member is None:
        raise Refused(10007)
    return Reply(200, view.member(member))


def _scope(call: Request) -> tuple[App, int]:
    """The caller's own application, and the guild of its commands (0: global)."""
    if call.id("application") != call.caller.id:
        raise Refused(50001)
    return call.caller, _guild(call).id if "guild" in call.args else 0


def _command(call: Request) -> Command:
    app, guild = _scope(call)
    found = app.commands.get(guild, {}).get(call.id("command"))
    if found is None:
        raise Refused(10063)
    return found


@route("GET", GLOBAL)
@route("GET", OF_GUILD)
async def list_commands(call: Request) -> Reply:
    app, guild = _scope(call)
    return Reply(200, [commands.payload(c) for c in app.commands.get(guild, {}).values()])


@route("PUT", GLOBAL)
@route("PUT", OF_GUILD)
async def overwrite_commands(call: Request) -> Reply:
    app, guild = _scope(call)
    return Reply(200, [commands.payload(c) for c in commands.replace_all(call.world, app, guild, call.body)])


@route("POST", GLOBAL)
@route("POST", OF_GUILD)
async def create_command(call: Request) -> Reply:
    app, guild = _scope(call)
    made, fresh = commands.put_one(call.world, app, guild, call.fields)
    return Reply(201 if fresh else 200, commands.payload(made))


@route("PATCH", GLOBAL + "/{command}")
@route("PATCH", OF_GUILD + "/{command}")
async def modify_command(call: Request) -> Reply:
    known = _command(call)
    body: Json = {**known.data, **call.fields}
    made, _ = commands.put_one(call.world, known.app, known.guild_id, body)
    return Reply(200, commands.payload(made))


@route("DELETE", GLOBAL + "/{command}")
@route("DELETE", OF_GUILD + "/{command}")
async def delete_command(call: Request) -> Reply:
    known = _command(call)
    del known.app.commands[known.guild_id][known.id]
    return Reply(204)


@route("POST", "/interactions/{interaction}/{token}/callback", token=False)
async def answer_interaction(call: Request) -> Reply:
    """Discord: Create Interaction Response; 204, or the callback object for ``with_response``."""
    found = interactions.find(call.world, call.args["token"], interaction_id=call.id("interaction"))
    interactions.answer(call.world, found, call.fields, call.files)
    if call.query.get("with_response", "").lower() in ("true", "1"):
        return Reply(200, interactions.callback_payload(call.world, found))
    return Reply(204)
