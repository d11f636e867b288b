"""The judge of the invariants sees each thing that can be wrong between two sides, and nothing where all is well.

Does not test the readers: the state machine and the runs over sockets stand on those.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.invariants import AnswerRead, CommentRead, PartRead, Reading, Verdict, Wrong, judge

ROOT, REPLY, RELAY, HELD = "1", "2", "3", "4"
MEMBERS = 30
"""The message that the relay carries."""

WELL = Reading(
    comments={
        ROOT: CommentRead(ROOT, None, "approved"),
        REPLY: CommentRead(REPLY, ROOT, "approved"),
        RELAY: CommentRead(RELAY, REPLY, "approved", carries=MEMBERS),
        HELD: CommentRead(HELD, None, "hold"),
    },
    parts=[PartRead(10, ROOT, 1, 2), PartRead(11, ROOT, 2, 2), PartRead(20, REPLY, answers=10)],
    messages={10, 11, 20, MEMBERS},
    answers=[AnswerRead(MEMBERS, parents={REPLY})],
)
FIRST, SECOND, ANSWER = WELL.parts
GONE = {10, 11, 20}
"""The thread without the member's message."""


def with_(*comments: CommentRead) -> dict[str, CommentRead]:
    return {**WELL.comments, **{one.id: one for one in comments}}


def judged(reading: Reading) -> dict[str, int]:
    verdict = Verdict()
    judge(reading, verdict)
    assert len(verdict.sentences) == verdict.figures.total()
    return dict(verdict.figures)


RELAYED = WELL.comments[RELAY]
TOMBSTONE = replace(RELAYED, is_tombstone=True)
BELOW = CommentRead("5", RELAY, "hold")

WELL_TOO = {
    "as it should be": WELL,
    "a reply that came to light first": replace(
        WELL, parts=[FIRST, SECOND, PartRead(5, REPLY, answers=10)], late={ROOT}
    ),
    "a mirror that a moderator removed": replace(WELL, parts=[FIRST, SECOND], hidden={REPLY}),
    "a reply to a removed mirror": replace(WELL, parts=[PartRead(20, REPLY, answers=9)], hidden={ROOT}),
    "a reply to a tombstone": replace(
        WELL,
        comments=with_(CommentRead(ROOT, None, "trash")),
        parts=[PartRead(20, REPLY, answers=12)],
        tombstones={12},
    ),
    "a message that nobody is sure of": replace(WELL, comments={}, parts=[], answers=[AnswerRead(40, sure=False)]),
    "taken back, in the trash": replace(
        WELL, messages=GONE, answers=[], comments=with_(replace(RELAYED, status="trash"))
    ),
    "taken back, answered": replace(WELL, messages=GONE, answers=[], comments=with_(TOMBSTONE, BELOW)),
    "taken back, and moderators look at it": replace(
        WELL, messages=GONE, answers=[], comments=with_(replace(RELAYED, status="hold")), excused={MEMBERS}
    ),
}

FAULTY: dict[str, tuple[Wrong, Reading]] = {
    "no mirror": (Wrong.LOST, replace(WELL, parts=[FIRST, SECOND])),
    "a part is missing": (Wrong.LOST, replace(WELL, parts=[FIRST, ANSWER])),
    "a part too many": (Wrong.LOST, replace(WELL, parts=[*WELL.parts, PartRead(21, REPLY, 2, 1)])),
    "a part twice": (Wrong.DOUBLED, replace(WELL, parts=[*WELL.parts, PartRead(12, ROOT, 2, 2)])),
    "parts of two showings": (Wrong.DOUBLED, replace(WELL, parts=[PartRead(10, ROOT, 1, 1), SECOND, ANSWER])),
    "parts the wrong way round": (
        Wrong.DISORDER,
        replace(WELL, parts=[PartRead(10, ROOT, 2, 2), PartRead(11, ROOT, 1, 2), ANSWER]),
    ),
    "before its parent": (Wrong.DISORDER, replace(WELL, parts=[FIRST, SECOND, PartRead(5, REPLY, answers=10)])),
    "answers another message": (
        Wrong.WRONG_PARENT,
        replace(WELL, parts=[FIRST, SECOND, PartRead(20, REPLY, answers=11)]),
    ),
    "answers nothing": (Wrong.WRONG_PARENT, replace(WELL, parts=[FIRST, SECOND, PartRead(20, REPLY)])),
    "a root that answers": (
        Wrong.WRONG_PARENT,
        replace(WELL, parts=[PartRead(10, ROOT, 1, 2, answers=9), SECOND, ANSWER]),
    ),
    "an answer to a relay leads elsewhere": (
        Wrong.WRONG_PARENT,
        replace(WELL, comments=with_(CommentRead("6", RELAY, "approved")), parts=[*WELL.parts, PartRead(60, "6")]),
    ),
    "held, and shown": (Wrong.LINGERING, replace(WELL, parts=[*WELL.parts, PartRead(40, HELD)])),
    "not on the blog, and shown": (Wrong.LINGERING, replace(WELL, parts=[*WELL.parts, PartRead(90, "9")])),
    "removed by a moderator, and back": (Wrong.LINGERING, replace(WELL, hidden={REPLY})),
    "a relay that came back": (Wrong.DOUBLED, replace(WELL, parts=[*WELL.parts, PartRead(31, RELAY)])),
    "a message that is two comments": (
        Wrong.DOUBLED,
        replace(WELL, comments=with_(CommentRead("7", REPLY, "approved", carries=MEMBERS))),
    ),
    "a message that is none": (Wrong.LOST, replace(WELL, answers=[*WELL.answers, AnswerRead(41)])),
    "a relay under another comment": (Wrong.WRONG_PARENT, replace(WELL, answers=[AnswerRead(MEMBERS, parents={ROOT})])),
    "taken back, and its words stand": (
        Wrong.LINGERING,
        replace(WELL, messages=GONE, answers=[], comments=with_(RELAYED, BELOW)),
    ),
    "taken back, and its place is kept for nobody": (
        Wrong.LINGERING,
        replace(WELL, messages=GONE, answers=[], comments=with_(TOMBSTONE)),
    ),
    "its words differ": (
        Wrong.STALE,
        replace(WELL, misread=lambda one, _: [(Wrong.STALE, one)] if one == REPLY else []),
    ),
    "its relay's words differ": (Wrong.STALE, replace(WELL, misrelayed=lambda _, one: [(Wrong.STALE, one)])),
}


@pytest.mark.parametrize("name", WELL_TOO)
def test_what_is_well_is_not_blamed(name: str) -> None:
    assert judged(WELL_TOO[name]) == {}


@pytest.mark.parametrize("name", FAULTY)
def test_what_is_wrong_is_blamed_once_and_by_its_name(name: str) -> None:
    wrong, reading = FAULTY[name]
    assert judged(reading) == {wrong.value: 1}


def test_a_verdict_names_every_kind_also_where_nothing_is_wrong() -> None:
    assert str(Verdict()).split(", ") == [f"0 {wrong}" for wrong in Wrong]
