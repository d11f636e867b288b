"""The comparison of both sides: what it calls a fault, and what was meant."""

from __future__ import annotations

from dataclasses import replace

from bot.core.domain import (
    ChannelId,
    Comment,
    CommentId,
    GuildId,
    Mapped,
    MessageId,
    Millis,
    Origin,
    Place,
    PostId,
    Standing,
    SubscriptionId,
    ThreadId,
    Tree,
)
from bot.sync.verify import Comparison, judge

PLACE = Place(
    row=1,
    subscription_id=SubscriptionId(1),
    post_id=PostId("9"),
    title="On walls",
    url="https://blog.example/walls/",
    channel_id=ChannelId(7),
    guild_id=GuildId(8),
    thread_id=ThreadId(100),
    starter_id=MessageId(100),
    digest="",
    revision=0,
    generation=0,
    backfilled=True,
    removals_allowed=False,
)


def comment(number: int, parent: int | None = None) -> Comment:
    above = None if parent is None else CommentId(str(parent))
    return Comment(CommentId(str(number)), PostId("9"), above, "Ann", Millis(number), "<p>x</p>", f"u#comment-{number}")


def mapped(number: int, parent: int | None = None, *, origin: Origin = Origin.BLOG) -> Mapped:
    return Mapped(
        comment_id=CommentId(str(number)),
        parent_id=None if parent is None else CommentId(str(parent)),
        origin=origin,
        author="Ann",
        digest="",
        revision=0,
        standing=Standing.LIVE,
        messages=(MessageId(100 + number),),
        shown_parent=None if parent is None else MessageId(100 + parent),
        recorded_at=Millis(1),
    )


def compared(tree: list[Comment], known: list[Mapped], messages: dict[int, str], waiting: int = 0) -> Comparison:
    return judge(
        PLACE,
        Tree(PostId("9"), tuple(tree), Millis(1000)),
        {one.comment_id: one for one in known},
        {MessageId(number): marker for number, marker in messages.items()},
        {CommentId(str(900 + number)) for number in range(waiting)},
    )


TREE = [comment(1), comment(2, 1)]
KNOWN = [mapped(1), mapped(2, 1)]
SHOWN = {101: "u#comment-1 1/1", 102: "u#comment-2 1/1"}


def test_alike() -> None:
    assert compared(TREE, KNOWN, SHOWN).sentence == "blog 2 = Discord 2, 0 missing, 0 doubled, 0 under the wrong parent"


def test_missing_is_named() -> None:
    found = compared(TREE, KNOWN, {101: SHOWN[101]})
    assert found.sentence == "blog 2 ≠ Discord 1, 1 missing (comment 2), 0 doubled, 0 under the wrong parent"


def test_doubled_is_named() -> None:
    assert "1 doubled (comment 2)" in compared(TREE, KNOWN, SHOWN | {103: SHOWN[102]}).sentence


def test_a_wrong_parent_is_named() -> None:
    moved = [KNOWN[0], replace(KNOWN[1], shown_parent=None)]
    assert "1 under the wrong parent (comment 2)" in compared(TREE, moved, SHOWN).sentence


def test_what_is_on_its_way_is_not_missing() -> None:
    found = compared([*TREE, comment(900)], KNOWN, SHOWN, waiting=1)
    assert found.missing == ()
    assert found.sentence.endswith("1 on their way")


def test_what_was_deleted_on_purpose_is_no_fault() -> None:
    withdrawn = replace(mapped(3, 1, origin=Origin.DISCORD), standing=Standing.TOMBSTONE)
    hidden = replace(mapped(4), standing=Standing.HIDDEN)
    found = compared([*TREE, comment(3, 1), comment(4)], [*KNOWN, withdrawn, hidden], SHOWN)
    assert found.sentence.startswith("blog 2 = Discord 2, 0 missing")
    assert found.sentence.endswith("2 deleted on Discord on purpose")


def test_what_the_blog_lost_is_said_with_a_way_on() -> None:
    found = compared([TREE[0]], KNOWN, SHOWN)
    assert found.sentence.startswith("blog 1 ≠ Discord 2, 0 missing")
    assert "1 gone from the blog but still shown" in found.sentence
    assert "/sync allow-removals" in found.sentence


def test_rows_younger_than_the_tree_are_no_strays() -> None:
    young = replace(KNOWN[1], recorded_at=Millis(2000))
    assert compared([TREE[0]], [KNOWN[0], young], SHOWN).stray == 0


def test_what_an_incomplete_listing_leaves_out_is_no_stray() -> None:
    known = {one.comment_id: one for one in KNOWN}
    standing = {MessageId(number): marker for number, marker in SHOWN.items()}
    tree = Tree(PostId("9"), (TREE[0],), Millis(1000), complete=False)
    found = judge(PLACE, tree, known, standing, ())
    assert found.stray == 0
    assert "lists its comments only in part" in found.sentence
