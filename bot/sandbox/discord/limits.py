"""Rate limits: the documented and the observed numbers, fixed windows, and the headers that tell of them.

It does not know routes: rest.py names the buckets a call falls into.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple


@dataclass(frozen=True)
class Rate:
    """``most`` calls in ``seconds``, counted from the window's first call."""

    most: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """Discord's numbers. Stated ones cite the documentation, the others are what people have observed."""

    clock: Callable[[], float] = time.time  # Unix seconds: ages of messages, ids, windows
    everything: Rate = Rate(50, 1.0)  # Discord: Rate Limits, Global; not for webhooks and interactions
    create_message: Rate = Rate(5, 5.0)  # observed; per channel, a thread is its own
    execute_webhook: Rate = Rate(5, 2.0)  # Discord staff: per webhook, shared by its channel's threads
    channel_webhooks: Rate = Rate(30, 60.0)  # Discord staff: all webhooks of a channel together, not in the headers
    edit_message: Rate = Rate(5, 5.0)  # observed; per channel
    edit_old_message: Rate = Rate(3, 6.0)  # messages older than an hour; refused with code 30046
    delete_fresh: Rate = Rate(5, 1.0)  # observed: younger than 10 s
    delete_message: Rate = Rate(3, 0.333)  # observed
    delete_ancient: Rate = Rate(30, 4.0)  # observed: older than two weeks
    create_thread: Rate = Rate(50, 300.0)  # per guild, scope shared; unstated: minutes of Retry-After were seen
    rename: Rate = Rate(2, 600.0)  # observed; per channel or thread, not in the headers
    reaction: Rate = Rate(1, 0.25)  # observed; per channel
    other: Rate = Rate(50, 1.0)  # everything without a number of its own
    invalid: Rate = Rate(10_000, 600.0)  # Discord: Rate Limits, Invalid Request Limit
    active_threads: int = 1000
    active_announcement_threads: int = 1000  # unstated
    webhooks_per_channel: int = 15
    webhooks_per_guild: int = 1000
    pins: int = 250
    file_bytes: int = 10 * 1024 * 1024
    request_bytes: int = 25 * 1024 * 1024
    attachment_life: int = 86_400  # seconds
    nonce_window: float = 300.0  # "the past few minutes"
    resume_window: float = 180.0
    heartbeat: float = 41.25  # seconds between heartbeats
    answer_within: float = 3.0  # an interaction's first answer
    token_life: float = 900.0  # an interaction's token

    @classmethod
    def relaxed(cls, **changes: object) -> Limits:
        """Rates so high that no test meets them; sizes and counts stay Discord's."""
        vast = Rate(1_000_000, 1.0)
        names = [n for n, f in cls.__dataclass_fields__.items() if isinstance(f.default, Rate)]
        return replace(cls(), **{**dict.fromkeys(names, vast), **changes})  # type: ignore[arg-type]  # checked by name


@dataclass(frozen=True)
class Bucket:
    """One limit a call counts against. ``hidden``: in no header until it refuses. ``code``: in the 429 body."""

    name: str
    key: str
    rate: Rate
    hidden: bool = False
    scope: str = "user"
    code: int = 0


@dataclass
class _Window:
    start: float
    used: int = 0


class Verdict(NamedTuple):
    """``refused`` by that bucket for ``retry_after`` seconds, or let through; ``headers`` either way."""

    refused: Bucket | None
    retry_after: float
    headers: dict[str, str]


@dataclass
class Meter:
    """Counts the calls of one server."""

    limits: Limits
    windows: dict[tuple[str, str], _Window] = field(default_factory=dict)
    invalid: int = 0
    invalid_since: float = 0.0

    def _window(self, bucket: Bucket) -> _Window:
        now = self.limits.clock()
        window = self.windows.get((bucket.name, bucket.key))
        if window is None or now - window.start >= bucket.rate.seconds:
            window = self.windows[bucket.name, bucket.key] = _Window(now)
        return window

    def take(self, buckets: list[Bucket], bearer: str | None) -> Verdict:
        """Count one call against all its buckets, or against none when one of them is full.

        ``bearer``: whose global limit counts, None for webhooks and interactions. The shown bucket is the
        first; a hidden one that refuses leaves Remaining above 0.
        """
        if bearer is not None:
            buckets = [*buckets, Bucket("global", bearer, self.limits.everything, hidden=True, scope="global")]
        for bucket in buckets:
            window = self._window(bucket)
            if window.used >= bucket.rate.most:
                wait = max(window.start + bucket.rate.seconds - self.limits.clock(), 0.001)
                return Verdict(bucket, wait, self.headers(buckets))
        for bucket in buckets:
            self._window(bucket).used += 1
        return Verdict(None, 0.0, self.headers(buckets))

    def headers(self, buckets: list[Bucket]) -> dict[str, str]:
        """Discord: Rate Limits, Header Format; of the first bucket that is not hidden."""
        shown = next((b for b in buckets if not b.hidden), None)
        if shown is None:
            return {}
        window = self._window(shown)
        reset = window.start + shown.rate.seconds
        return {
            "X-RateLimit-Limit": str(shown.rate.most),
            "X-RateLimit-Remaining": str(max(shown.rate.most - window.used, 0)),
            "X-RateLimit-Reset": f"{reset:.3f}",
            "X-RateLimit-Reset-After": f"{max(reset - self.limits.clock(), 0.0):.3f}",
            # The hash must not hold the major parameter: discord.py adds it itself.
            "X-RateLimit-Bucket": hashlib.sha256(shown.name.encode()).hexdigest()[:32],
        }

    def count_invalid(self, status: int, scope: str) -> None:
        """401, 403 and 429 count towards the ban of an address; a 429 of scope shared does not."""
        if status not in (401, 403, 429) or (status == 429 and scope == "shared"):
            return
        now = self.limits.clock()
        if now - self.invalid_since >= self.limits.invalid.seconds:
            self.invalid, self.invalid_since = 0, now
        self.invalid += 1

    @property
    def banned(self) -> bool:
        """Too many invalid requests: Cloudflare answers in Discord's stead."""
        lasting = self.limits.clock() - self.invalid_since < self.limits.invalid.seconds
        return lasting and self.invalid > self.limits.invalid.most
