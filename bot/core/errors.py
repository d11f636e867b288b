"""The tree of errors. Defines what can go wrong and what to do about it; never guesses which it was.

::

    CommonthreadError
    ├── StartupError               one sentence for the operator, exit code 78
    │   └── ConfigError            every wrong setting at once
    ├── StoreFailed                the database cannot be relied on: the process ends, exit code 75
    ├── Transient                  try again after ``retry_after`` seconds (None: at our own pace)
    │   ├── Unreachable            surely not accepted: refused, no route, 429, 503 before the work
    │   │   └── Crowded            there is no room for it at the moment
    │   └── Unanswered             may have been accepted: look on the far side before repeating; ``doubt`` says why
    └── Permanent                  repeating changes nothing; a person has to act
        ├── Refused                the far side says no, and why; ``kind`` is what the core can do about it
        ├── NotAllowed             a permission or a password is missing
        ├── Vanished               the thing is gone: a message, a comment, a file
        ├── PlaceVanished          the place is gone: a thread, a channel, a post
        ├── Contradiction          what was done cannot be noted: the map says otherwise
        ├── AnotherComment         the number that was named is another comment's now
        └── NotUnderstood          the answer is not what the far side promises

Each carries ``reason``: one sentence that says what happened, to what, and what to do next. It never holds a message
body, a token or a password. What it happened to, an error knows as fields too, for whoever logs it: ``post``,
``comment``, ``thread``, ``channel`` and ``message`` are ids of the domain; None where nobody knew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Self, TypedDict, Unpack

from bot.core.domain import ChannelId, CommentId, MessageId, PostId, ThreadId


class Ids(TypedDict, total=False):
    """What an error is about, by the ids of the domain."""

    post: PostId | None
    comment: CommentId | None
    thread: ThreadId | None
    channel: ChannelId | None
    message: MessageId | None


class CommonthreadError(Exception):
    """Root of the tree. ``reason`` is one sentence fit for a person."""

    def __init__(self, reason: str, **ids: Unpack[Ids]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.post = ids.get("post")
        self.comment = ids.get("comment")
        self.thread = ids.get("thread")
        self.channel = ids.get("channel")
        self.message = ids.get("message")

    def learn(self, **ids: Unpack[Ids]) -> Self:
        """Take over the ids that this error does not know by itself: who raised it knows best. -> itself."""
        self.post = self.post or ids.get("post")
        self.comment = self.comment or ids.get("comment")
        self.thread = self.thread or ids.get("thread")
        self.channel = self.channel or ids.get("channel")
        self.message = self.message or ids.get("message")
        return self

    @property
    def fields(self) -> dict[str, str | int]:
        """The ids that are known, as fields of a log line: ``post_id``, ``comment_id``, ``thread_id`` …"""
        known = {
            "post_id": self.post,
            "comment_id": self.comment,
            "thread_id": self.thread,
            "channel_id": self.channel,
            "message_id": self.message,
        }
        return {name: one for name, one in known.items() if one is not None}


@contextmanager
def about(**ids: Unpack[Ids]) -> Iterator[None]:
    """Whatever of this tree is raised inside learns these ids on its way out."""
    try:
        yield
    except CommonthreadError as error:
        error.learn(**ids)
        raise


class StartupError(CommonthreadError):
    """The bot cannot start."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What is printed, each on a line of its own."""
        return (self.reason,)


class ConfigError(StartupError):
    """Settings are missing or wrong; ``problems`` has one sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> tuple[str, ...]:
        """A heading, and a line for each problem."""
        heading = "Some settings need attention, in the environment or in the file .env of this folder:"
        return (heading, *(f"  - {problem}" for problem in self.problems))


class StoreFailed(CommonthreadError):
    """Nothing can be kept any more: whoever works stops, and the process ends. A restart may find it mended."""

    @classmethod
    def within(cls, error: BaseException) -> StoreFailed | None:
        """The one that an error is, or that is in a group of them."""
        if isinstance(error, BaseExceptionGroup):
            return next((found for one in error.exceptions if (found := cls.within(one)) is not None), None)
        return error if isinstance(error, cls) else None


class Transient(CommonthreadError):
    """Worth trying again. ``retry_after`` in seconds, None when the far side named no time."""

    def __init__(self, reason: str, retry_after: float | None = None, **ids: Unpack[Ids]) -> None:
        super().__init__(reason, **ids)
        self.retry_after = retry_after


class Unreachable(Transient):
    """The request was surely not carried out."""


class Crowded(Unreachable):
    """There is no room for it: a limit of the far side on how much may be there. It goes when something else goes."""


class Doubt(Enum):
    """Why it is not known whether something arrived."""

    NO_ANSWER = auto()
    """Nothing came back, or what an outage answers: others would fare alike."""
    TURNED_AWAY = auto()
    """Something stands in the way of this one alone, as a firewall or a filter that dislikes its words."""
    UNDER_WAY = auto()
    """The far side may be at work on an earlier request for the same: a second one could double it."""


class Unanswered(Transient):
    """The request may have been carried out: no answer, a reset, a 5xx after the work.

    ``words``: what the far side says of it, plain text, '' where it says nothing.
    """

    def __init__(
        self,
        reason: str,
        retry_after: float | None = None,
        *,
        doubt: Doubt = Doubt.NO_ANSWER,
        words: str = "",
        **ids: Unpack[Ids],
    ) -> None:
        super().__init__(reason, retry_after, **ids)
        self.doubt = doubt
        self.words = words

    @property
    def holds_up_others(self) -> bool:
        """Whether what else is to be done there would meet the same."""
        return self.doubt is Doubt.NO_ANSWER


class Permanent(CommonthreadError):
    """Repeating the same request changes nothing."""


class RefusalKind(Enum):
    """What the core can do about a refusal; the adapter that knows the far side's own numbers says which it is."""

    OTHER = auto()
    """Nothing but to tell a person."""
    NOT_EDITABLE = auto()
    """What wrote the message is gone: the message can be replaced by another, but not edited."""
    BREAKS_A_RULE = auto()
    """A field breaks a rule: among other things a text that is too long by the far side's own count."""
    WORDS = auto()
    """Some of its words may not be said there: another part of them may."""


class Refused(Permanent):
    """The far side read the request and says no. ``code`` is its own word for it, ``kind`` what to do about it.

    ``words``: what the far side says to whoever asked, plain text, '' where ``reason`` says it all.
    """

    def __init__(
        self,
        reason: str,
        code: str = "",
        *,
        kind: RefusalKind = RefusalKind.OTHER,
        words: str = "",
        **ids: Unpack[Ids],
    ) -> None:
        super().__init__(reason, **ids)
        self.code = code
        self.kind = kind
        self.words = words


class NotAllowed(Permanent):
    """A permission, a role or a password is missing. ``lacking``: what the bot lacks in a whole channel, or ''."""

    def __init__(self, reason: str, *, lacking: str = "", **ids: Unpack[Ids]) -> None:
        super().__init__(reason, **ids)
        self.lacking = lacking


class Vanished(Permanent):
    """The message, comment or file that was named is gone; the place it was in may stand."""


class PlaceVanished(Permanent):
    """The thread, channel or post that was named is gone, and everything in it."""


class Contradiction(Permanent):
    """What was done (or is to be) contradicts what is known, as after a database or a blog was put back to a backup."""


class AnotherComment(Permanent):
    """The comment that bears the number is not the one that was meant: nothing of it was touched.

    Numbers are given out twice, by a blog that was put back to a backup above all.
    """


class NotUnderstood(Permanent):
    """An answer that is no JSON, no feed or not of the promised shape."""
