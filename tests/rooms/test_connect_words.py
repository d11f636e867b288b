"""What the dialogues about blogs say, from values alone: complete, escaped, and short enough for one message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blog.wordpress.visit import account_page
from bot.chat.pace import Paces
from bot.core.accounts import Account
from bot.core.domain import ChannelId, GuildId, MemberId, Millis, SubscriptionId, utf16
from bot.core.errors import CommonthreadError, NotUnderstood
from bot.core.identity import Identity
from bot.core.policy import RelayMode, Settings
from bot.core.texts import inert
from bot.ports.blogs import BlogRow, Connected, KnownBlog, Serving
from bot.ports.prospects import Found, FoundPost, Rights, Survey
from bot.sync.connecting import Asker, Proposal, address
from bot.sync.tending import AccountState, Changes, Condition
from cogs.answers import LONGEST_ANSWER, fitting, linked, shown, words_of
from cogs.blog_words import list_words, settings_words
from cogs.choosing import split
from cogs.connect_words import WHERE_FROM, connected_words, duration, proposal_words

BLOG = "https://blog.example"
POST = FoundPost("On bridges", f"{BLOG}/bridges", Millis(1_715_000_000_000), 64)
FOUND = Found("WordPress", Identity(BLOG, "A blog", (), BLOG), (POST,), f"{BLOG}/wp-admin/profile.php#x")
SURVEY = Survey("essays", "forum", (), "https://discord.example/invite", hears=True)
PROPOSAL = Proposal(
    "secret-word",
    Asker(GuildId(1), MemberId(2)),
    ChannelId(3),
    Settings(approve=False),
    FOUND,
    SURVEY,
    160.0,
    kept=False,
)
CONNECTED = Connected(
    SubscriptionId(7),
    KnownBlog(BlogRow(1), "wordpress", BLOG, BLOG, "A *blog*"),
    ChannelId(3),
    GuildId(1),
    Settings(),
    Serving.ACTIVE,
    "",
    paused=False,
    from_settings=False,
    announces=True,
)


def test_a_proposal_shows_all_that_counts_before_anything_happens() -> None:
    words = proposal_words(PROPOSAL)
    assert "**A blog**, a WordPress blog at <https://blog.example>" in words
    assert "Newest post: “On bridges” of <t:1715000000:D>, 64 comments" in words
    assert "First sync: 1 thread and 64 messages, in about 3 minutes" in words
    assert "carry nothing from Discord to it" in words


def test_a_home_that_nobody_has_asked_is_not_believed() -> None:
    claims = replace(FOUND, identity=Identity("https://victim.example", "A blog", (), "https://evil.example"))
    words = proposal_words(replace(PROPOSAL, found=claims))
    assert "at <https://evil.example> (it calls <https://victim.example> its home)" in words
    page = account_page("https://victim.example", "https://evil.example")
    assert page == "https://evil.example/wp-admin/profile.php#application-passwords-section"
    assert account_page(f"{BLOG}/sub", f"{BLOG}/sub/2024/a-post?x=1").startswith(f"{BLOG}/sub/wp-admin/profile.php#")


def test_a_proposal_says_how_to_mend_what_is_missing() -> None:
    survey = replace(SURVEY, lacks=(("Manage Webhooks", "show names"),), hears=False)
    words = proposal_words(replace(PROPOSAL, survey=survey))
    assert "the bot lacks **Manage Webhooks** (to show names). Allow it there, or use <https://discord" in words
    assert "Message Content Intent" in words
    assert "✓" not in words


def test_a_mighty_account_is_warned_of_and_shows_no_password() -> None:
    account = Account("ann", "abcd efgh")
    mighty = replace(PROPOSAL, account=account, found=replace(FOUND, rights=Rights((), ("manage_options",))))
    words = proposal_words(mighty)
    assert "may more than the bot needs** (`manage_options`)" in words
    for said in (words, repr(mighty), connected_words(mighty)):
        assert "abcd" not in said
    assert "secret-word" not in repr(mighty) + words


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("tells", [True, False, None])
def test_a_proposal_says_what_the_account_overrides(*, approve: bool, tells: bool | None) -> None:
    found = replace(FOUND, rights=Rights((), ()), tells_words=tells)
    account = Account("ann", "abcd efgh")
    words = proposal_words(replace(PROPOSAL, account=account, settings=Settings(approve=approve), found=found))
    assert ("The account overrides the blog" in words) is approve
    assert ("Its account overrides nothing" in words) is (tells is False and not approve)
    assert ("commonthread.php" in words) is (approve and not tells)
    assert ("does not say" in words) is (tells is False or (approve and not tells))


@pytest.mark.parametrize(("posts", "told"), [(0, "First sync: nothing"), (1, "First sync: 1 thread and 64 messages")])
def test_a_first_sync_is_what_first_posts_says(posts: int, told: str) -> None:
    assert told in proposal_words(replace(PROPOSAL, settings=Settings(first_posts=posts)))


def test_the_figure_says_where_it_is_from() -> None:
    """Discord's own figure stands beside the pace that the bot keeps below it."""
    paces = Paces.discord()
    minute = paces.webhook[-1]
    assert f"{minute.count} messages a minute" in WHERE_FROM["persona"]
    assert f"gets {minute.backfill} of them" in WHERE_FROM["persona"]
    assert f"gets {paces.messages[0].count} of them" in WHERE_FROM["card"]
    assert duration(20) == "less than a minute"
    assert duration(61) == "about a minute"
    assert duration(121) == "about 3 minutes"
    assert duration(9000) == "about 2.5 hours"


@given(st.text(max_size=400), st.text(max_size=400), st.integers(0, 9))
def test_whatever_a_blog_calls_itself_fits_and_marks_nothing(title: str, post: str, lacking: int) -> None:
    lacks = tuple(("Send Messages in Threads", "answer members, and show comments as cards") for _ in range(lacking))
    found = replace(FOUND, identity=replace(FOUND.identity, title=title), posts=(replace(POST, title=post),))
    words = proposal_words(replace(PROPOSAL, found=found, survey=replace(SURVEY, lacks=lacks)))
    assert utf16(fitting(words)) <= LONGEST_ANSWER
    assert "\n" not in shown(title)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("[x](https://evil.example)", r"\[x\](https://evil.example)"),
        ("<@1> <#2> <t:3:R>", r"\<@1> \<#2> \<t:3:R>"),
        (r"\*a*", r"\\\*a\*"),
        ("see https://a_b.example/c_d_e, please", "see https://a_b.example/c_d_e, please"),
    ],
)
def test_words_from_outside_are_shown_as_they_are_typed(typed: str, seen: str) -> None:
    assert inert(typed) == seen


def test_a_blogs_words_in_an_error_mark_nothing_and_ours_do() -> None:
    assert (
        words_of(NotUnderstood("The blog says [x](https://e.example).")) == r"The blog says \[x\](https://e.example)."
    )
    assert words_of(CommonthreadError("Say `/blog connect` again.")) == "Say `/blog connect` again."


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a.example/ b", "https://a.example/>x", "", "https://" + "a" * 300]
)
def test_what_is_no_address_is_not_linked(url: str) -> None:
    assert linked(url) == ""


def test_many_lines_are_cut_at_a_line() -> None:
    words = "\n".join(f"line {number} of many" for number in range(500))
    cut = fitting(words)
    assert utf16(cut) <= LONGEST_ANSWER
    assert cut.splitlines()[-1] == "…"
    assert cut.splitlines()[-2].endswith("of many")
    assert fitting("short") == "short"
    assert utf16(fitting("😀" * 1999)) <= LONGEST_ANSWER


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(" blog.example ", "https://blog.example"), ("<http://a.example>", "http://a.example"), ("ftp://x", "ftp://x")],
)
def test_an_address_needs_no_scheme(typed: str, meant: str) -> None:
    assert address(typed) == meant


@pytest.mark.parametrize("typed", ["", "  ", "two words"])
def test_words_are_no_address(typed: str) -> None:
    with pytest.raises(CommonthreadError, match="web address"):
        address(typed)


def test_the_list_names_what_needs_somebody() -> None:
    rests = replace(CONNECTED, serving=Serving.RESTING, why="At [x](y) is another blog.")
    lines = list_words(
        [(Condition(CONNECTED, None, AccountState.SEALED), None), (Condition(rests, None, AccountState.NONE), None)]
    ).splitlines()
    assert lines[0].startswith(r"- **A \*blog\*** <https://blog.example> in <#3>: ")
    assert "give it anew with `/blog account`" in lines[0]
    assert r"**rests**: At \[x\](y) is another blog." in lines[1]
    assert "No blog is mirrored" in list_words([])


def test_settings_are_shown_by_the_names_of_their_options() -> None:
    words = settings_words(CONNECTED, changed=False)
    for option in ("channel", "style", "relay", "relay-status", "uploads", "first-posts", "moderators"):
        assert f"`{option}` " in words
    assert "changed there" in settings_words(replace(CONNECTED, from_settings=True), changed=False)


def test_changes_touch_what_they_name_alone() -> None:
    before = Settings(moderators=ChannelId(5))
    assert Changes().named == ()
    assert Changes(relay=RelayMode.OFF).of(before) == replace(before, relay=RelayMode.OFF)
    assert Changes(uploads=False, approve=False).of(before) == replace(before, uploads=False, approve=False)
    assert Changes(quiet=True).of(before) == replace(before, moderators=None)


@pytest.mark.parametrize(
    ("blog", "post", "meant"),
    [
        (None, "7:12", ("7", "12")),
        ("3", "7:12", ("3", "7:12")),
        (None, "Part 2: the end", (None, "Part 2: the end")),
        (None, "12", (None, "12")),
        (None, None, (None, None)),
        (None, "7:", (None, "7:")),
    ],
)
def test_a_value_may_name_blog_and_post(
    blog: str | None, post: str | None, meant: tuple[str | None, str | None]
) -> None:
    assert split(blog, post) == meant
