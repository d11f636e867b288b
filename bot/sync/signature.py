"""Settles at a start with which keys members' comments are signed, since when, and whether the last one is known still.

Does not sign (:mod:`bot.core.signing` does), and keeps no key: the database holds what tells one from another.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from bot.core.domain import Millis, SubscriptionId
from bot.core.signing import Signer, fingerprint
from bot.ports import SaidBefore
from bot.ports.blogs import Blogs

log = logging.getLogger(__name__)

KEY_LOST = (
    "The key that signed members' comments on {name} is not among the keys of this bot any more (`SECRET_KEY`, or the "
    "key file). What it signed stays known as long as this database does, and is signed anew with its next edit. To "
    "have it known in any case, the operator puts the old key behind the new one: `SECRET_KEY=new,old`."
)

_SINCE, _KEY, _TO_TELL = "signed since", "signed with", "key lost:"


class Keeps(Blogs, SaidBefore, Protocol):
    """What is connected, and what was noted before."""


async def settle_signer(store: Keeps, secrets: Sequence[bytes], now: Millis) -> Signer:
    """The first of the ``secrets`` signs.

    A database that has served before this was noted has unsigned relays of until now. Of a new one nothing is known:
    it may stand in for one that was lost, and what is unsigned may be anybody's.
    """
    noted, connected = {**await store.said(_SINCE), **await store.said(_KEY)}, await store.connected()
    moments, newest = noted.get(_SINCE), fingerprint(secrets[0])
    if moments is None:
        moments = f"{now if connected else 0} {now}"
        await store.remember(_SINCE, moments)
    since, noted_at = map(int, moments.split())
    if noted.get(_KEY, newest) not in map(fingerprint, secrets):
        log.warning("members' comments were signed with a key that is lost; those in the map stay known")
        for one in connected:
            await store.remember(f"{_TO_TELL}{one.id}", newest)
    await store.remember(_KEY, newest)
    return Signer(secrets, since=since, noted_at=noted_at)


async def is_to_be_told(store: SaidBefore, subscription: SubscriptionId) -> bool:
    """Whether a key was lost of which the moderators of a subscription were not told yet; they count as told then."""
    key = f"{_TO_TELL}{subscription}"
    return bool((await store.said(key)).get(key)) and await store.remember(key)
