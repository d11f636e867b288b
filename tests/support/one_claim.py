"""Take one action of an outbox, where a test follows them one by one. Decides nothing."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.actions import Claim, Queue
from bot.core.domain import Millis, SubscriptionId
from bot.ports import Claims


async def one_claim(
    store: Claims,
    subscription: SubscriptionId,
    now: Millis,
    queues: Collection[Queue],
    *,
    backfill: bool = True,
) -> Claim | None:
    """The next action of these queues, without those that are no live ones unless ``backfill``."""
    claimed = await store.claim(subscription, now, dict.fromkeys(queues, 1), backlog=1 if backfill else 0, most=1)
    return claimed.claims[0] if claimed.claims else None
