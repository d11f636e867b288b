"""Holds recorded Discord traffic against the published API description, where DISCORD_SPEC_DIR names a folder with it.

It does not contain the description: the folder holds a checker, check.py, and its data.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from bot.sandbox.discord import Call

VARIABLE = "DISCORD_SPEC_DIR"
WHY_NOT = f"{VARIABLE} does not name a folder with check.py: the traffic is not held against Discord's API description"

# Discord has these, the description's excerpt does not.
UNLISTED = re.compile(
    r"DELETE /channels/\d+/messages/\d+/reactions(/[^/]+(/\d+)?)?"
    r"|(PUT|DELETE) /channels/\d+/pins/\d+"
    r"|GET /users/@me/guilds"
)


def available() -> bool:
    folder = os.environ.get(VARIABLE)
    return bool(folder) and (Path(str(folder)) / "check.py").is_file()


def may_be_skipped(reason: str) -> bool:
    """Whether a test was skipped because the variable is not set: a clone alone has no description, and needs none.

    A variable that is set and names no such folder is a mistake, and no reason to skip.
    """
    return VARIABLE not in os.environ and WHY_NOT in reason


class Checker(NamedTuple):
    module: ModuleType
    spec: Any


@cache
def _checker(folder: str) -> Checker:
    where = importlib.util.spec_from_file_location("discord_spec_check", Path(folder) / "check.py")
    assert where is not None
    assert where.loader is not None
    module = importlib.util.module_from_spec(where)
    sys.modules[where.name] = module
    where.loader.exec_module(module)
    return Checker(module, module.Spec.load())


def violations(calls: Iterable[Call], *, refused_requests: bool = True) -> list[str]:
    """What the calls' requests and answers have against the description; [] when it is not at hand.

    Fields the description does not name are no violation. ``refused_requests`` False leaves out the requests
    that the server itself refused, as tests of refusals need; their answers are checked all the same.
    """
    if not available():
        return []
    checker = _checker(os.environ[VARIABLE])
    found = []
    for call in calls:
        if UNLISTED.fullmatch(f"{call.method} {call.path}"):
            continue
        problems = []
        if refused_requests or call.status < 400:
            problems += _request(checker, call)
        if call.status:
            problems += [f"answer {p}" for p in _response(checker, call)]
        found += [f"{call.method} {_short(call.path)} {call.status}: {problem}" for problem in problems]
    return found


def _request(checker: Checker, call: Call) -> list[str]:
    kind = call.content_type if call.body is not None else "application/json"
    problems = checker.spec.request(call.method, call.path, call.body, query=call.query, content_type=kind)
    problems += checker.module.doc_rules(call.method, call.path, call.body, query=call.query, files=call.files)
    return [f"request {p}" for p in checker.module.errors(problems)]


def _response(checker: Checker, call: Call) -> list[str]:
    problems = checker.spec.response(call.method, call.path, call.status, call.response)
    # An outage's 5xx is Discord's front speaking, not its API. A status described as {} is described all the same.
    listed = f"'{call.status}'"
    return [
        str(p)
        for p in checker.module.errors(problems)
        if call.status < 500 and not (p.code == "STATUS" and listed in p.message)
    ]


def _short(path: str) -> str:
    """The path without the secrets that webhook and interaction paths carry."""
    return re.sub(r"^(/(?:webhooks|interactions)/\d+/)[^/]+", r"\1…", path)
