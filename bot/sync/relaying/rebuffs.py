"""Counts how often something in front of a blog turned a message away, until that is taken for the blog's answer.

Does not send, and does not remember beyond the process: after a restart a message is tried a few times more.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.core.errors import Doubt, Refused, Unanswered
from bot.core.measure import inert
from bot.translate.to_discord import escape

TRIED_AT_MOST = 3
"""After so many times it is looked for once more, and then given up: that takes a quarter of a minute."""
_REMEMBERED = 1000

OTHER_WORDS = "Other words may pass: edit your message, and it is tried again."
"""What its author can do where something disliked a message as it is."""


class Rebuffs:
    """By the key of the action. Others of its thread go on meanwhile."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Unanswered]] = OrderedDict()

    def note(self, key: str, error: Unanswered) -> None:
        """It was not answered; what holds for all others as well is not counted."""
        if error.doubt is not Doubt.TURNED_AWAY:
            return
        times, _ = self._known.pop(key, (0, error))
        self._known[key] = (times + 1, error)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def for_good(self, key: str) -> Unanswered | None:
        """What was said last, once that was often enough; forgotten with that."""
        times, error = self._known.get(key, (0, None))
        if times < TRIED_AT_MOST:
            return None
        del self._known[key]
        return error


def sentence(refusal: Refused | Unanswered) -> str:
    """Why something is not on the blog, in our words and, where there are any, in the blog's own."""
    words = escape(refusal.words)
    told = f"{inert(refusal.reason)} It says: “{words}”" if words else inert(refusal.reason)
    return told if isinstance(refusal, Refused) else f"{told} {OTHER_WORDS}"
