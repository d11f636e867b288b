"""A Blog that counts what it is asked, and answers when the test lets it.

Has no rules of its own: what it answers is the inner blog's.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from typing import Any, cast

from bot.ports import Blog


class CountingBlog:
    """``asked`` counts calls by method, ``given_up`` those that were cancelled; ``gate`` holds them while it is closed.

    ``answered`` is after the gate: what was seen once it opened.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.asked: Counter[str] = Counter()
        self.given_up: Counter[str] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def port(self) -> Blog:
        """Itself, as the type checker wants it."""
        return cast(Blog, self)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            self.asked[name] += 1
            try:
                await self.gate.wait()
                return await found(*args, **kwargs)
            except asyncio.CancelledError:
                self.given_up[name] += 1
                raise

        return call
