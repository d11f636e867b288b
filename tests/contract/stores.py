"""The kinds of store that the contract of the Store port is held against. Promises nothing itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.store.sqlite.store import SqliteStore
from tests.support.clock_and_faults import Clock

# Kind of store -> how one is opened in a folder of its own, by a clock. Another kind is another line.
STORES: dict[str, Callable[[Path, Clock], Awaitable[Any]]] = {
    "sqlite": lambda folder, clock: SqliteStore.open(folder / "bot.sqlite3", clock),
}
