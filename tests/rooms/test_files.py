"""Members' files on their way to the media library, in a world without a network: carried once, shown, taken away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.domain import Attached, AttachmentId, MediaId, MessageId
from bot.core.errors import Refused, Unanswered
from bot.ports import File, Media
from bot.sync.relaying.compose import TOMBSTONE_HTML
from bot.sync.relaying.files import KINDS, LARGEST, is_fit, name_of
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredMedia
from tests.support.pictures import noted, picture

MAY = {"upload_files", "delete_posts"}
CAT = {"cat.png": picture("a cat")}


@asynccontextmanager
async def answered(files: dict[str, bytes], words: str = "beta") -> AsyncIterator[tuple[Scene, MessageId]]:
    """A comment, and a member's reply to it with files, that the bot has not heard of yet."""
    async with scene() as s:
        s.blog.capabilities = set(MAY)
        alpha = s.comment("alpha")
        await s.quiet()
        yield s, s.say(words, s.mirror(alpha).id, files=files)


def html(s: Scene, message: MessageId) -> str:
    relay = s.relay(message)
    assert relay is not None
    return relay.html


def library(s: Scene) -> list[StoredMedia]:
    return list(s.blog.media.values())


async def uploads(s: Scene, message: MessageId) -> list[AttachmentId]:
    (place, *_) = await s.world.places()
    return list(await s.world.store.uploads(place, message))


async def test_a_file_is_on_the_blog_under_the_comments_words() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        (media,) = library(s)
        assert media.content == picture("a cat")
        assert f'<a href="{media.url}">[picture: cat.png]</a>' in html(s, message)
        assert "discord.com" not in html(s, message)


async def test_files_alone_are_a_comment_too() -> None:
    async with answered({"cat.png": picture("a cat"), "talk.jpg": picture("pages")}, words="") as (s, message):
        await s.quiet()
        assert [one.content for one in library(s)] == [picture("a cat"), picture("pages")]
        assert all(one.url in html(s, message) for one in library(s))


async def test_a_spoiler_stays_one_and_its_name_gives_nothing_away() -> None:
    async with answered({"SPOILER_the-gardener.png": picture("who did it")}) as (s, message):
        await s.quiet()
        (media,) = library(s)
        assert "marked as spoiler" in html(s, message)
        assert "gardener" not in media.url + media.slug + html(s, message)


@pytest.mark.parametrize("lacking", sorted(MAY))
async def test_without_the_capability_there_is_a_link_to_the_message(lacking: str) -> None:
    async with answered(CAT) as (s, message):
        s.blog.capabilities -= {lacking}
        await s.quiet()
        assert not library(s)
        assert "[picture: cat.png] (<a" in html(s, message)
        assert f"/{message}" in html(s, message)


async def test_where_moderators_see_messages_first_no_file_is_public_before() -> None:
    async with scene(approve=False) as s:
        s.blog.capabilities = set(MAY)
        alpha = s.comment("alpha")
        await s.quiet()
        message = s.say("beta", s.mirror(alpha).id, files=CAT)
        await s.quiet()
        assert s.relay(message) is not None
        assert not library(s)


async def test_what_the_blog_does_not_take_is_a_link_and_is_offered_once() -> None:
    async with answered({"a.gif": noted("GIF"), "cat.png": picture("a cat")}) as (s, message):
        s.blog.untaken = {"gif"}
        await s.quiet()
        (media,) = library(s)
        assert media.url in html(s, message)
        assert "[picture: a.gif] (<a" in html(s, message)
        s.blog.untaken = set()
        s.chat.member_edits(message, "gamma")
        await s.quiet()
        assert "gamma" in html(s, message)
        assert library(s) == [media], "refused is refused"


@pytest.mark.parametrize(
    "name",
    [
        "page.html",
        "logo.svg",
        "run.exe",
        "a.php",
        "script.js",
        "noending",
        "style.css",
        "talk.pdf",
        "a.zip",
        "walk.mp4",
        "song.mp3",
        "table.csv",
        "letter.docx",
        "photo.heic",
    ],
)
async def test_what_is_called_no_picture_is_not_offered(name: str) -> None:
    async with answered({name: b"<script>"}) as (s, message):
        await s.quiet()
        assert not library(s)
        assert re.search(rf"\[\w+: {re.escape(name)}\] \(<a", html(s, message))
        assert not await uploads(s, message)


async def test_an_edit_of_the_words_keeps_the_file() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        (media,) = library(s)
        s.chat.member_edits(message, "gamma")
        await s.quiet()
        assert library(s) == [media]
        assert "gamma" in html(s, message)
        assert media.url in html(s, message)


async def test_a_file_taken_off_its_message_leaves_the_blog() -> None:
    async with answered({"cat.png": picture("a cat"), "dog.png": picture("a dog")}) as (s, message):
        await s.quiet()
        s.chat.member_removes_file(message, "cat.png")
        await s.quiet()
        (media,) = library(s)
        assert media.content == picture("a dog")
        assert "cat" not in html(s, message)
        assert media.url in html(s, message)


async def test_the_file_goes_with_its_message() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        s.chat.delete_messages(message)
        await s.quiet()
        relay = s.relay(message)
        assert relay is not None
        assert relay.status == "trash"
        assert not library(s)
        assert not await uploads(s, message)


async def test_the_file_goes_where_a_tombstone_stays() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        s.comment("delta", s.relay(message))
        await s.quiet()
        s.chat.delete_messages(message)
        await s.quiet()
        assert html(s, message) == TOMBSTONE_HTML
        assert not library(s)


async def test_the_file_goes_though_the_blogs_moderators_took_the_comment_before() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        relay = s.relay(message)
        assert relay is not None
        s.blog.set_status(relay.id, "trash")
        await s.quiet()
        assert library(s), "the comment may come back, and shows it then"
        s.chat.delete_messages(message)
        await s.quiet()
        assert not library(s)


async def test_a_file_outlives_its_comment_only_as_long_as_its_message_stands() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        relay = s.relay(message)
        assert relay is not None
        s.blog.force_delete(relay.id)
        await s.quiet()
        assert library(s)
        s.chat.delete_messages(message)
        await s.quiet()
        assert not library(s)


async def test_a_file_taken_off_a_message_goes_though_its_comment_was_taken_down() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        relay = s.relay(message)
        assert relay is not None
        s.blog.set_status(relay.id, "trash")
        await s.quiet()
        s.chat.member_removes_file(message, next(iter(CAT)))
        await s.quiet()
        assert not library(s)


async def test_a_refused_comment_leaves_no_file() -> None:
    async with answered(CAT) as (s, message):
        s.blog.posts[s.post].open = False
        await s.quiet()
        assert s.relay(message) is None
        assert not library(s)
        assert not await uploads(s, message)


async def test_a_message_deleted_before_it_left_leaves_no_file() -> None:
    """The file had arrived, the comment not yet."""
    async with answered(CAT) as (s, message):
        s.world.faults.arm("blog", *[Fault.SLOW] * 3, Fault.UNAVAILABLE)
        await s.world.work(poll=False)
        assert library(s)
        assert s.relay(message) is None
        s.chat.delete_messages(message)
        await s.quiet()
        assert s.relay(message) is None
        assert not library(s)
        assert not await uploads(s, message)


async def test_a_file_that_never_comes_through_does_not_keep_the_words() -> None:
    async with answered(CAT) as (s, message):

        async def broken(_: object) -> None:
            raise Refused("Too large for the wall before it.", "too_large")

        s.blog.upload = broken  # type: ignore[method-assign,assignment]  # as a proxy with limits of its own
        await s.quiet()
        assert "[picture: cat.png] (<a" in html(s, message)


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.BROKEN, Fault.SILENT, Fault.NONSENSE, Fault.RESET_BEFORE])
@pytest.mark.parametrize("after", range(4))
async def test_trouble_on_the_way_makes_no_second_file(fault: Fault, after: int) -> None:
    async with answered(CAT) as (s, message):
        s.world.faults.arm("blog", *[Fault.SLOW] * after, fault)
        await s.world.work(poll=False)
        s.world.clock.advance(10_000)
        await s.quiet()
        (media,) = library(s)
        assert media.url in html(s, message)


async def killed_at(s: Scene, at: int) -> bool:
    """Work on what was said, killed at one of the awaits. -> whether there is such an await."""
    s.world.faults.kill_in = at
    await s.world.work(poll=False)
    s.world.faults.kill_in = None
    return s.world.faults.injected["kill -9"] == 1


async def test_killed_at_each_await_there_is_one_file_and_none_after_the_deletion() -> None:
    at, there = 0, True
    while there:
        async with answered(CAT) as (s, message):
            there = await killed_at(s, at)
            await s.quiet()
            (media,) = library(s)
            assert media.url in html(s, message), f"killed at {at}"
            s.chat.delete_messages(message)
            s.world.faults.injected.clear()
            await killed_at(s, at)
            await s.quiet()
            assert not library(s), f"killed at {at}"
            assert not await uploads(s, message)
        at += 1
    assert at > 25, "the file's way has more steps than that"


async def test_deleted_while_the_bot_was_dead_it_leaves_nothing_whenever_that_died() -> None:
    at, there, left = 0, True, 0
    while there:
        async with answered(CAT) as (s, message):
            there = await killed_at(s, at)
            left += len(library(s))
            s.chat.delete_messages(message)
            s.chat.events = []
            await s.quiet()
            assert not library(s), f"killed at {at}"
            assert not await uploads(s, message)
            relay = s.relay(message)
            assert relay is None or relay.status == "trash"
        at += 1
    assert left > 5, "no kill came after the upload"


@pytest.mark.parametrize("blog", [True, False])
async def test_after_a_while_the_words_go_without_the_file(blog: bool) -> None:
    """Whatever is broken on the file's way alone, for ever."""
    async with answered(CAT) as (s, message):
        side = s.blog if blog else s.chat
        name = "upload" if blog else "download"
        whole = getattr(side, name)

        async def breaks(*args: object, **options: object) -> None:
            s.world.faults.arm("blog" if blog else "chat", Fault.SILENT)
            await whole(*args, **options)

        setattr(side, name, breaks)
        await s.quiet()
        assert not library(s)
        assert "[picture: cat.png] (<a" in html(s, message)
        setattr(side, name, whole)
        s.chat.member_edits(message, "gamma")
        await s.quiet()
        (media,) = library(s)
        assert media.url in html(s, message)


async def test_an_account_that_may_no_longer_delete_is_told_to_moderators() -> None:
    async with answered(CAT) as (s, message):
        await s.quiet()
        s.blog.capabilities = {"upload_files"}
        s.chat.delete_messages(message)
        await s.quiet()
        relay = s.relay(message)
        assert relay is not None
        assert relay.status == "trash"
        assert any("delete" in told for told in s.chat.heard)
        s.blog.capabilities = set(MAY)
        await s.world.engine.desk.retry()
        await s.quiet()
        assert not library(s)


async def test_what_was_refused_and_arrived_after_all_goes_with_its_message() -> None:
    """A slow blog: not to be found yet when it is looked for, and then there is no room for a second one."""
    async with answered(CAT) as (s, message):
        whole = s.blog.upload

        async def slow(file: File) -> Media:
            if library(s):
                raise Refused("There is no room left.", "rest_upload_limited_space")
            await whole(file)
            raise Unanswered("The blog failed to answer (504).")

        found = s.blog.find_media

        looks = iter((True, True))  # before the first attempt and before the second

        async def not_yet(key: str) -> Media | None:
            return None if next(looks, False) else await found(key)

        s.blog.upload = slow  # type: ignore[method-assign]
        s.blog.find_media = not_yet  # type: ignore[method-assign]
        await s.quiet()
        assert "[picture: cat.png] (<a" in html(s, message)
        assert library(s)
        s.chat.delete_messages(message)
        await s.quiet()
        assert not library(s)


async def test_a_file_that_cannot_be_deleted_does_not_keep_another_on_the_blog() -> None:
    """The first went into the library under an account that the blog does not have any more."""
    async with answered({"cat.png": picture("a cat"), "dog.png": picture("a dog")}) as (s, message):
        await s.quiet()
        first, second = library(s)
        whole = s.blog.discard

        async def discard(media: MediaId) -> None:
            if media == first.id:
                raise Refused("That is somebody else's.", "rest_cannot_delete")
            await whole(media)

        s.blog.discard = discard  # type: ignore[method-assign,assignment]  # as WordPress does by owner
        s.chat.delete_messages(message)
        await s.quiet()
        assert library(s) == [first], second.url
        assert any("somebody else" in told for told in s.chat.heard)
        s.blog.discard = whole  # type: ignore[method-assign]
        await s.world.engine.desk.retry()
        await s.quiet()
        assert not library(s)
        assert not await uploads(s, message)


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("cat.png", "cat.png"),
        ("../../wp-config.PNG", "wp-config.png"),
        ("a.php.png", "a-php.png"),
        ('q"uo\\te\r\nX: y.jpg', "q-uo-te-X-y.jpg"),
        ("Ärger mit Ümläuten.jpg", "Arger-mit-Umlauten.jpg"),
        ("日本.jpg", "discord-9.jpg"),
        (".png", "discord-9.png"),
        ("x" * 200 + ".png", "x" * 60 + ".png"),
    ],
)
def test_names_are_safe_in_a_header_and_in_an_address(filename: str, name: str) -> None:
    assert name_of(Attached(filename, id=AttachmentId(9), size=1), name.rpartition(".")[2]) == name


def test_what_is_fit_is_known_before_anything_is_downloaded() -> None:
    assert is_fit(Attached("a.PNG", size=LARGEST))
    assert not is_fit(Attached("a.png", size=LARGEST + 1))
    assert not is_fit(Attached("a.png", size=0))
    assert not KINDS & {"svg", "html", "htm", "xhtml", "xml", "js", "mjs", "css", "php", "phar", "swf", "exe", "shtml"}
