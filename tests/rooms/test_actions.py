"""Each kind of action says once what the outbox has to know of it, and builds and takes apart its keys."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from bot.core.actions import (
    KINDS,
    Action,
    Claim,
    Discard,
    Edit,
    Move,
    Notify,
    OpenThread,
    Queue,
    Rename,
    Report,
    Retag,
    Retract,
    ReviseStarter,
    Rewrite,
    Send,
    SetMark,
    Settle,
    TakeCopyAway,
    Tell,
    Traits,
    Unsay,
    Withdraw,
    Write,
    kinds,
)
from bot.core.domain import (
    ActionId,
    AttachmentId,
    ChannelId,
    Comment,
    CommentId,
    GuildId,
    Mark,
    MemberId,
    Message,
    MessageId,
    MessageKind,
    Millis,
    Place,
    Post,
    PostId,
    SubscriptionId,
    ThreadId,
)
from bot.core.traits import Kept, about_comment, comment_of
from bot.store.sqlite.base import decode, encode

POST = Post(PostId("1"), "g", "https://x/1", "Title", "Ann", Millis(1), "<p>x</p>")
COMMENT = Comment(CommentId("7"), PostId("1"), None, "Ben", Millis(1), "<p>x</p>", "https://x/#7")
SAID = Message(
    MessageId(5), ThreadId(4), MemberId(3), "Cat", MessageKind.REPLY, "x", "https://discord.com/5", MessageId(2)
)

ONE_OF_EACH: list[Action] = [
    OpenThread(POST, 2),
    ReviseStarter(POST, 3),
    Rename("Title", 3),
    Retag(("a",), ("b", "c"), 3),
    Send(COMMENT, None, 1, silent=True),
    Edit(COMMENT, None, 2),
    Retract(CommentId("7"), 3, tombstone=True),
    Settle(CommentId("7"), 4),
    Move(CommentId("7"), 5, CommentId("6")),
    TakeCopyAway(CommentId("7"), 5, "https://discord.com/5"),
    Write(SAID, unsure=True),
    Rewrite(MessageId(5), 12),
    Withdraw(MessageId(5)),
    Discard(MessageId(5), (AttachmentId(8), AttachmentId(9))),
    SetMark(MessageId(5), Mark.HELD, 1),
    Tell(MessageId(5), "x"),
    Unsay(MessageId(5), "x", 3),
    Report("x", 1),
    Notify("x"),
]
each = pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda one: type(one).__name__)


def test_every_kind_is_here_and_says_all_of_its_traits() -> None:
    members = get_args(Action)
    assert [type(one) for one in ONE_OF_EACH] == list(members)
    for member in members:
        traits = vars(member).get("traits")
        assert isinstance(traits, Traits), f"{member.__name__} inherits its traits, or has none"
        assert traits.kind
        assert KINDS[traits.kind] is member
        for field in dataclasses.fields(Traits):
            assert type(getattr(traits, field.name)) in (str, Queue, Kept, bool)
    assert len(KINDS) == len(members), "two kinds with one name"


@pytest.mark.parametrize("trait", [one.name for one in dataclasses.fields(Traits) if one.name not in ("kind", "queue")])
def test_every_trait_tells_kinds_apart(trait: str) -> None:
    """One that all or none had would be no trait."""
    assert len({getattr(kind.traits, trait) for kind in KINDS.values()}) > 1


def test_what_the_outbox_reads_off_them() -> None:
    assert set(kinds(lambda one: one.level_triggered)) == {"send", "edit", "retract", "settle", "move", "copy"}
    assert set(kinds(lambda one: one.one_request)) == {"write", "send"}
    assert set(kinds(lambda one: one.gives_way)) == {"rename", "retag", "edit", "retract"}
    assert set(kinds(lambda one: one.survives_lost_thread)) == {"write", "open", "notify"}
    assert set(kinds(lambda one: one.kept is Kept.WHILE_READ_BACK)) == {"write", "withdraw"}
    assert set(kinds(lambda one: one.kept is Kept.FOR_EVER)) == {"open", "notify"}
    assert set(kinds(lambda one: one.delays_members)) == set(kinds(lambda one: one.queue is Queue.BLOG))
    assert set(kinds(lambda one: one.for_moderators)) == set(kinds(lambda one: one.queue is Queue.MODERATORS))


@each
def test_an_action_comes_out_of_the_outbox_as_it_went_in(action: Action) -> None:
    assert decode(action.traits.kind, encode(action)) == action


@each
def test_what_is_about_one_thing_has_one_subject_and_one_rank(action: Action) -> None:
    if isinstance(action, Write | Rewrite | Withdraw | Discard | SetMark | Tell | Unsay):
        assert (action.subject, action.rank) == ("message 5", 5)
    elif isinstance(action, Send | Edit | Retract | Settle | Move | TakeCopyAway):
        assert (action.subject, action.rank) == ("comment 7", 0)
    elif isinstance(action, Rename | Retag):
        assert (action.subject, action.rank) == ("name" if isinstance(action, Rename) else "tags", 0)
    else:
        assert (action.subject, action.rank) == ("", 0)
    assert action.is_backlog == isinstance(action, Send)


def test_keys_are_one_of_a_kind_and_known_to_databases_that_exist() -> None:
    assert [one.key for one in ONE_OF_EACH] == [
        "open:1:2",
        "starter:1:3",
        "rename:3",
        "retag:3",
        "send:7:1",
        "edit:7:2",
        "retract:7:3",
        "settle:7:4",
        "move:7:5",
        "copy:7:5",
        "write:5",
        "rewrite:5:12",
        "withdraw:5",
        ONE_OF_EACH[13].key,
        "mark:5:held:1",
        ONE_OF_EACH[15].key,
        "unsay:5:3",
        "report:1",
        ONE_OF_EACH[18].key,
    ]
    assert len({one.key for one in ONE_OF_EACH}) == len(ONE_OF_EACH)


def test_what_is_built_is_taken_apart_again() -> None:
    assert Write.key_of(SAID.id) == Write(SAID).key
    assert Rewrite.revision_of(Rewrite(MessageId(5), 12).key) == 12
    assert comment_of(about_comment(CommentId("comment 7"))) == "comment 7"


def test_a_nonce_fits_and_does_not_change() -> None:
    place = Place(
        row=2**40,
        subscription_id=SubscriptionId(1),
        post_id=PostId("1"),
        title="",
        url="",
        channel_id=ChannelId(1),
        guild_id=GuildId(1),
        thread_id=None,
        starter_id=None,
        digest="",
        revision=0,
        generation=0,
        backfilled=False,
        removals_allowed=False,
    )
    claim = Claim(
        ActionId(12),
        ONE_OF_EACH[2],
        place,
        1,
        found_half_done=False,
        anchor=None,
        claimed_at=Millis(0),
        queued_at=Millis(0),
    )
    assert claim.nonce() != claim.nonce(1)
    assert claim.nonce(1) == dataclasses.replace(claim, attempts=9, found_half_done=True).nonce(1)
    assert claim.nonce() != dataclasses.replace(claim, claimed_at=Millis(1)).nonce(), "of a database put back"
    assert claim.nonce() != dataclasses.replace(claim, database="B").nonce(), "of a new database"
    late = dataclasses.replace(claim, id=ActionId(0xFFFF_FFFF), claimed_at=Millis(4_102_444_800_000))
    assert len(late.nonce(99)) <= 25
