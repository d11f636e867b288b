"""The judge of what has to hold between both sides of a thread when all is quiet: nothing lost, doubled or misplaced.

Looks at neither side itself: readers tell it what stands there, one of the fakes
(:mod:`tests.support.invariants_in_memory`), one of what sockets bring (:mod:`tests.support.invariants_over_sockets`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Wrong(StrEnum):
    """What does not hold of a comment or a message."""

    LOST = "lost"
    """It is not there."""
    DOUBLED = "doubled"
    """It is there twice."""
    WRONG_PARENT = "wrong parent"
    """It answers something else than on the other side."""
    WRONG_SPEAKER = "wrong speaker"
    """It bears another name or picture than its author's."""
    DISORDER = "disorder"
    """It stands before what it answers, or before its earlier part."""
    STALE = "stale"
    """It is not in its last state."""
    LINGERING = "lingering"
    """It is there though it should be gone."""
    CROSSED = "crossed"
    """It is on the blog though its author keeps it in Discord."""
    NOT_PUBLIC = "not public"
    """It is to be read on Discord though the blog does not show it."""


Blame = tuple[Wrong, str]
"""What is wrong, and a sentence about it."""


@dataclass
class Verdict:
    """What does not hold: figures, and the sentences behind them. No sentence is the only pass."""

    figures: Counter[str] = field(default_factory=Counter)
    sentences: list[str] = field(default_factory=list)

    def blame(self, wrong: Wrong, sentence: str) -> None:
        self.figures[wrong.value] += 1
        self.sentences.append(f"{wrong}: {sentence}")

    def __str__(self) -> str:
        return ", ".join(f"{self.figures[wrong.value]} {wrong}" for wrong in Wrong)


@dataclass(frozen=True, slots=True)
class CommentRead:
    """A comment of the post, whatever its status (WordPress's word). ``carries``: the message of this thread that it
    relays. ``is_tombstone``: it keeps the place of what answers it and has no words of its author's."""

    id: str
    parent: str | None
    status: str
    carries: int | None = None
    is_tombstone: bool = False

    @property
    def stands(self) -> bool:
        """Whether readers see it, or will when the blog's moderators approve it."""
        return self.status in ("approved", "hold")


@dataclass(frozen=True, slots=True, order=True)
class PartRead:
    """A message that shows a part of a comment. ``answers`` is the message that its reply line leads to."""

    message: int
    comment: str
    part: int = 1
    parts: int = 1
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerRead:
    """A member's message that belongs on the blog. ``sure``: it has to be there, whatever happened.

    ``parents``: comments that it may answer there, None among them for the post; None where nothing can be said.
    """

    message: int
    sure: bool = True
    parents: Collection[str | None] | None = None


def _nothing(*_: object) -> Iterable[Blame]:
    return ()


@dataclass
class Reading:
    """Both sides of one thread. ``messages`` are all that stand there, ``tombstones`` those that only keep a place.

    ``misread`` says what is wrong with the words and the speaker of a mirror, from its comment and its messages;
    ``misrelayed`` what is wrong with the comment of a message. ``hidden``: comments whose mirrors a moderator of
    Discord removed. ``late``: comments that came to light after their answers, which therefore stand before them.
    ``excused``: messages whose comments the blog's moderators changed by hand.
    """

    comments: Mapping[str, CommentRead]
    parts: Sequence[PartRead]
    messages: Collection[int]
    tombstones: Collection[int] = ()
    answers: Sequence[AnswerRead] = ()
    misread: Callable[[str, Sequence[int]], Iterable[Blame]] = _nothing
    misrelayed: Callable[[int, str], Iterable[Blame]] = _nothing
    hidden: Collection[str] = ()
    late: Collection[str] = ()
    excused: Collection[int] = ()


def judge(reading: Reading, verdict: Verdict) -> None:
    """Hold both sides of a thread against each other, and note in ``verdict`` what differs."""
    _Judge(reading, verdict).judge()


class _Judge:
    def __init__(self, reading: Reading, verdict: Verdict) -> None:
        self.reading = reading
        self.blame = verdict.blame
        self.mirrors: dict[str, list[PartRead]] = defaultdict(list)
        for part in sorted(reading.parts):
            self.mirrors[part.comment].append(part)
        self.relays: dict[int, list[CommentRead]] = defaultdict(list)
        for comment in reading.comments.values():
            if comment.carries is not None:
                self.relays[comment.carries].append(comment)

    def judge(self) -> None:
        for comment in self.reading.comments.values():
            self._mirrored(comment, self.mirrors.get(comment.id, []))
        for comment_id in self.mirrors.keys() - self.reading.comments.keys():
            self.blame(Wrong.LINGERING, f"comment {comment_id} is not on the blog and is shown")
        for message, relays in self.relays.items():
            if len(relays) > 1:
                self.blame(Wrong.DOUBLED, f"message {message} is {[one.id for one in relays]}")
            if message not in self.reading.messages:
                for comment in relays:
                    self._taken_back(comment, message)
        for answer in self.reading.answers:
            self._relayed(answer)

    # ------------------------------------------------------------ blog -> Discord

    def _mirrored(self, comment: CommentRead, parts: Sequence[PartRead]) -> None:
        is_relay = comment.carries is not None
        if comment.status != "approved" or is_relay or comment.id in self.reading.hidden:
            if parts:
                shown = f"is shown in {[one.message for one in parts]}"
                wrong = Wrong.DOUBLED if is_relay else Wrong.LINGERING
                self.blame(wrong, f"comment {comment.id} ({comment.status}) {shown}")
            return
        numbers, totals = [one.part for one in parts], {one.parts for one in parts}
        if not parts or set(numbers) != set(range(1, max(totals) + 1)):
            self.blame(Wrong.LOST, f"comment {comment.id} shows parts {numbers} of {totals}")
            return
        if len(numbers) != len(set(numbers)) or len(totals) > 1:
            self.blame(Wrong.DOUBLED, f"comment {comment.id} shows parts {numbers} of {totals}")
            return
        if numbers != sorted(numbers):
            self.blame(Wrong.DISORDER, f"comment {comment.id} shows parts {numbers}")
        for wrong, sentence in self.reading.misread(comment.id, [one.message for one in parts]):
            self.blame(wrong, sentence)
        self._placed(comment, parts[0])

    def _placed(self, comment: CommentRead, first: PartRead) -> None:
        """What a mirror answers is what its comment answers, and stands before it."""
        allowed = self._places(comment.parent)
        if allowed is not None and first.answers not in allowed:
            said = f"comment {comment.id} answers message {first.answers}, not one of {allowed}"
            self.blame(Wrong.WRONG_PARENT, f"{said} ({comment.parent})")
        elif first.answers is not None and first.answers > first.message and comment.parent not in self.reading.late:
            self.blame(Wrong.DISORDER, f"comment {comment.id} stands before its parent {comment.parent}")

    def _places(self, parent: str | None) -> set[int | None] | None:
        """Messages that a reply to this comment may lead to, None among them for no message; None for any."""
        if parent is None:
            return {None}
        if parent in self.reading.hidden:
            return None
        comment = self.reading.comments.get(parent)
        approved = comment is not None and comment.status == "approved"
        if comment is not None and comment.carries is not None:
            return {comment.carries} if approved else {comment.carries, None}
        if approved and self.mirrors.get(parent):
            return {self.mirrors[parent][0].message}
        return {None, *self.reading.tombstones}

    # ------------------------------------------------------------ Discord -> blog

    def _taken_back(self, comment: CommentRead, message: int) -> None:
        """A comment whose message is gone: in the trash, or without its words while something answers it."""
        if not comment.stands or (comment.status == "hold" and message in self.reading.excused):
            return
        if not comment.is_tombstone:
            self.blame(Wrong.LINGERING, f"comment {comment.id} stands, and its message {message} is gone")
        if not any(one.parent == comment.id and one.stands for one in self.reading.comments.values()):
            self.blame(Wrong.LINGERING, f"comment {comment.id} keeps the place of message {message} for nobody")

    def _relayed(self, answer: AnswerRead) -> None:
        match self.relays.get(answer.message, []):
            case []:
                if answer.sure:
                    self.blame(Wrong.LOST, f"message {answer.message} has no comment")
            case [comment]:
                for wrong, sentence in self.reading.misrelayed(answer.message, comment.id):
                    self.blame(wrong, sentence)
                if answer.parents is not None and comment.parent not in answer.parents:
                    where = f"is under comment {comment.parent}, not one of {list(answer.parents)}"
                    self.blame(Wrong.WRONG_PARENT, f"message {answer.message} {where}")
            case _:
                pass  # doubled, and said so already
