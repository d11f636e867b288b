"""Registering application commands with the loopback Discord."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.loopback_discord import Rig, furnished


def command_path(rig: Rig) -> str:
    return f"/applications/{rig.app.id}/guilds/{rig.guild.id}/commands"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "Upper", "description": "d"}, "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "two words", "description": "d"}, "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "x" * 33, "description": "d"}, "BASE_TYPE_BAD_LENGTH"),
        ({"name": "x"}, "BASE_TYPE_REQUIRED"),
        ({"name": "x", "description": "d" * 101}, "BASE_TYPE_BAD_LENGTH"),
        (
            {
                "name": "x",
                "description": "d",
                "options": [
                    {"type": 3, "name": "a", "description": "d"},
                    {"type": 3, "name": "b", "description": "d", "required": True},
                ],
            },
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            {"name": "x", "description": "d", "options": [{"type": 3, "name": "a", "description": "d"}] * 2},
            "APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
        ),
        (
            {"name": "x", "description": "d", "options": [{"type": 3, "name": "a", "description": "d"}] * 26},
            "BASE_TYPE_MAX_LENGTH",
        ),
    ],
)
async def test_commands_are_refused_with_discords_codes(body: dict[str, Any], code: str) -> None:
    async with furnished() as rig:
        got = await rig.call("PUT", command_path(rig), [body])
        assert got.status == 400
        assert code in got.form_codes()


async def test_a_scope_has_100_commands_and_15_message_commands() -> None:
    async with furnished() as rig:
        many = [{"name": f"c{n}", "description": "d"} for n in range(101)]
        assert (await rig.call("PUT", command_path(rig), many)).code == 30032
        menus = [{"name": f"Menu {n}", "type": 3} for n in range(16)]
        assert (await rig.call("PUT", command_path(rig), menus)).code == 30032
        assert (await rig.call("PUT", command_path(rig), many[:100] + menus[:15])).status == 200


async def test_a_bulk_overwrite_keeps_the_ids_of_equal_names_and_drops_the_rest() -> None:
    async with furnished() as rig:
        bodies = [{"name": n, "description": "d"} for n in ("a", "b")]
        first = (await rig.call("PUT", command_path(rig), bodies)).body
        second = (await rig.call("PUT", command_path(rig), bodies[:1])).body
        assert [c["id"] for c in second] == [first[0]["id"]]
        assert second[0]["version"] != first[0]["version"]
        assert (await rig.call("GET", command_path(rig))).body == second


async def test_single_commands_are_made_changed_and_deleted() -> None:
    async with furnished() as rig:
        path = command_path(rig)
        made = await rig.call("POST", path, {"name": "a", "description": "d"})
        assert (made.status, (await rig.call("POST", path, {"name": "a", "description": "e"})).status) == (201, 200)
        one = f"{path}/{made.body['id']}"
        assert (await rig.call("PATCH", one, {"description": "f"})).body["description"] == "f"
        assert (await rig.call("DELETE", one)).status == 204
        assert (await rig.call("DELETE", one)).code == 10063
        elsewhere = path.replace(str(rig.app.id), "1" * 18)
        assert (await rig.call("GET", elsewhere)).code == 50001
