"""The tree of errors. Defines what can go wrong and what to do about it; never guesses which it was.

::

    CommonthreadError
    ├── StartupError               one sentence for the operator, exit code 78
    │   └── ConfigError            every wrong setting at once
    ├── Transient                  try again after ``retry_after`` seconds (None: at our own pace)
    │   ├── Unreachable            surely not accepted: refused, no route, 429, 503 before the work
    │   └── Unanswered             may have been accepted: look on the far side before repeating
    └── Permanent                  repeating changes nothing; a person has to act
        ├── Refused                the far side says no, and why
        ├── NotAllowed             a permission or a password is missing
        ├── Vanished               the thing is gone: a message, a comment
        │   └── PlaceVanished      the place is gone: a thread, a channel, a post
        └── NotUnderstood          the answer is not what the far side promises

Each carries ``reason``: one sentence that says what happened, to what, and what to do next. It never holds a message
body, a token or a password.
"""

from __future__ import annotations


class CommonthreadError(Exception):
    """Root of the tree. ``reason`` is one sentence fit for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StartupError(CommonthreadError):
    """The bot cannot start. ``reason`` may have several lines."""


class ConfigError(StartupError):
    """Settings are missing or wrong; ``problems`` has one sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(["Some settings need attention:", *(f"  - {p}" for p in problems)]))


class Transient(CommonthreadError):
    """Worth trying again. ``retry_after`` in seconds, None when the far side named no time."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unreachable(Transient):
    """The request was surely not carried out."""


class Unanswered(Transient):
    """The request may have been carried out: no answer, a reset, a 5xx after the work."""


class Permanent(CommonthreadError):
    """Repeating the same request changes nothing."""


class Refused(Permanent):
    """The far side read the request and says no. ``code`` is its own word for it."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class NotAllowed(Permanent):
    """A permission, a role or a password is missing."""


class Vanished(Permanent):
    """The message or comment that was named is gone."""


class PlaceVanished(Vanished):
    """The thread, channel or post that was named is gone."""


class NotUnderstood(Permanent):
    """An answer that is no JSON, no feed or not of the promised shape."""
