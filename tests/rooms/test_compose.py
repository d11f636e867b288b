"""What a mirror and a relay look like, apart from the translation itself."""

from __future__ import annotations

from dataclasses import replace

from bot.core.actions import Parent
from bot.core.domain import (
    Attached,
    AttachmentId,
    ChannelId,
    Comment,
    CommentId,
    GuildId,
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
from bot.core.policy import RelayMode
from bot.core.signing import message_of
from bot.sync.mirroring import compose
from bot.sync.relaying.compose import Relay
from bot.translate.marker import angle_safe, read_marker, shows
from tests.support.signer import SIGNER

PLACE = Place(
    1, SubscriptionId(1), PostId("1"), "Post", "u", ChannelId(2), GuildId(3), ThreadId(4), MessageId(4), "", 0, 0,
    backfilled=True, removals_allowed=False,
)  # fmt: skip
URL = "https://blog.example/a post/#comment-7"

LIMIT = 2000


def comment(html: str) -> Comment:
    return Comment(CommentId("7"), PostId("1"), CommentId("6"), "Ben", Millis(0), html, URL)


def parts(html: str, parent: Parent | None = None, shown: MessageId | None = None) -> tuple[str, ...]:
    link = None if shown is None else f"https://chat.example/{shown}"
    made = compose.Mirror(
        comment(html), parent, shown, parent_url=link, base_url="https://blog.example", limit=LIMIT
    ).parts()
    return tuple(one.text for one in made)


def test_each_part_fits_and_carries_its_marker() -> None:
    parent = Parent(CommentId("6"), "Ann " * 60, "<p>" + "*words* " * 40 + "</p>", "d")
    mirror = compose.Mirror(
        comment("<p>" + "word " * 3000 + "</p>"),
        parent,
        MessageId(9),
        parent_url="https://discord.com/channels/900000000000000001/900000000000000002/900000000000000003",
        base_url="https://blog.example",
        limit=LIMIT,
    )
    made = mirror.parts()
    assert len(made) == compose.MAX_PARTS
    for number, one in enumerate(made, start=1):
        assert len(one.text) <= LIMIT
        assert one.marker == f"https://blog.example/a%20post/#comment-7 {number}/{len(made)}"
        assert read_marker(one.text) == one.marker
        assert shows(one.marker, URL)
        assert one.reply_to == (9 if number == 1 else None)


def test_a_reply_line_names_quotes_and_points() -> None:
    parent = Parent(CommentId("6"), "An*n", "<p>first <em>words</em></p>", "d")
    (text,) = parts("<p>yes</p>", parent, MessageId(9))
    assert text.splitlines()[0] == r"-# [↪](<https://chat.example/9>) **An\*n** · first words"
    (text,) = parts("<p>yes</p>", Parent(CommentId("6"), "Ann", "", "removed"))
    assert text.splitlines()[0] == "-# ↪ **Ann**"
    assert "↪" not in parts("<p>yes</p>")[0]


def test_a_comment_without_words_says_so() -> None:
    (text,) = parts("<p></p>")
    assert text.startswith(compose.NO_TEXT)


def test_a_draft_keeps_the_message_findable() -> None:
    message = Message(
        MessageId(5), ThreadId(4), MemberId(8), "Ann", MessageKind.PLAIN, "hello", "https://discord.com/channels/3/4/5"
    )
    draft = Relay(message).draft(PLACE, CommentId("6"), {}, SIGNER, rich=True, approve=True)
    assert (message_of(draft.key), SIGNER.signed(draft.key)) == (message.jump_url, True)
    assert SIGNER.is_of(draft.email, MemberId(8))
    assert "8@" not in draft.email
    assert (draft.post_id, draft.parent_id) == ("1", "6")
    assert (draft.html, draft.plain_html) == ("<p>hello</p>", "hello")


def test_a_relay_is_blank_where_a_reader_would_see_nothing() -> None:
    message = Message(
        MessageId(5), ThreadId(4), MemberId(8), "Ann", MessageKind.PLAIN, "\u200b", "https://discord.com/channels/3/4/5"
    )
    assert Relay(message).is_blank
    assert not Relay(replace(message, text="x")).is_blank
    assert not Relay(replace(message, forwards=True)).is_blank
    assert Relay(message).html({}, rich=False) == Relay(message).html({}, rich=True) == ""


def test_a_relay_leads_to_the_files_that_the_blog_has_and_to_the_message_for_others() -> None:
    files = tuple(Attached(name, "image/png", id=AttachmentId(at)) for at, name in enumerate(("a.png", "b.png")))
    message = Message(
        MessageId(5), ThreadId(4), MemberId(8), "Ann", MessageKind.PLAIN, "", "https://discord.com/channels/3/4/5",
        attachments=files,
    )  # fmt: skip
    html = Relay(message).html({AttachmentId(1): "https://blog.example/b.png"}, rich=False)
    first, second = html.split("\n\n")
    assert first == '[picture: a.png] (<a href="https://discord.com/channels/3/4/5">on Discord</a>)'
    assert second == '<a href="https://blog.example/b.png">[picture: b.png]</a>'


DAY = 86_400_000
WRITTEN = Millis(1_714_953_600_000)  # 2024-05-06


def dated(written_at: int, sent_at: int | None, html: str = "<p>words</p>") -> tuple[str, ...]:
    one = replace(comment(html), written_at=Millis(written_at))
    sent = None if sent_at is None else Millis(sent_at)
    made = compose.Mirror(one, None, None, parent_url=None, base_url="https://blog.example", limit=LIMIT, sent_at=sent)
    return tuple(part.text for part in made.parts())


def test_what_is_sent_long_after_it_was_written_says_when_that_was() -> None:
    (late,) = dated(WRITTEN, WRITTEN + DAY + 1)
    assert late.endswith(f"-# [on the blog · 2024-05-06](<{angle_safe(URL)}>)")
    for sent_at in (WRITTEN + DAY, WRITTEN, WRITTEN - DAY, None):
        assert "2024" not in dated(WRITTEN, sent_at)[0]
    for nonsense in (-(10**17), -(10**15)):
        assert dated(nonsense, WRITTEN)[0].endswith(f"-# [on the blog](<{angle_safe(URL)}>)")


def test_each_part_says_so_and_fits_and_is_known_again() -> None:
    made = dated(WRITTEN, WRITTEN + 10 * DAY, "<p>" + "word " * 3000 + "</p>")
    assert len(made) == compose.MAX_PARTS
    for number, one in enumerate(made, start=1):
        assert len(one) <= LIMIT
        assert f"{number}/{len(made)} · on the blog · 2024-05-06" in one
        assert read_marker(one) == f"https://blog.example/a%20post/#comment-7 {number}/{len(made)}"


def test_an_old_post_is_not_called_new() -> None:
    post = Post(PostId("1"), "g", "https://x/1", "Title", "Ann", WRITTEN, "<p>x</p>")
    for shown_at, is_new in ((None, True), (WRITTEN + DAY, True), (WRITTEN + DAY + 1, False)):
        moment = None if shown_at is None else Millis(shown_at)
        what = compose.announcement(post, base_url="https://x", relays=RelayMode.OFF, shown_at=moment)
        assert what.is_new == is_new
