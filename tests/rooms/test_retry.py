"""When an action is tried again."""

from __future__ import annotations

import pytest

from bot.core.domain import Millis
from bot.core.errors import Crowded, NotAllowed, NotUnderstood, Transient, Unanswered, Unreachable
from bot.sync.outbox.retry import LONGEST_WAIT, ROOM_WAIT, next_try

NOW = Millis(1_000_000)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (3, 8), (7, 128), (8, 256), (9, 300), (500, 300)])
def test_the_waits_double_up_to_five_minutes(attempts: int, seconds: int) -> None:
    for error in (Unreachable("x"), Unanswered("x"), NotUnderstood("x")):
        assert next_try(error, attempts, NOW) == NOW + seconds * 1000
        assert next_try(error, attempts, NOW, dice=0.0) == NOW + seconds * 900
        assert next_try(error, attempts, NOW, dice=1.0) == NOW + seconds * 1100


def test_the_far_side_is_obeyed() -> None:
    assert next_try(Transient("x", 600.0), 1, NOW) == NOW + 600_000
    assert next_try(Transient("x", 0.5), 3, NOW) == NOW + 8000


def test_a_refusal_is_met_once_more_at_once_and_then_with_patience() -> None:
    assert next_try(NotAllowed("x"), 1, NOW) == NOW + 2000
    assert next_try(NotAllowed("x"), 2, NOW) == NOW + LONGEST_WAIT * 1000


def test_a_full_house_is_asked_at_a_steady_pace_unless_it_names_another() -> None:
    for attempts in (1, 9, 500):
        assert next_try(Crowded("x"), attempts, NOW) == NOW + ROOM_WAIT * 1000
    assert next_try(Crowded("x", 60.0), 500, NOW) == NOW + 60_000
