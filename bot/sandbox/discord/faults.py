"""Faults on demand: REST answers that fail, stall or vanish, gateway events that repeat, swap or get lost.

It does not decide what an unfaulted server would have done.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from bot.sandbox.discord.vocabulary import Json

KINDS = (
    "429-user", "429-shared", "429-global", "429-no-via", "500", "502", "503", "504", "403",
    "reset-before", "reset-after", "never", "not-json", "slow",
)  # fmt: skip


@dataclass
class Fault:
    """``after`` more matching calls pass unharmed, then ``times`` calls meet it. ``seconds``: Retry-After, or delay."""

    method: str
    pattern: re.Pattern[str]
    kind: str
    times: int
    after: int
    seconds: float
    met: int = 0


@dataclass(frozen=True)
class Wall:
    """A firewall in front of Discord: a request that has these words in its body gets a page with this status."""

    words: str
    status: int


@dataclass
class Faults:
    """The REST faults that wait for their call, oldest first; and walls, which stand until they are taken away."""

    waiting: list[Fault] = field(default_factory=list)
    walls: list[Wall] = field(default_factory=list)

    def next(
        self, method: str, pattern: str, kind: str, times: int = 1, after: int = 0, *, seconds: float = 0.5
    ) -> Fault:
        """Plan a fault for calls whose method is ``method`` ("*": any) and whose path matches ``pattern`` wholly.

        The path is Discord's, without /api/v10 and without the query. The kinds:
        429-user, 429-shared, 429-global, 429-no-via: refused, nothing done; ``seconds`` is the Retry-After
        500, 502, 503, 504, 403: refused, nothing done
        reset-before: the connection breaks, nothing done; reset-after: done, then the connection breaks
        code:NUMBER: refused with that JSON error code, nothing done, such as code:200000 of AutoMod
        never: done, and no answer ever comes; not-json: done, and the answer is a page of HTML
        slow: done, and the answer comes ``seconds`` late
        """
        if kind not in KINDS and not re.fullmatch(r"code:\d+", kind):
            raise ValueError(f"unknown kind of fault: {kind}; one of {', '.join(KINDS)}")
        fault = Fault(method.upper(), re.compile(pattern), kind, times, after, seconds)
        self.waiting.append(fault)
        return fault

    def wall(self, words: str, status: int = 403) -> None:
        """From now on whoever sends these words meets a page of HTML in Discord's place, and nothing is done."""
        self.walls.append(Wall(words, status))

    def walled(self, body: Json | None) -> Wall | None:
        """The wall that a request runs into, by its body as JSON."""
        text = json.dumps(body, ensure_ascii=False)
        return next((wall for wall in self.walls if wall.words in text), None)

    def clear(self) -> None:
        self.waiting.clear()
        self.walls.clear()

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault this call meets, used up by one."""
        for fault in self.waiting:
            if fault.method not in ("*", method) or not fault.pattern.fullmatch(path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.met += 1
            if fault.met >= fault.times:
                self.waiting.remove(fault)
            return fault
        return None


@dataclass
class GatewayFaults:
    """Events may be lost, repeated or out of order (Discord: reference, Consistency); here on demand.

    A lost event takes no sequence number: a resume does not bring it back.
    """

    plans: list[list[str | int]] = field(default_factory=list)
    held: dict[str, tuple[str, Json]] = field(default_factory=dict)

    def drop(self, event: str, times: int = 1) -> None:
        """Lose the next ``times`` events of that name."""
        self.plans.append(["drop", event, times])

    def repeat(self, event: str, times: int = 1) -> None:
        """Send the next ``times`` events of that name twice."""
        self.plans.append(["repeat", event, times])

    def reorder(self, event: str) -> None:
        """Hold the next event of that name back until one more event has gone out."""
        self.plans.append(["reorder", event, 1])

    def clear(self) -> None:
        self.plans.clear()

    def _plan(self, event: str) -> str:
        for plan in self.plans:
            kind, name, times = plan
            if name == event and isinstance(times, int):
                plan[2] = times - 1
                if times <= 1:
                    self.plans.remove(plan)
                return str(kind)
        return ""

    def bend(self, session: str, event: str, data: Json) -> list[tuple[str, Json]]:
        """What goes out instead of this one event."""
        this = (event, data)
        match self._plan(event):
            case "drop":
                out: list[tuple[str, Json]] = []
            case "repeat":
                out = [this, this]
            case "reorder":
                self.held[session] = this
                return []
            case _:
                out = [this]
        held = self.held.pop(session, None) if out else None
        return [*out, held] if held else out
