"""One thing that the ``check`` command looked at, as a value: the adapters make it, and ``bot.check`` prints it.

Decides nothing and looks at nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A tick, or what to do. ``subject`` is a few words; ``mend`` a sentence, beside a tick advice and mostly empty."""

    ok: bool
    subject: str
    mend: str = ""
