"""Know whether Discord shows the bot what members write: tell moderators when that ends, and read again when it begins.

Does not decide what becomes of a message, and reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.core.domain import Message, MessageId, MessageKind, SubscriptionId
from bot.ports import SaidBefore
from bot.sync.relaying.parentage import Waits
from bot.sync.trouble import Trouble

BLIND = (
    "Discord shows the bot nothing of what members write. Turn on the Message Content Intent on the application's page "
    "(Bot, Privileged Gateway Intents), and start the bot again. Until then no message crosses; what is on the blog "
    "stays as it is, and what was written or edited meanwhile is read afterwards."
)


class WordsHidden(Waits):
    """Discord shows nothing of a message's words at the moment."""

    def __init__(self, message: MessageId) -> None:
        super().__init__(f"Discord shows the bot nothing of message {message}.", 60.0, message=message)


class Blindness:
    """Of one subscription. ``seeing_again`` is called when words are to be seen after a time in which none were."""

    def __init__(
        self, store: SaidBefore, subscription: SubscriptionId, trouble: Trouble, *, seeing_again: Callable[[], None]
    ) -> None:
        self._store = store
        self._key = f"blindness:{subscription}"
        self._trouble = trouble
        self._seeing_again = seeing_again
        self._blind: bool | None = None

    async def hides(self, message: Message) -> bool:
        """Whether the words of a member's message are hidden from the bot: then nothing is to come of it.

        Stickers are shown in any case, so a message that has only them may have lost its words too.
        """
        if message.is_hidden or (self._blind and _is_members(message) and not message.text):
            await self._begin()
            return True
        if message.text and _is_members(message) and not message.addresses_us:
            await self._end()
        return False

    async def _begin(self) -> None:
        """Moderators are told before it is remembered: a death in between leaves nobody without the words."""
        await self._trouble.lasts("blindness", BLIND)
        if not self._blind:
            await self._store.remember(self._key, "blind")
        self._blind = True

    async def _end(self) -> None:
        """Who was never seen to be blind has nothing to read again."""
        if self._blind is not False and await self._was_blind():
            await self._trouble.is_over("blindness")
            await self._store.remember(self._key, "sees")
            self._seeing_again()
        self._blind = False

    async def _was_blind(self) -> bool:
        return (await self._store.said(self._key)).get(self._key) == "blind"


def _is_members(message: Message) -> bool:
    return not (message.ours or message.from_bot or message.kind is MessageKind.SYSTEM)
