"""The real bot as a process of its own, without Discord's pace, for tests that kill it.

``python -m tests.support.run_bot`` starts it.
"""

from __future__ import annotations

import asyncio
import os
import sys

from bot.app import run
from bot.chat.pace import Paces
from bot.config import Config
from bot.core.errors import StartupError

if __name__ == "__main__":
    try:
        asyncio.run(run(Config.from_env(os.environ), paces=Paces.quick(), guild_wait=0.1))
    except StartupError as error:
        print(error.reason, file=sys.stderr)
        sys.exit(78)
