"""``/blog``: connect a blog, look after it, end it. Decides nothing, stores nothing.

What its buttons and forms do is answered in :mod:`cogs.dialogue`.
"""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.core.domain import ChannelId, MessageId
from bot.core.errors import CommonthreadError
from bot.core.policy import RelayMode, Settings, Style
from bot.sync.connecting import Connecting
from bot.sync.tending import Changes, Tending
from cogs.answers import Asked, asker, say, shown, think
from cogs.blog_words import disconnect_words, dropped_words, list_words, settings_words
from cogs.channels import MirrorChannel, SpeakingChannel, parent_of
from cogs.choosing import Choosing
from cogs.connect_words import proposal_words
from cogs.forms import AccountForm, Deed, disconnect_buttons, name, proposal_buttons
from cogs.permitted import GATE, require_charge

STYLES = [
    Choice(name="persona: under its author's name and picture", value="persona"),
    Choice(name="card: as a reply by the bot", value="card"),
]
RELAYS = [
    Choice(name="replies: replies to the post or to a comment", value="replies"),
    Choice(name="all: everything written in a mirrored thread", value="all"),
    Choice(name="off: nothing", value="off"),
]
STATUSES = [
    Choice(name="blog: the blog's own moderation rules decide", value="blog"),
    Choice(name="approved: relayed comments appear at once", value="approved"),
]
SWITCH = [Choice(name="on", value="on"), Choice(name="off", value="off")]

STYLE = "How a comment appears on Discord"
RELAY = "Which messages of members become comments on the blog"
BLOG = "Which blog; in a mirrored thread, or with one blog, it is known"


@app_commands.default_permissions(GATE)
@app_commands.guild_only()
class BlogCog(commands.GroupCog, group_name="blog", group_description="The blogs that are mirrored here"):
    """Nothing is lost while paused: what members write is taken down and goes out on resume."""

    def __init__(self, connecting: Connecting, tending: Tending, choosing: Choosing) -> None:
        super().__init__()
        self._connecting = connecting
        self._tending = tending
        self._choosing = choosing

    @app_commands.command(description="Mirror a blog into a channel; shows what it found before anything happens")
    @app_commands.describe(
        url="The blog's address",
        channel="A forum, text or announcement channel; this one unless told",
        style=STYLE,
        relay=RELAY,
    )
    @app_commands.choices(style=STYLES, relay=RELAYS)
    async def connect(
        self,
        asked: Asked,
        url: app_commands.Range[str, 1, 500],
        channel: MirrorChannel | None = None,
        style: str = "persona",
        relay: str = "replies",
    ) -> None:
        await think(asked)
        settings = Settings(style=_style(style), relay=_relay(relay), approve=False)
        where = ChannelId(channel or parent_of(asked))
        found = await self._connecting.propose(asker(asked), url, where, settings)
        await say(asked, proposal_words(found), view=proposal_buttons(found.token, account=False))

    @app_commands.command(name="list", description="The blogs that are mirrored here, and how they stand")
    async def list_all(self, asked: Asked) -> None:
        await think(asked)
        found = [await self._tending.condition(one) for one in await self._choosing.all_of(asked)]
        await say(asked, list_words([(one, await one.engine.desk.status() if one.engine else None) for one in found]))

    @app_commands.command(description="Show a blog's settings, or change them while it runs")
    @app_commands.describe(
        blog=BLOG,
        channel="Where new posts open; threads that are there go on where they stand",
        style=STYLE,
        relay=RELAY,
        relay_status="What the blog makes of a relayed comment",
        uploads="Whether members' files go to the blog's media library, where its account may",
        hints="Whether members are told, once, how to write so that it crosses",
        first_posts="How many of the newest posts are announced when the blog is first met (0 to 10)",
        moderators="A channel that is told, once, of what needs a person",
        quiet="Tell no channel of trouble any more",
    )
    @app_commands.choices(style=STYLES, relay=RELAYS, relay_status=STATUSES, uploads=SWITCH, hints=SWITCH)
    @app_commands.rename(relay_status="relay-status", first_posts="first-posts")
    async def settings(
        self,
        asked: Asked,
        blog: str | None = None,
        channel: MirrorChannel | None = None,
        style: str | None = None,
        relay: str | None = None,
        relay_status: str | None = None,
        uploads: str | None = None,
        hints: str | None = None,
        first_posts: app_commands.Range[int, 0, 10] | None = None,
        moderators: SpeakingChannel | None = None,
        quiet: bool | None = None,
    ) -> None:
        await think(asked)
        one = await self._choosing.blog(asked, blog)
        changes = Changes(
            style=None if style is None else _style(style),
            relay=None if relay is None else _relay(relay),
            approve=None if relay_status is None else relay_status == "approved",
            uploads=None if uploads is None else uploads == "on",
            hints=None if hints is None else hints == "on",
            first_posts=first_posts,
            moderators=None if moderators is None else ChannelId(moderators),
            quiet=quiet or None,
            channel=None if channel is None else ChannelId(channel),
        )
        require_charge(asked, changes.channel)
        require_charge(asked, changes.moderators)
        if changes.named:
            one = await self._tending.change(one, changes, at=MessageId(asked.id))
        await say(asked, settings_words(one, changed=bool(changes.named)))

    @app_commands.command(description="Give a blog the account that writes members' replies, or forget it")
    @app_commands.describe(blog=BLOG, forget="Forget the account: the blog is only mirrored from now on")
    async def account(self, asked: Asked, blog: str | None = None, forget: bool = False) -> None:
        one = await self._choosing.blog(asked, blog)
        self._tending.refuse_operators(one)
        if forget:
            await think(asked)
            await say(asked, dropped_words(one, dropped=await self._tending.drop_account(one)))
            return
        page = self._tending.account_page(one.blog)
        await asked.response.send_modal(AccountForm(name(Deed.GIVE_ACCOUNT, one.id), page))

    @app_commands.command(description="Carry nothing across until /blog resume")
    @app_commands.describe(blog=BLOG)
    async def pause(self, asked: Asked, blog: str | None = None) -> None:
        one = await self._choosing.blog(asked, blog)
        await self._tending.pause(one, paused=True)
        await say(asked, f"Paused: {shown(one.blog.name)}. What is written meanwhile goes across on `/blog resume`.")

    @app_commands.command(description="Go on after /blog pause")
    @app_commands.describe(blog=BLOG)
    async def resume(self, asked: Asked, blog: str | None = None) -> None:
        one = await self._choosing.blog(asked, blog)
        await self._tending.pause(one, paused=False)
        await say(asked, f"Going on: {shown(one.blog.name)}.")

    @app_commands.command(description="Stop mirroring a blog; asks first, and deletes nothing on either side")
    @app_commands.describe(blog=BLOG)
    async def disconnect(self, asked: Asked, blog: str | None = None) -> None:
        one = await self._choosing.blog(asked, blog)
        self._tending.refuse_disconnect(one)
        await say(asked, disconnect_words(one), view=disconnect_buttons(one.id, asked.user.id))

    @settings.autocomplete("blog")
    @account.autocomplete("blog")
    @pause.autocomplete("blog")
    @resume.autocomplete("blog")
    @disconnect.autocomplete("blog")
    async def blogs(self, asked: Asked, typed: str) -> list[Choice[str]]:
        return await self._choosing.blogs(asked, typed)


def _relay(value: str) -> RelayMode:
    if value not in list(RelayMode):
        raise CommonthreadError("Choose from the list what is relayed.")
    return RelayMode(value)


def _style(value: str) -> Style:
    """Discord sends one of the choices. Raises CommonthreadError for what a client made up."""
    match value:
        case "persona" | "card" as style:
            return style
    raise CommonthreadError("Choose a style from the list.")
