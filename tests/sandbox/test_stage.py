"""The stage's server: who may speak to it, what it pushes, what acts come to.

Does not open a browser (test_demo_chromium.py does).
"""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio
import yarl

from bot.demo.stage import StageServer, seed
from bot.demo.stage.loopback_blog import LoopbackBlogSource
from bot.demo.stage.loopback_discord import LoopbackDiscordSource
from bot.demo.stage.server import own_hosts, policy
from bot.demo.stage.sources import BlogState, Json, Nudge
from bot.sandbox.discord import Guild, LoopbackDiscord, Member
from bot.sandbox.wordpress import LoopbackBlog

PATIENCE = 5.0


@dataclass
class StageScene:
    blog: LoopbackBlog
    discord: LoopbackDiscord
    guild: Guild
    members: list[Member]
    stage: StageServer
    browser: aiohttp.ClientSession
    posts: list[int]
    thread: int
    rows: list[Json] = field(default_factory=list)

    async def act(self, **act: object) -> tuple[int, Json]:
        async with self.browser.post(f"{self.stage.url}act", json=act) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[StageScene]:
    async with LoopbackBlog(seed.TITLE) as blog, LoopbackDiscord() as discord, aiohttp.ClientSession() as browser:
        posts = seed.seed_blog(blog)
        guild, forum, _, members = await seed.seed_discord(discord)
        thread = await discord.start_post(members[0], forum, "A thread", "Its head", [forum.tags[0].id])
        rows: list[Json] = []

        async def map_rows() -> list[Json]:
            return list(rows)

        chat = LoopbackDiscordSource(discord, guild, members)
        page = LoopbackBlogSource(blog, title=seed.TITLE, tagline=seed.TAGLINE, writers=seed.WRITERS)
        async with StageServer(chat, page, map_rows) as stage:
            yield StageScene(blog, discord, guild, members, stage, browser, posts, thread.id, rows)


class Stream:
    """Reads Server-Sent Events: (event, data) at a time."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, Json]:
        async with asyncio.timeout(PATIENCE):
            name = ""
            while line := (await self._response.content.readline()).decode():
                if line.startswith("event: "):
                    name = line[7:].strip()
                elif line.startswith("data: "):
                    return name, json.loads(line[6:])
        raise AssertionError("the stream ended")

    async def part(self, key: str) -> Json | list[Json] | None:
        """The next value of a part."""
        while True:
            _, parts = await self.next()
            if key in parts:
                value: Json | list[Json] | None = parts[key]
                return value


@pytest_asyncio.fixture
async def stream(scene: StageScene) -> AsyncIterator[Stream]:
    async with scene.browser.get(f"{scene.stage.url}events", timeout=aiohttp.ClientTimeout(sock_read=30)) as response:
        assert response.content_type == "text/event-stream"
        yield Stream(response)


# --- who may speak to it ----------------------------------------------------------------------------------------


async def test_the_page_and_its_files_load_nothing_foreign(scene: StageScene) -> None:
    async with scene.browser.get(scene.stage.url) as answer:
        page = await answer.text()
        allowed = answer.headers["Content-Security-Policy"]
    assert "<title>Commonthread" in page
    assert "default-src 'none'" in allowed
    assert "unsafe" not in allowed
    assert "https:" not in allowed
    assert f"img-src 'self' {scene.blog.url};" in allowed
    assert "*" not in allowed
    for name in ("app.js", "style.css", "icon.svg"):
        async with scene.browser.get(scene.stage.url + name) as answer:
            assert answer.status == 200
            assert "http://" not in (await answer.text()).replace("http://www.w3.org/", "")


@pytest.mark.parametrize("path", ["../server.py", "%2e%2e/server.py", "server.py", "page/index.html", "style.css/"])
async def test_only_the_page_is_served(scene: StageScene, path: str) -> None:
    async with scene.browser.get(f"{scene.stage.url}{path}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("path", ["", "app.js", "events"])
async def test_a_rebound_host_name_is_refused(scene: StageScene, path: str) -> None:
    async with scene.browser.get(scene.stage.url + path, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
        assert "Marginalia" not in await answer.text()


async def test_localhost_is_this_machine_too(scene: StageScene) -> None:
    port = scene.stage.url.rstrip("/").rpartition(":")[2]
    async with scene.browser.get(scene.stage.url, headers={"Host": f"localhost:{port}"}) as answer:
        assert answer.status == 200
    async with scene.browser.get(scene.stage.url, headers={"Host": "localhost:1"}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    ("url", "pictures"),
    [
        ("https://blog.example", "img-src 'self';"),
        ("http://127.0.0.1.blog.example", "img-src 'self';"),
        ("http://127.0.0.1@blog.example/", "img-src 'self';"),
        ("http://0.0.0.0:80", "img-src 'self';"),
        ("http://169.254.169.254/", "img-src 'self';"),
        ("", "img-src 'self';"),
        ("http://127.0.0.1:8080/blog", "img-src 'self' http://127.0.0.1:8080;"),
        ("http://me:word@localhost:8080/blog;x", "img-src 'self' http://localhost:8080;"),
    ],
)
def test_pictures_come_from_a_blog_on_this_machine_and_its_port_alone(url: str, pictures: str) -> None:
    assert pictures in policy(url)
    assert "*" not in policy(url)


def test_the_port_of_http_itself_may_be_left_out() -> None:
    assert own_hosts(80) == {"127.0.0.1", "localhost", "127.0.0.1:80", "localhost:80"}
    assert own_hosts(8080) == {"127.0.0.1:8080", "localhost:8080"}


async def test_a_host_without_a_port_is_refused_on_other_ports(scene: StageScene) -> None:
    for headers in ({"Host": "localhost"}, {"Origin": "http://localhost"}):
        async with scene.browser.get(scene.stage.url, headers=headers) as answer:
            assert answer.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_foreign_page_may_neither_act_nor_listen(scene: StageScene, headers: dict[str, str]) -> None:
    before = len(scene.blog.comments(scene.posts[0]))
    act = {"side": "blog", "kind": "comment", "post": scene.posts[0], "text": "hi", "author": "Eve"}
    async with scene.browser.post(f"{scene.stage.url}act", json=act, headers=headers) as answer:
        assert answer.status == 403
    async with scene.browser.get(f"{scene.stage.url}events", headers=headers) as answer:
        assert answer.status == 403
    assert len(scene.blog.comments(scene.posts[0])) == before


async def test_an_act_must_be_json_of_bounded_size(scene: StageScene) -> None:
    url = f"{scene.stage.url}act"
    body = json.dumps({"side": "blog", "kind": "publish", "title": "t", "text": "x"})
    async with scene.browser.post(url, data=body, headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 415
    async with scene.browser.post(url, data="{", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400
    async with scene.browser.post(url, json={"side": "blog", "text": "x" * 100_000, "kind": "publish"}) as answer:
        assert answer.status == 413
    assert (await scene.act(side="moon", kind="comment"))[0] == 400
    assert (await scene.act(side="blog"))[0] == 400


Door = tuple[str, str, dict[str, str], bytes, int]
"""Method, path, headers, body, and the status that each is answered with."""

JSON = {"Content-Type": "application/json"}
ACT = b'{"side":"blog","kind":"publish","title":"By a stranger","text":"Words."}'

HOSTS = (
    *("evil.example", "127.0.0.1.evil.example", "localhost:1", "[::1]:{port}", "0.0.0.0:{port}", "127.0.0.1.:{port}"),
    *("127.0.0.1", "127.0.0.1:{port}.evil.example"),
)
ORIGINS = (
    *("null", "https://127.0.0.1:{port}", "file://", "http://evil.example", "http://localhost", ""),
    "http://127.0.0.1:{port}@evil.example",
)
KINDS = (
    *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "text/json", "*/*"),
    "application/json5",
)
PATHS = (
    *("../server.py", "%2e%2e%2fserver.py", "..%5cserver.py", "app.js%00.css", "%2fetc%2fpasswd", "page/../server.py"),
    *("app.js/..", ".git", "index.html~"),
)
DOORS: list[Door] = [
    *(("POST", "act", {**JSON, "Host": host}, ACT, 403) for host in HOSTS),
    *(("POST", "act", {**JSON, "Origin": origin}, ACT, 403) for origin in ORIGINS),
    *(("POST", "act", {**JSON, "Sec-Fetch-Site": site}, ACT, 403) for site in ("cross-site", "same-site", "other")),
    *(("POST", "act", {"Content-Type": kind}, ACT, 415) for kind in KINDS),
    ("POST", "act", {}, ACT, 415),
    ("POST", "act", JSON, b" " * 70_000 + ACT, 413),
    ("POST", "act", {**JSON, "Content-Encoding": "gzip"}, ACT, 415),
    ("POST", "act", {**JSON, "Content-Encoding": "deflate"}, zlib.compress(b" " * 10**7), 415),
    *((method, "act", JSON, ACT, 405) for method in ("PUT", "DELETE", "PATCH", "OPTIONS")),
    ("GET", "act", {}, b"", 404),
    ("POST", "", JSON, ACT, 405),
    ("POST", "events", JSON, ACT, 405),
    ("POST", "act/", JSON, ACT, 404),
    *(("GET", path, {}, b"", 404) for path in PATHS),
]
"""All that somebody else's page, another name of this machine, or a client of one's own might try."""


async def test_every_door_that_is_not_the_pages_own_is_closed(scene: StageScene) -> None:
    port = scene.stage.url.rstrip("/").rpartition(":")[2]
    before = scene.blog.posts[:]
    for method, path, headers, body, wanted in DOORS:
        sent = {"Connection": "close"} | {name: value.replace("{port}", port) for name, value in headers.items()}
        url = yarl.URL(scene.stage.url + path, encoded=True)
        skipped = () if "Content-Type" in sent else ("Content-Type",)
        async with scene.browser.request(
            method, url, data=body or None, headers=sent, skip_auto_headers=skipped, allow_redirects=False
        ) as answer:
            assert answer.status == wanted, (method, path, headers)
            assert answer.headers["X-Content-Type-Options"] == "nosniff", (method, path, headers)
            assert set(await answer.json()) == {"error"}, (method, path, headers)
    assert scene.blog.posts == before
    print(f"\n{len(DOORS)} doors tried, 0 open")


ODD_BODIES = {
    "deep lists": b"[" * 50_000,
    "deep objects": b'{"kind":' * 8_000,
    "deep inside": b'{"side":"blog","kind":"comment","post":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "a list": b"[]",
    "a word": b'"comment"',
    "a number": b"1" * 4_000,
    "a longer number": b"1" * 60_000,
    "nothing": b"",
    "null": b"null",
    "not a number": b'{"side":"blog","kind":"comment","post":NaN}',
    "infinity": b'{"side":"blog","kind":"comment","post":-Infinity}',
    "an endless fraction": b'{"side":"blog","kind":1e999999}',
    "bad UTF-8": b'{"side":"blog","kind":"comment\xff"}',
    "UTF-16": '{"side":"blog","kind":"comment"}'.encode("utf-16"),
    "two objects": b'{"side":"blog","kind":"comment"}{}',
    "a kind that is none": b'{"side":"blog","kind":{"a":1}}',
}


async def test_an_act_that_is_none_is_told_so_in_a_sentence(scene: StageScene) -> None:
    told = {"error": "An act is an object with a side and a kind."}
    for charset in ("", "; charset=utf-8", "; charset=hex", "; charset=utf-7", "; charset=no-such"):
        headers = {"Content-Type": f"application/json{charset}"}
        for what, body in ODD_BODIES.items():
            async with scene.browser.post(f"{scene.stage.url}act", data=body, headers=headers) as answer:
                assert (answer.status, await answer.json()) == (400, told), (what, charset)


ODD_VALUES: tuple[object, ...] = (
    *(None, True, 0, -1, 2**63, 10**4000, 1e308, 0.5),
    *("", " ", "x" * 30_000, "\ud800", "a\udfffb", "\x00", "\x1b[31m", "\u202e", "9" * 5_000, "\u0661"),
    *([], ["1"], {}, {"id": 1}, [[[]]]),
)
ACTS = {
    "blog": {
        "comment": ("post", "text", "author"),
        "reply": ("post", "parent", "text", "author"),
        "edit": ("comment", "text"),
        "delete": ("comment",),
        "status": ("comment", "status"),
        "publish": ("title", "text"),
        "edit_post": ("post", "title", "text"),
        "no such act": (),
    },
    "discord": {
        "comment": ("place", "member", "text"),
        "reply": ("place", "member", "text", "reply_to"),
        "edit": ("place", "member", "message", "text"),
        "react": ("place", "member", "message", "emoji"),
        "delete": ("place", "member", "message"),
        "no such act": (),
    },
}
EVERY_ACT = [(side, kind) for side, kinds in ACTS.items() for kind in kinds]


@pytest.mark.parametrize(("side", "kind"), EVERY_ACT)
async def test_an_act_of_odd_parts_is_done_or_refused_in_a_sentence(
    scene: StageScene, stream: Stream, side: str, kind: str
) -> None:
    """And the page goes on being told of everything."""
    comment = scene.blog.comments(scene.posts[0])[0].id
    member = scene.members[0].id
    right = {"post": scene.posts[0], "comment": comment, "parent": comment, "author": "Ann", "status": "approved"}
    right |= {"place": scene.thread, "member": member, "message": scene.thread, "reply_to": scene.thread}
    right |= {"text": "words", "title": "words", "emoji": "✅"}
    await stream.next()
    fields = ACTS[side][kind]
    for odd in [(name, value) for name in fields for value in ODD_VALUES] or [("post", 1)]:
        act = {"side": side, "kind": kind} | {name: right[name] for name in fields} | dict([odd])
        status, answer = await scene.act(**act)
        assert status in (200, 422), (odd, status)
        assert status == 200 or re.match(r"[A-Z]\w* .*\w\.?$", answer["error"]), answer
    await scene.act(side="discord", kind="comment", place=scene.thread, member=member, text="still told")
    while "still told" not in str(await stream.part(f"place:{scene.thread}")):
        pass


# --- what it pushes ---------------------------------------------------------------------------------------------


async def test_the_first_event_holds_everything(scene: StageScene, stream: Stream) -> None:
    name, parts = await stream.next()
    assert name == "whole"
    blog, post = parts["blog"], parts[f"post:{scene.posts[0]}"]
    assert (blog["title"], blog["writable"]) == ("Marginalia", True)
    assert blog["posts"] == [str(post_id) for post_id in scene.posts]
    assert post["author"] == "Ines Okafor-Lind"
    assert len(post["comments"]) >= 20
    assert parts["discord"]["guild"] == "The Reading Room"
    assert [member["moderator"] for member in parts["discord"]["members"]] == [True, False, False]
    thread = next(thread for thread in parts["discord"]["threads"] if thread["id"] == str(scene.thread))
    assert (thread["tags"], thread["count"]) == (["Essays"], 0)
    assert parts[f"place:{scene.thread}"][0]["content"] == "Its head"
    assert parts["map"] == []


async def test_only_what_changed_is_sent(scene: StageScene, stream: Stream) -> None:
    await stream.next()
    scene.blog.comment(scene.posts[1], "one more", author_name="Ann")
    name, parts = await stream.next()
    assert name == "parts"
    assert set(parts) == {f"post:{scene.posts[1]}"}
    assert parts[f"post:{scene.posts[1]}"]["comments"][-1]["author"] == "Ann"


async def test_a_burst_is_one_message(scene: StageScene, stream: Stream) -> None:
    await stream.next()
    for number in range(50):
        scene.blog.comment(scene.posts[1], f"burst {number}")
    _, parts = await stream.next()
    assert [c["source"] for c in parts[f"post:{scene.posts[1]}"]["comments"]][-50:] == [f"burst {n}" for n in range(50)]


async def test_what_is_gone_is_sent_as_null(scene: StageScene, stream: Stream) -> None:
    await stream.next()
    scene.blog.trash_post(scene.posts[2])
    assert await stream.part(f"post:{scene.posts[2]}") is None


async def test_the_map_is_looked_at_by_itself_and_ids_are_text(scene: StageScene, stream: Stream) -> None:
    await stream.next()
    scene.rows.append({"thread_id": 1 << 62, "message_id": (1 << 62) + 1, "post_id": "3", "comment_id": 7, "part": 0})
    shown = await stream.part("map")
    assert isinstance(shown, list)
    assert shown[0]["message_id"] == str((1 << 62) + 1)
    assert (shown[0]["comment_id"], shown[0]["parent_id"]) == ("7", None)


async def test_leaving_the_stage_ends_open_streams() -> None:
    async with LoopbackBlog("b") as blog, LoopbackDiscord() as discord, aiohttp.ClientSession() as browser:
        guild = discord.add_guild(name="g")

        async def map_rows() -> list[Json]:
            return []

        stage = StageServer(LoopbackDiscordSource(discord, guild, []), LoopbackBlogSource(blog, title="b"), map_rows)
        async with stage:
            response = await browser.get(f"{stage.url}events")
            await Stream(response).next()
        async with asyncio.timeout(PATIENCE):
            assert b"event: parts" not in await response.content.read()


class Windowed:
    """A blog that is only looked at."""

    writable = False

    def __init__(self) -> None:
        self.broken = False
        self.title = "Far away"
        self.nudges: list[Nudge] = []

    async def snapshot(self) -> BlogState:
        if self.broken:
            raise OSError("the blog is away")
        return {"title": self.title, "posts": [], "notice": "Only a window."}

    async def act(self, act: Json) -> Json:
        raise AssertionError("a blog that is not writable is never asked to act")

    def on_change(self, nudge: Nudge) -> None:
        self.nudges.append(nudge)


async def test_a_blog_that_is_only_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    far = Windowed()
    async with LoopbackDiscord() as discord, aiohttp.ClientSession() as browser:
        guild = discord.add_guild(name="g")

        async def map_rows() -> list[Json]:
            return []

        async with (
            StageServer(LoopbackDiscordSource(discord, guild, []), far, map_rows) as stage,
            browser.get(f"{stage.url}events") as response,
        ):
            stream = Stream(response)
            _, parts = await stream.next()
            assert (parts["blog"]["writable"], parts["blog"]["notice"]) == (False, "Only a window.")
            act = {"side": "blog", "kind": "publish", "title": "t", "text": "x"}
            async with browser.post(f"{stage.url}act", json=act) as answer:
                assert answer.status == 422
            # A side that fails keeps its last picture, and is looked at again.
            far.broken = True
            far.nudges[0]()
            guild.name = "still here"
            discord.add_channel(guild, name="news")
            shown = await stream.part("discord")
            assert isinstance(shown, dict)
            assert shown["guild"] == "still here"
            far.broken, far.title = False, "Back"
            far.nudges[0]()
            blog = await stream.part("blog")
            assert isinstance(blog, dict)
            assert blog["title"] == "Back"
    assert "no new picture of blog" in caplog.text


# --- acts -------------------------------------------------------------------------------------------------------


async def test_a_reader_comments_replies_edits_and_deletes(scene: StageScene) -> None:
    post = str(scene.posts[0])
    status, answer = await scene.act(side="blog", kind="comment", post=post, author="Zoë", text="a <script>x</script>b")
    assert status == 200
    first = scene.blog.get_comment(int(answer["id"]))
    assert (first.author_name, first.parent, first.status) == ("Zoë", 0, "approved")
    assert "<script" not in first.raw
    _, answer = await scene.act(side="blog", kind="reply", post=post, parent=str(first.id), author="Zoë", text="more")
    assert scene.blog.get_comment(int(answer["id"])).parent == first.id
    assert scene.blog.get_comment(int(answer["id"])).author_email == first.author_email
    await scene.act(side="blog", kind="edit", comment=str(first.id), text="changed <b>now</b>")
    assert scene.blog.get_comment(first.id).raw == "changed <b>now</b>"
    await scene.act(side="blog", kind="status", comment=str(first.id), status="hold")
    assert scene.blog.get_comment(first.id).status == "hold"
    await scene.act(side="blog", kind="delete", comment=str(first.id))
    status, answer = await scene.act(side="blog", kind="edit", comment=str(first.id), text="too late")
    assert (status, answer["error"]) == (422, "That comment is no longer there.")


async def test_a_post_is_published_and_changed(scene: StageScene) -> None:
    _, answer = await scene.act(side="blog", kind="publish", title="New", text="Words")
    assert scene.blog.posts[-1].id == int(answer["id"])
    await scene.act(side="blog", kind="edit_post", post=answer["id"], title="Newer", text="Other words")
    assert (scene.blog.posts[-1].title, scene.blog.posts[-1].html) == ("Newer", "Other words")


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "comment", "author": "Zoë", "text": "  "},
        {"kind": "comment", "author": "Zoë", "text": 7},
        {"kind": "comment", "author": "", "text": "x"},
        {"kind": "comment", "author": "Zoë" * 50, "text": "x"},
        {"kind": "comment", "author": "Zoë", "text": "x", "post": "99"},
        {"kind": "comment", "author": "Zoë", "text": "x", "post": "²"},
        {"kind": "reply", "author": "Zoë", "text": "x", "parent": "9999"},
        {"kind": "status", "comment": "1", "status": "spam"},
        {"kind": "set_on_fire"},
    ],
)
async def test_a_blog_refuses_in_words(scene: StageScene, act: Json) -> None:
    status, answer = await scene.act(**({"side": "blog", "post": str(scene.posts[0])} | act))
    assert status == 422
    assert answer["error"].endswith(".")


async def test_a_member_writes_replies_edits_reacts_and_deletes(scene: StageScene, stream: Stream) -> None:
    await stream.next()
    who = {"side": "discord", "place": str(scene.thread), "member": str(scene.members[1].id)}
    _, first = await scene.act(**who, kind="comment", text="**hello**")
    _, second = await scene.act(**who, kind="reply", text="again", reply_to=first["id"])
    messages = {message["id"]: message for message in scene.discord.messages(scene.thread)}
    assert messages[second["id"]]["message_reference"]["message_id"] == first["id"]
    await scene.act(**who, kind="edit", message=first["id"], text="hello")
    await scene.act(**who, kind="react", message=first["id"], emoji="👍")
    shown: Json = {}
    while not shown.get("reactions"):
        part = await stream.part(f"place:{scene.thread}")
        assert isinstance(part, list)
        shown = next(message for message in part if message["id"] == first["id"])
    assert (shown["content"], shown["edited"], shown["author"]) == ("hello", True, "Tobias Ø")
    assert shown["reactions"] == [{"emoji": "👍", "count": 1, "members": [str(scene.members[1].id)]}]
    await scene.act(**who, kind="react", message=first["id"], emoji="👍")
    assert not scene.discord.messages(scene.thread)[1].get("reactions")
    await scene.act(**who, kind="delete", message=second["id"])
    assert [message["id"] for message in scene.discord.messages(scene.thread)][1:] == [first["id"]]


async def test_a_member_meets_the_rules_of_discord(scene: StageScene) -> None:
    thread = str(scene.thread)
    mine, other = str(scene.members[1].id), str(scene.members[2].id)
    _, sent = await scene.act(side="discord", kind="comment", place=thread, member=mine, text="mine")
    status, answer = await scene.act(
        side="discord", kind="edit", place=thread, member=other, message=sent["id"], text="no"
    )
    assert status == 422
    assert "another user" in answer["error"]
    status, _ = await scene.act(side="discord", kind="delete", place=thread, member=other, message=sent["id"])
    assert status == 422
    status, answer = await scene.act(side="discord", kind="comment", place=thread, member=mine, text="x" * 2001)
    assert (status, answer["error"]) == (422, "Discord refuses: Must be 2000 or fewer in length.")
    stranger = str(scene.guild.owner_id)
    status, _ = await scene.act(side="discord", kind="comment", place=thread, member=stranger, text="x")
    assert status == 422
    status, _ = await scene.act(side="discord", kind="comment", place="1", member=mine, text="x")
    assert status == 422


async def test_a_relayed_comment_and_a_thread_from_a_message_are_shown_as_such(
    scene: StageScene, stream: Stream
) -> None:
    jump = f"https://discord.com/channels/{scene.guild.id}/{scene.thread}/{scene.thread}"
    scene.blog.comment(scene.posts[1], "relayed", author_name="Ann", author_url=jump)
    lounge = next(channel for channel in scene.guild.channels.values() if channel.name == "lounge")
    head = await scene.discord.post(scene.members[0], lounge, "an announcement")
    thread = await scene.discord.start_thread(scene.members[0], head, "talk")
    parts: Json = {}
    while f"place:{thread.id}" not in parts or not parts[f"post:{scene.posts[1]}"]["comments"][-1]["by_bot"]:
        parts |= (await stream.next())[1]
    assert [message["content"] for message in parts[f"place:{thread.id}"]] == ["an announcement"]
    who = {"side": "discord", "place": str(thread.id), "member": str(scene.members[0].id)}
    status, _ = await scene.act(**who, kind="edit", message=str(head.id), text="an announcement, mended")
    assert (status, head.content) == (200, "an announcement, mended")


async def test_the_seed_is_deep_varied_and_free_of_orphans() -> None:
    async with LoopbackBlog("b") as blog:
        posts = seed.seed_blog(blog)
        comments = {comment.id: comment for comment in blog.comments(posts[0])}

    def depth(comment_id: int) -> int:
        parent = comments[comment_id].parent
        return 1 + (depth(parent) if parent else 0)

    assert len(posts) == 3
    assert max(map(depth, comments)) >= 7
    assert len({comment.author_name for comment in comments.values()}) >= 7
    together = "".join(comment.raw for comment in comments.values())
    assert all(mark in together for mark in ("<blockquote>", "<a href=", "<code>", "1. "))
    assert any(not comment.author_name.isascii() for comment in comments.values())


async def test_writers_have_one_name_on_the_page_and_in_what_the_blog_tells_others(scene: StageScene) -> None:
    async with scene.browser.get(f"{scene.blog.rest}wp/v2/posts", params={"_embed": "author"}) as answer:
        posts = await answer.json()
    told = {post["id"]: post["_embedded"]["author"][0]["name"] for post in posts}
    source = LoopbackBlogSource(scene.blog, title=seed.TITLE, writers=seed.WRITERS)
    shown = {int(post["id"]): post["author"] for post in (await source.snapshot())["posts"]}
    assert told == shown
    assert set(told.values()) <= set(seed.WRITERS.values())
