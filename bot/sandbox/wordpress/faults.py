"""Faults that the blog has been told to commit, and the record of what it was asked.

Does not touch sockets; `server` carries the faults out.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# What goes wrong, and whether the request is acted upon all the same unless `next` says otherwise.
KINDS: dict[str, bool] = {
    "429": False,
    "500": False,
    "502": False,
    "503": False,
    "504": False,
    "403": False,
    "401": False,
    "maintenance": False,
    "redirect": False,
    "reset-before": False,
    "reset-after": True,
    "never": True,
    "not-json": True,
    "slow": True,
    "empty-list": True,
    "short-list": True,
    "notice-before-json": True,
}


@dataclass
class Fault:
    """One order: commit `kind` on matching requests, after letting `after` of them pass, `times` times."""

    method: str
    pattern: re.Pattern[str]
    kind: str
    times: int | None
    after: int
    accepted: bool


@dataclass
class Call:
    """One request as it came; `user` is the account's name and never its password. `fault` is what was done to it."""

    method: str
    path: str
    route: str
    query: dict[str, Any]
    body: dict[str, Any]
    user: str | None
    at: float
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    fault: str | None = None


class Faults:
    """The orders still open, first come first served."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self.injected: Counter[str] = Counter()

    def next(
        self,
        method: str,
        pattern: str,
        kind: str,
        times: int | None = 1,
        after: int = 0,
        *,
        accepted: bool | None = None,
    ) -> None:
        """Order a fault.

        `method` is an HTTP method or "*"; `pattern` is searched in the REST route ('/wp/v2/comments/5') or, for
        everything else, in the path ('/feed/'). `times` None goes on until `clear`. `accepted` overrides whether the
        request is carried out before the answer goes wrong. Raises ValueError for an unknown kind.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(KINDS)}")
        carried_out = KINDS[kind] if accepted is None else accepted
        self._orders.append(Fault(method.upper(), re.compile(pattern), kind, times, after, carried_out))

    def clear(self) -> None:
        """Forget all orders."""
        self._orders.clear()

    def take(self, method: str, where: str) -> Fault | None:
        """The fault to commit on this request, counted as committed."""
        for order in self._orders:
            if order.method not in (method, "*") or not order.pattern.search(where):
                continue
            if order.after > 0:
                order.after -= 1
                continue
            if order.times is not None:
                order.times -= 1
                if order.times <= 0:
                    self._orders.remove(order)
            self.injected[order.kind] += 1
            return order
        return None
