"""Plays hostile members and hostile blogs from their descriptions, against the whole bot, beside honest people.

Judges what has to hold whatever they do (``wrongs``). Who they are and what they want stands in ``tests/data/hostile``.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import resource
import time
import unicodedata
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from selectolax.lexbor import LexborHTMLParser

from bot.sandbox.discord import MODERATOR, App, Channel, Guild, LoopbackDiscord, Member, Message, Permission
from bot.sandbox.discord.errors import Unanswered
from bot.sandbox.discord.interactions import COMPONENT, begin, deliver
from bot.sandbox.discord.things import Overwrite
from bot.sandbox.discord.vocabulary import MEMBER
from tests.support.blog_server import Site, listing, serving
from tests.support.many import Many, Place, many
from tests.support.wordpress import WordPress

Json = dict[str, Any]

CASES = Path(__file__).parents[1] / "data" / "hostile"

MOST_BUSY = 3.0
"""Seconds of this process's own work between two breaths of the loop; above it, everybody waits for one blog."""

MOST_MEGABYTES = 200
"""By which the process may grow in one play."""

PATIENCE = 120.0
"""Seconds for everything of one play to become calm."""

TAGS = frozenset({"a", "abbr", "acronym", "b", "blockquote", "br", "cite", "code", "del", "em", "i", "img", "p", "pre"})
TAGS |= {"q", "s", "span", "strike", "strong", "ul", "ol", "li", "h1", "h2", "h3"}
ATTRIBUTES = frozenset({"href", "title", "cite", "datetime", "class", "rel", "start"})
OF_EMOJI = frozenset({"src", "alt", "class", "style", "role", "draggable"})
SCHEMES = ("http://", "https://", "mailto:")


@dataclass(frozen=True, slots=True)
class Hostile:
    """One of them. ``who`` and ``wants`` are sentences; the rest is what they do."""

    name: str
    who: str
    wants: str
    script: Json

    @classmethod
    def all_of(cls, kind: str) -> list[Hostile]:
        """Those of a folder, ``members`` or ``blogs``, by name."""
        found = []
        for path in sorted((CASES / kind).glob("*.json")):
            script = json.loads(path.read_text("utf-8"))
            found.append(cls(path.stem, script.pop("who"), script.pop("wants"), script))
        return found


# ---------------------------------------------------------------- the stage


@dataclass
class Service:
    """Something private on this machine that nobody has let the bot ask, and how often it was asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def private_service() -> AsyncIterator[Service]:
    service, app = Service(), web.Application()

    async def serve(request: web.Request) -> web.Response:
        service.asked.append(request.path_qs)
        return web.Response(text="an inner secret")

    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()


@dataclass
class Pulse:
    """How long the loop was kept from breathing, by the process's own work, and how far the process grew."""

    busy: float = 0.0
    longest: float = 0.0
    megabytes: float = 0.0

    async def beat(self) -> None:
        began = _megabytes()
        while True:
            work, wall = time.process_time(), time.monotonic()
            await asyncio.sleep(0.005)
            self.busy = max(self.busy, time.process_time() - work)
            self.longest = max(self.longest, time.monotonic() - wall)
            self.megabytes = max(self.megabytes, _megabytes() - began)


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


@dataclass
class Play:
    """A server with an honest blog and honest people on it.

    ``strange`` is the channel of a hostile blog, ``cellar`` one that members do not see.
    """

    many: Many
    guild: Guild
    strange: Channel
    cellar: Channel
    honest: Place
    moderator: Member
    ann: Member
    mallory: Member
    post: int
    root: int
    service: Service
    pulse: Pulse
    sent: dict[str, Message] = field(default_factory=dict)
    decided: dict[int, str] = field(default_factory=dict)
    guests: set[int] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    spoken: set[str] = field(default_factory=set)

    @property
    def discord(self) -> LoopbackDiscord:
        return self.many.discord

    @property
    def app(self) -> App:
        return self.many.app

    @property
    def blog(self) -> WordPress:
        return self.honest.blog

    @property
    def thread(self) -> int:
        return self.many.threads(self.honest)[0]

    async def calm(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.many.quiet(self.honest)

    async def relay_of(self, name: str) -> Json | None:
        """The comment that carries a message, whatever the blog makes of it; None before there is one."""
        link = f"/{self.thread}/{self.sent[name].id}"
        for status in ("approve", "hold", "spam", "trash"):
            for one in await self.blog.comments(self.post, status=status):
                if link in str(one.get("author_url", "")):
                    found = await self.blog.get_comment(one["id"])
                    if str(found["author_email"]).endswith(".invalid"):
                        return found
        return None

    async def public(self) -> list[Json]:
        """What strangers read below the honest post."""
        params: dict[str, str | int] = {"post": self.post, "per_page": 100}
        found = await self.blog.exchange("GET", "wp/v2/comments", by=None, params=params)
        assert isinstance(found.data, list), found.text[:200]
        return found.data

    def told(self) -> Iterator[Json]:
        """Everything that the bot and its webhooks say in the server, with whom each has pinged."""
        for place in (*self.guild.channels.values(), *self.guild.threads.values()):
            for message in self.discord.messages(place):
                if message.get("webhook_id") or message["author"]["id"] == str(self.app.user.id):
                    yield message


@asynccontextmanager
async def staged(blog: WordPress, folder: Path, *, strange: Site | None = None, **settings: Any) -> AsyncIterator[Play]:
    """The honest side, mirrored and calm. ``settings`` of the honest blog's subscription."""
    post = (await blog.post("An honest essay", "<p>Words of an honest author.</p>"))["id"]
    root = (await blog.comment(post, "<p>An honest beginning.</p>", author_name="Honest Reader"))["id"]
    async with many(folder) as stage, private_service() as service:
        discord = stage.discord
        guild = discord.add_guild(name="Readers", everyone=MEMBER)
        essays = discord.add_channel(guild, kind="forum", name="essays")
        other = discord.add_channel(guild, kind="forum", name="strange")
        cellar = discord.add_channel(guild, kind="text", name="cellar-of-secrets")
        cellar.overwrites[guild.id] = Overwrite(0, 0, Permission.VIEW_CHANNEL)
        moderator = discord.add_member(guild, name="mo", display_name="Mo Derator", permissions=MODERATOR)
        ann = discord.add_member(guild, name="ann", display_name="Ann")
        mallory = discord.add_member(guild, name="mallory", display_name="Mallory")
        await discord.rejoin(stage.app)
        ports = {int(one.url.rpartition(":")[2]) for one in (blog, strange) if one is not None}

        def admit(host: str, port: int | None) -> bool:
            return host in ("127.0.0.1", "localhost") and port in ports

        pulse = Pulse()
        async with stage.running_bot(admit=admit, POLL_INTERVAL="2"):
            honest = await stage.connect(blog, essays, **settings)
            play = Play(stage, guild, other, cellar, honest, moderator, ann, mallory, post, root, service, pulse)
            await stage.until(lambda: any(one.comment == root for one in stage.mirrors(honest)))
            await play.calm()
            await stage.until(lambda: stage.app.commands.get(guild.id))
            play.secrets |= {stage.app.token, blog.login("bridge")[1], (folder / "many.key").read_text("ascii").strip()}
            beating = asyncio.create_task(pulse.beat())
            try:
                yield play
            finally:
                beating.cancel()


# ---------------------------------------------------------------- members


async def deeds(play: Play, hostile: Hostile) -> None:
    """Everything that a member does, one after the other; all becomes calm after each but those ``at_once``."""
    for deed in hostile.script["deeds"]:
        for _ in range(deed.get("times", 1)):
            await _deed(play, deed)
        if not deed.get("at_once"):
            await play.calm()


async def _deed(play: Play, deed: Json) -> None:
    text = _filled(play, deed.get("text", ""))
    if len(text.strip()) > 12:
        play.spoken.add(text.strip())
    member = {"ann": play.ann, "moderator": play.moderator}.get(deed.get("by", ""), play.mallory)
    match deed["do"]:
        case "name":
            member.nick = text
        case "write" | "reply":
            answered = None if deed["do"] == "write" else _message(play, deed.get("to", "post"))
            files = [(one["name"], one["holds"].encode()) for one in deed.get("files", ())]
            sent = await play.discord.post(member, play.thread, text, reply_to=answered, attachments=files)
            play.sent[deed.get("as", str(sent.id))] = sent
        case "edit":
            await play.discord.edit(member, play.thread, play.sent[deed["message"]], text)
        case "delete":
            await play.discord.delete(member, play.thread, play.sent[deed["message"]])
        case "guest":
            known = {"author_name": deed["name"], "author_url": _filled(play, deed.get("url", ""))}
            made = await play.blog.comment(play.post, text, parent=play.root, **known)
            play.decided[made["id"]] = "approved"
            play.guests.add(made["id"])
        case "blog moderator":
            relay = await play.relay_of(deed["message"])
            assert relay is not None, f"{deed['message']} never reached the blog"
            await play.blog.set_status(relay["id"], deed["makes it"])
            play.decided[relay["id"]] = deed["makes it"]
            if deed.get("unseen by the bot"):
                return
        case "command":
            await _command(play, member, deed)
        case "press":
            await _press(play, member, _filled(play, deed["name"]))
        case other:
            raise AssertionError(f"nobody knows how to {other}")


async def _command(play: Play, member: Member, deed: Json) -> None:
    play.discord.admit(member, deed["words"].split()[0])
    for where in (play.thread, play.strange):
        answer = await play.discord.slash(member, where, deed["words"], deed.get("values", {}))
        assert "This needs the permission" in answer.content, answer.content


async def _press(play: Play, member: Member, name: str) -> None:
    listed = await play.discord.slash(play.moderator, play.strange, "blog list")
    data = {"custom_id": name, "component_type": 2, "values": []}
    used = begin(play.discord.world, play.app, member, play.strange, COMPONENT, data)
    used.source = listed.interaction.original
    try:
        await deliver(play.discord.world, play.discord.hub, used)
    except Unanswered:
        return


def _message(play: Play, name: str) -> int:
    if name == "post":
        return play.thread
    return play.many.message_of(play.honest, play.root) if name == "root" else play.sent[name].id


def _filled(play: Play, text: str) -> str:
    thread = f"https://discord.com/channels/{play.guild.id}/{play.thread}"
    known = {f"jump:{name}": f"{thread}/{message.id}" for name, message in play.sent.items()} | {
        "service": play.service.url,
        "moderator": str(play.moderator.id),
        "ann": str(play.ann.id),
        "guild": str(play.guild.id),
        "thread": str(play.thread),
        "cellar": str(play.cellar.id),
        "subscription": str(play.honest.number),
    }
    return re.sub(r"\{([\w: ]+)\}", lambda found: known.get(found[1], found[0]), text)


# ---------------------------------------------------------------- blogs


@asynccontextmanager
async def hostile_blog(script: Json) -> AsyncIterator[Site]:
    """A site that answers as a WordPress does where its script does not say otherwise."""
    async with serving() as site:
        site.url = site.url.replace("localhost", "127.0.0.1")
        yield site


def furnish(site: Site, script: Json, play: Play) -> None:
    """What the site answers from now on."""
    script = _built(script, site, play)
    posts = [_post(site, number, one) for number, one in enumerate(script.get("posts", [{}]), start=1)]
    comments = [_comment(site, number, one) for number, one in enumerate(script.get("comments", []), start=1)]
    site.answer("/wp/v2/posts", lambda request: _listed(request, posts))
    for one in posts:
        site.answer(f"/wp/v2/posts/{one['id']}", one)
    site.answer("/wp/v2/comments", lambda request: _listed(request, comments))
    for one in comments:
        site.answer(f"/wp/v2/comments/{one['id']}", one)
    for path, answer in script.get("answers", {}).items():
        site.answer(path, lambda _request, answer=answer: _response(answer))


def _built(value: Any, site: Site, play: Play) -> Any:
    """With ``{"text": […]}`` and ``{"repeat": …, "times": …}`` made into the texts that they stand for."""
    if isinstance(value, list):
        return [_built(one, site, play) for one in value]
    if isinstance(value, str):
        return _filled(play, value.replace("{url}", site.url))
    if not isinstance(value, dict):
        return value
    built = {name: _built(one, site, play) for name, one in value.items()}
    if set(built) == {"repeat", "times"}:
        return built["repeat"] * built["times"]
    if set(built) == {"text"} and isinstance(built["text"], list):
        return "".join(built["text"])
    return built


def _post(site: Site, number: int, one: Json) -> Json:
    content = one.get("content", "<p>Strange words.</p>")
    usual: Json = {
        "id": number,
        "link": f"{site.url}/{number}/",
        "guid": {"rendered": f"{site.url}/?p={number}"},
        "status": "publish",
        "date_gmt": f"2024-05-0{number}T10:00:00",
        "modified_gmt": f"2024-05-0{number}T10:00:00",
        "title": {"rendered": one.get("title", "A strange post")},
        "content": {"rendered": content, "protected": False},
        "excerpt": {"rendered": one.get("excerpt", ""), "protected": False},
        "author": 1,
        "comment_status": "open",
        "_embedded": {"author": [{"name": one.get("author", "Strange Author")}]},
    }
    return {**usual, **one.get("also", {})}


def _comment(site: Site, number: int, one: Json) -> Json:
    usual: Json = {
        "id": number,
        "post": one.get("post", 1),
        "parent": one.get("parent", 0),
        "author": 0,
        "author_name": one.get("name", "Strange Reader"),
        "author_url": one.get("url", ""),
        "author_avatar_urls": {"96": one.get("picture", "")},
        "date": f"2024-05-02T10:00:{number % 60:02}",
        "date_gmt": f"2024-05-02T10:00:{number % 60:02}",
        "content": {"rendered": one.get("content", "<p>Strange.</p>")},
        "link": f"{site.url}/{one.get('post', 1)}/#comment-{number}",
        "status": "approved",
        "type": "comment",
    }
    return {**usual, **one.get("also", {})}


def _listed(request: web.Request, items: list[Json]) -> web.StreamResponse:
    """WordPress: page, per_page, include, post; X-WP-Total and X-WP-TotalPages count everything."""
    query = request.query
    wanted = {int(one) for one in query.get("include", "").split(",") if one.isdigit()}
    if wanted:
        items = [one for one in items if one["id"] in wanted]
    if "post" in query:
        posts = {int(one) for one in query["post"].split(",") if one.isdigit()}
        items = [one for one in items if one.get("post") in posts]
    size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
    shown = items[(page - 1) * size : page * size]
    return listing(shown, total=len(items), pages=max(1, -(-len(items) // size)))


def _response(answer: Json) -> web.StreamResponse:
    if "redirect" in answer:
        return web.Response(status=302, headers={"Location": answer["redirect"]})
    headers = [(name, value) for name, values in answer.get("headers", {}).items() for value in _several(values)]
    text = json.dumps(answer["json"]) if "json" in answer else str(answer.get("body", ""))
    kind = answer.get("type", "application/json" if "json" in answer else "text/html")
    content = text.encode("utf-8", "surrogatepass")
    if megabytes := answer.get("packed megabytes"):
        content = _packed(content, megabytes)
        headers.append(("Content-Encoding", "gzip"))
    made = web.Response(status=answer.get("status", 200), body=content)
    made.headers["Content-Type"] = kind
    for name, value in headers:
        made.headers.add(name, value)
    return made


@functools.cache
def _packed(content: bytes, megabytes: int) -> bytes:
    """That content with so many megabytes of spaces behind it, in very little."""
    packer = zlib.compressobj(wbits=31)
    spaces = b" " * 10**6
    return b"".join([packer.compress(content), *(packer.compress(spaces) for _ in range(megabytes)), packer.flush()])


def _several(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else values


async def connected(play: Play, site: Site) -> Place:
    """The strange blog, mirrored into the channel for it."""
    place = await play.many.connect(_Strange(site), play.strange)
    play.many.places.remove(place)
    return place


async def looked(play: Play, place: Place, *, looks: int = 3) -> list[str]:
    """Look at a blog that often. -> what came of each."""
    found = []
    for _ in range(looks):
        if (engine := play.many.bot.hub.engine(place.number)) is not None:
            async with asyncio.timeout(PATIENCE):
                found.append((await engine.poll()).error or "well")
        await asyncio.sleep(0.2)
    return found


class _Strange(WordPress):
    """The hostile blog, as far as connecting it goes."""

    def __init__(self, site: Site) -> None:
        login = {"bridge": {"username": "bridge", "app_password": "strange strange strange"}}
        super().__init__(url=site.url, site=Path(), version="hostile", logins=login)


# ---------------------------------------------------------------- what has to hold


async def wrongs(play: Play, hostile: Hostile, log: str) -> list[str]:
    """Sentences about what does not hold; there should be none."""
    found = await _of_the_honest(play)
    found += [*_of_discord(play, hostile), *_of_the_log(play, hostile, log)]
    found += await _of_the_blog(play, hostile)
    if play.service.asked:
        found.append(f"a private service was asked for {play.service.asked[:3]}")
    if play.pulse.busy > MOST_BUSY:
        found.append(f"the loop was kept busy for {play.pulse.busy:.1f} s at once")
    if play.pulse.megabytes > MOST_MEGABYTES:
        found.append(f"the process grew by {play.pulse.megabytes:.0f} MB")
    return found


def _of_discord(play: Play, hostile: Hostile) -> Iterator[str]:
    never = hostile.script.get("never on Discord", [])
    taken = {_as_seen(one.name) for one in (play.moderator, play.ann)} | {_as_seen(play.app.name)}
    for message in play.told():
        if message["pings"]:
            yield f"message {message['id']} pings somebody"
        content = message["content"] + json.dumps(message["embeds"])
        yield from (f"{words!r} is to be read on Discord" for words in never if words in content)
        if message.get("webhook_id") and _as_seen(message["author"]["username"]) in taken:
            yield f"message {message['id']} is said by {message['author']['username']}"


def _as_seen(name: str) -> str:
    """What of a name an eye tells apart, roughly: no invisible signs, one form of each letter."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")
    return " ".join(plain.casefold().split())


async def _of_the_blog(play: Play, hostile: Hostile) -> list[str]:
    found = []
    public = await play.public()
    everything = "\n".join(one["content"]["rendered"] + one["author_name"] for one in public)
    never, wanted = hostile.script.get("never on the blog", []), hostile.script.get("on the blog", [])
    found += [f"{words!r} is to be read on the blog" for words in never if words in everything]
    found += [f"{words!r} is not on the blog" for words in wanted if words not in everything]
    for one in public:
        found += [f"comment {one['id']} has {bad}" for bad in _unclean(one["content"]["rendered"])]
    for number, status in play.decided.items():
        is_now = (await play.blog.get_comment(number))["status"]
        if is_now == "approved" != status or (number in play.guests and is_now != status):
            found.append(f"comment {number} was made {status} by the blog's moderators and is {is_now}")
    return found


def _unclean(html: str) -> Iterator[str]:
    for node in LexborHTMLParser(f"<body>{html}</body>").css("body *"):
        if node.tag not in TAGS:
            yield f"<{node.tag}>"
        for name, value in node.attributes.items():
            if name not in ATTRIBUTES and not (node.tag == "img" and name in OF_EMOJI):
                yield f"{node.tag} {name}={value}"
            if name == "href" and not (value or "").lower().startswith((*SCHEMES, "#", "/")):
                yield f"a link to {value}"


def _of_the_log(play: Play, hostile: Hostile, log: str) -> Iterator[str]:
    play.secrets |= {one.token for one in play.discord.world.webhooks.values()}
    if any(secret in log for secret in play.secrets):
        yield "a secret stands in the log"
    for words in {*play.spoken, *hostile.script.get("never in the log", [])}:
        if words in log:
            yield f"{words!r} stands in the log"
    if (odd := re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", log)) is not None:
        yield f"{odd[0]!r} stands in the log"


async def _of_the_honest(play: Play) -> list[str]:
    """Afterwards an honest reader and an honest member are carried across as ever, and moderators are answered."""
    made = await play.blog.comment(play.post, "<p>An honest comment.</p>", author_name="Late Reader")
    sent = await play.discord.post(play.ann, play.thread, "An honest answer.", reply_to=_message(play, "root"))

    async def crossed() -> bool:
        written = await play.blog.comments(play.post, status="any")
        found = [one for one in written if "An honest answer." in one["content"]["rendered"]]
        return [one["author_name"] for one in found] == ["Ann"]

    try:
        await play.many.until(
            lambda: made["id"] in {one.comment for one in play.many.mirrors(play.honest)}, patience=PATIENCE
        )
        await play.many.until_blog(crossed, patience=PATIENCE)
    except TimeoutError:
        return [f"honest words (comment {made['id']}, message {sent.id}) did not cross"]
    answer = await play.discord.slash(play.moderator, play.thread, "sync status")
    return [] if "**Queue**" in answer.content else [f"moderators are told: {answer.content[:200]}"]
