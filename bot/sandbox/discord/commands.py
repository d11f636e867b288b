"""Application commands: registered in bulk or one by one, global or of a guild, and found by a member's words.

It does not run them; interactions.py carries a member's use of one to the bot.
"""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.discord.errors import Problem, Refused, form
from bot.sandbox.discord.forms import Form
from bot.sandbox.discord.permissions import has, of_channel
from bot.sandbox.discord.things import CHAT_INPUT, App, Channel, Command, Guild, Member
from bot.sandbox.discord.vocabulary import Json, Permission
from bot.sandbox.discord.world import World

# Discord: Application Command Naming: lower case where the script has cases; Devanagari and Thai marks allowed.
NAME = re.compile(r"^[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}$")
MOST = {1: 100, 2: 15, 3: 15}  # chat input, user, message commands per scope
LARGEST = 8000  # characters of names, descriptions and values together
SUBCOMMAND, GROUP = 1, 2
OPTION_TYPES = tuple(range(1, 12))


def payload(command: Command) -> Json:
    """Discord: Application Command Object."""
    data = command.data
    permissions = data.get("default_member_permissions")
    shown: Json = {
        "id": str(command.id),
        "application_id": str(command.app.id),
        "version": str(command.version),
        "type": command.kind,
        "name": command.name,
        "description": data.get("description") or "",
        "default_member_permissions": None if permissions is None else str(permissions),
        "nsfw": bool(data.get("nsfw")),
        "name_localizations": data.get("name_localizations"),
        "description_localizations": data.get("description_localizations"),
        "contexts": data.get("contexts"),
        "integration_types": data.get("integration_types") or [0],
        "dm_permission": data.get("dm_permission", True) is not False,
    }
    if data.get("options"):
        shown["options"] = data["options"]
    if command.guild_id:
        shown["guild_id"] = str(command.guild_id)
        del shown["dm_permission"]
    return shown


def replace_all(world: World, app: App, guild_id: int, bodies: Any) -> list[Command]:
    """Discord: Bulk Overwrite Application Commands: what is not named is gone; equal names keep their id."""
    if not isinstance(bodies, list):
        raise form([Problem((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")])
    problems: list[Problem] = []
    for index, body in enumerate(bodies):
        problems += check(body, (index,))
    if problems:
        raise form(problems)
    for kind, most in MOST.items():
        if sum((b.get("type") or CHAT_INPUT) == kind for b in bodies) > most:
            raise Refused(30032)
    known = {(c.name, c.kind): c for c in app.commands.get(guild_id, {}).values()}
    fresh: dict[int, Command] = {}
    for body in bodies:
        old = known.get((body["name"], body.get("type") or CHAT_INPUT))
        number = old.id if old else world.snowflake()
        fresh[number] = Command(number, app, guild_id, world.snowflake(), body)
    app.commands[guild_id] = fresh
    return list(fresh.values())


def put_one(world: World, app: App, guild_id: int, body: Json) -> tuple[Command, bool]:
    """Discord: Create Application Command: an equal name is overwritten. The bool: it is new."""
    problems = check(body, ())
    if problems:
        raise form(problems)
    scope = app.commands.setdefault(guild_id, {})
    kind = body.get("type") or CHAT_INPUT
    old = next((c for c in scope.values() if c.name == body["name"] and c.kind == kind), None)
    if old is None and sum(c.kind == kind for c in scope.values()) >= MOST.get(kind, 100):
        raise Refused(30032)
    number = old.id if old else world.snowflake()
    scope[number] = Command(number, app, guild_id, world.snowflake(), body)
    return scope[number], old is None


def check(body: Any, path: tuple[str | int, ...]) -> list[Problem]:
    """Names, descriptions, options: required before optional, unique, 25 at most, 8000 characters in all."""
    checked = Form(body, path)
    kind = checked.choice("type", tuple(MOST)) or CHAT_INPUT
    checked.number("default_member_permissions", 0, (1 << 63) - 1)
    size = _check_part(checked, chat_input=kind == CHAT_INPUT)
    if size > LARGEST:
        checked.add((), "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({LARGEST})")
    return checked.problems


def _check_part(part: Form, *, chat_input: bool) -> int:
    name = part.text("name", 1, 32, required=True) or ""
    text = part.text("description", 1 if chat_input else 0, 100, required=chat_input) or ""
    if chat_input and name and (not NAME.match(name) or name != name.lower()):
        part.add(("name",), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    size = len(name) + len(text)
    names: set[str] = set()
    optional = False
    for index, value in enumerate(part.items("options", 25)):
        option = Form(value, (*part.path, "options", index))
        option.choice("type", OPTION_TYPES)
        size += _check_part(option, chat_input=True)
        if str(option.body.get("name")) in names:
            option.add(("name",), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name is not unique")
        names.add(str(option.body.get("name")))
        if option.body.get("type") not in (SUBCOMMAND, GROUP):
            if option.body.get("required") and optional:
                message = "Required options must be placed before non-required options"
                option.add((), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
            optional = optional or not option.body.get("required")
        part.problems += option.problems
    for index, value in enumerate(part.items("choices", 25)):
        choice = Form(value, (*part.path, "choices", index))
        size += len(choice.text("name", 1, 100, required=True) or "") + len(str(choice.body.get("value", "")))
        part.problems += choice.problems
    return size


def find(world: World, guild: Guild, name: str, kind: int = CHAT_INPUT) -> Command:
    """The command a member of the guild sees under a name; 10063 when no application has it."""
    for app in world.apps.values():
        if app.user.id not in guild.members:
            continue
        for scope in (guild.id, 0):
            for command in app.commands.get(scope, {}).values():
                if command.name == name and command.kind == kind:
                    return command
    raise Refused(10063)


def require_use(world: World, member: Member, channel: Channel, command: Command) -> None:
    """Discord: Application Command Permissions: ``default_member_permissions``, "0" for administrators only.

    Whom the server's own settings admit needs none of them.
    """
    mask = of_channel(world, member.id, channel)
    if not has(world, member.id, channel, Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS):
        raise Refused(50013)
    needed = command.data.get("default_member_permissions")
    if needed is None or mask & Permission.ADMINISTRATOR or (command.id, member.id) in command.app.admitted:
        return
    if int(needed) == 0 or mask & int(needed) != int(needed):
        raise Refused(50013)


def nest_options(command: Command, words: list[str], values: dict[str, Any], focused: str | None = None) -> list[Json]:
    """The ``options`` of an interaction for ``/command group sub`` with these values.

    Raises ValueError for words or option names the command does not have, or a required one left out: a
    client would not let a member send these.
    """
    level = command.data.get("options") or []
    chain: list[Json] = []
    for word in words:
        found = next((o for o in level if o["name"] == word and o["type"] in (SUBCOMMAND, GROUP)), None)
        if found is None:
            raise ValueError(f"/{command.name} has no {word!r}")
        chain.append({"name": word, "type": found["type"]})
        level = found.get("options") or []
    known = {o["name"]: o for o in level}
    if set(values) - set(known):
        raise ValueError(f"/{command.name} has no option {sorted(set(values) - set(known))}")
    missing = [n for n, o in known.items() if o.get("required") and n not in values]
    if missing and focused is None:
        raise ValueError(f"/{command.name} requires {missing}")
    options: list[Json] = [
        {"name": n, "type": known[n]["type"], "value": v, **({"focused": True} if n == focused else {})}
        for n, v in values.items()
    ]
    for step in reversed(chain):
        options = [{**step, "options": options}]
    return options
