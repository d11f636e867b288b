"""Discord's refusals as one exception, with the JSON error codes a bot of this sort meets.

It does not decide when to refuse; every rule lives beside the verb it guards.

    Refused               status (HTTP), code (JSON error code), message, errors (form tree or {})
    └── Unanswered        an interaction nobody answered within its three seconds: shown to the member only
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from bot.sandbox.discord.vocabulary import Json

# code -> (HTTP status, message). Discord: topics/opcodes-and-status-codes, JSON Error Codes.
CODES: dict[int, tuple[int, str]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10087: (400, "Unknown tag"),
    30003: (400, "Maximum number of pins reached for the channel (250)"),
    30007: (400, "Maximum number of webhooks reached (15)"),
    30010: (400, "Maximum number of reactions reached (20)"),
    30013: (400, "Maximum number of guild channels reached (500)"),
    30032: (400, "Maximum number of application commands reached"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    30048: (400, "Maximum number of tags in a forum channel has been reached"),
    30058: (400, "Maximum number of webhooks per guild reached (1000)"),
    40005: (413, "Request entity too large"),
    40033: (400, "This message has already been crossposted."),
    40058: (400, "Cannot message this thread until after the post author has sent an initial message."),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50009: (400, "Channel verification level is too high for you to gain access"),
    50013: (403, "Missing Permissions"),
    50016: (
        400,
        "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages",
    ),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    90001: (403, "Reaction was blocked"),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
    160007: (400, "Maximum number of active announcement threads reached"),
    200000: (400, "Message was blocked by automatic moderation"),
    200001: (400, "Title was blocked by automatic moderation"),
    240000: (400, "Message was blocked by harmful links filter"),
    220001: (400, "Webhooks posted to forum channels must have a thread_name or thread_id"),
    220002: (400, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"),
    220003: (400, "Webhooks can only create threads in forum channels"),
}


class Problem(NamedTuple):
    """One form error: where in the body, Discord's string code, its sentence."""

    path: tuple[str | int, ...]
    code: str
    message: str


class Limited(NamedTuple):
    """Of a 429: how long to wait, and whose limit it is: user, shared or global."""

    seconds: float
    scope: str

    def headers(self) -> dict[str, str]:
        """Retry-After is whole seconds; the body's ``retry_after`` is exact."""
        told = {"Retry-After": str(math.ceil(self.seconds)), "X-RateLimit-Scope": self.scope}
        return {**told, "X-RateLimit-Global": "true"} if self.scope == "global" else told


def too_many(seconds: float, scope: str, code: int = 0) -> Refused:
    """The 429 of a limit; ``code`` where Discord names one, as for old edits."""
    return Refused(code, status=429, message="You are being rate limited.", limited=Limited(seconds, scope))


class Refused(Exception):
    """Discord says no. ``body()`` is the JSON of the answer."""

    def __init__(
        self,
        code: int,
        *,
        status: int | None = None,
        message: str | None = None,
        errors: Json | None = None,
        limited: Limited | None = None,
    ):
        known = CODES.get(code, (400, "Error"))
        self.code = code
        self.status = status or known[0]
        self.message = message or known[1]
        self.errors = errors or {}
        self.limited = limited
        super().__init__(f"{self.status} {self.code}: {self.message} {self.errors or ''}".rstrip())

    def body(self) -> Json:
        """Discord: reference, Error Messages; Rate Limits, Exceeding A Rate Limit."""
        if self.limited:
            wait, scope = round(self.limited.seconds, 3), self.limited.scope
            limited: Json = {"message": self.message, "retry_after": wait, "global": scope == "global"}
            return {**limited, "code": self.code} if self.code else limited
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


class Unanswered(Refused):
    """The application did not respond: no first answer within three seconds (Discord: receiving and responding)."""

    def __init__(self) -> None:
        super().__init__(0, status=504, message="The application did not respond")


def form(problems: Iterable[Problem]) -> Refused:
    """The 50035 answer whose ``errors`` tree repeats the body's shape with ``_errors`` leaves."""
    tree: Json = {}
    for problem in problems:
        node = tree
        for key in problem.path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return Refused(50035, errors=tree)


def unauthorized() -> Refused:
    """401 with code 0, as for an unknown or missing bot token."""
    return Refused(0, status=401, message="401: Unauthorized")


def not_found() -> Refused:
    """404 with code 0, as for a path that no route has."""
    return Refused(0, status=404, message="404: Not Found")
