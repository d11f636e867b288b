"""What a REST route takes and gives back, as values.

Does not speak HTTP; `server` turns an HTTP request into one of these and back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.wordpress.accounts import Account

Json = dict[str, Any]


@dataclass
class RestRequest:
    """One call: `route` begins with a slash ('/wp/v2/posts'), `query` and `body` are merged in `params`."""

    method: str
    route: str
    query: Json = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    user: Account | None = None
    remote: str = "127.0.0.1"
    user_agent: str = ""
    content: bytes = b""
    content_type: str = ""
    disposition: str = ""

    @property
    def params(self) -> Json:
        """The body's values before the query's, as WordPress looks them up."""
        return {**self.query, **self.body}

    def may(self, capability: str) -> bool:
        """May whoever asks do this? Nobody may nothing."""
        return self.user is not None and self.user.may(capability)

    def denied(self) -> int:
        """WordPress: rest_authorization_required_code(). 401 for nobody, 403 for somebody."""
        return 403 if self.user else 401


@dataclass
class RestAnswer:
    """One answer; `data` is JSON, `links` are the pages before and after as (rel, address)."""

    data: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)


class RestError(Exception):
    """A refusal in WordPress's shape: {"code", "message", "data": {"status"}}."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.data = data

    def answer(self) -> RestAnswer:
        """The same as an answer."""
        body = {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}}
        return RestAnswer(body, self.status)


def to_json(data: Any) -> str:
    """JSON as PHP writes it: ASCII, and slashes escaped."""
    return json.dumps(data, separators=(",", ":")).replace("/", "\\/")


def only_fields(data: Json, wanted: Mapping[str, None] | None, *, nested: bool) -> Json:
    """The keys `_fields` asked for, in the answer's own order; None keeps all.

    `nested` is whether the route understands "content.rendered": posts do, comments leave the whole key out.
    """
    if wanted is None:
        return data
    out: Json = {}
    for key, value in data.items():
        inner = [name.split(".", 1)[1] for name in wanted if name.startswith(f"{key}.")]
        if key in wanted:
            out[key] = value
        elif inner and (nested or key == "_links") and isinstance(value, dict):
            out[key] = {name: value[name] for name in inner if name in value}
    return out
