"""Answers the buttons and forms of ``/blog connect``, ``/blog account`` and ``/blog disconnect``. Decides nothing.

A listener and not discord.py's own memory of buttons: whatever was pressed is understood after a restart too, or said
to have run out. Who presses is looked at each time.
"""

from __future__ import annotations

from typing import assert_never

import discord
from discord.ext import commands

from bot.core.domain import GuildId, MemberId, MessageId, SubscriptionId
from bot.core.errors import CommonthreadError
from bot.ports.blogs import Connected
from bot.sync.connecting import NOT_YOURS, RUN_OUT, Connecting
from bot.sync.tending import Tending
from cogs import forms
from cogs.answers import Asked, asker, explain, guild_of, replace, say, shown, think, words_of
from cogs.blog_words import account_words, disconnected_words
from cogs.connect_words import GONE, connected_words, proposal_words
from cogs.forms import AccountForm, Deed, Pressed, name, proposal_buttons
from cogs.permitted import permit_press


class DialogueCog(commands.Cog):
    """For who may manage the server, and who began."""

    def __init__(self, connecting: Connecting, tending: Tending) -> None:
        super().__init__()
        self._connecting = connecting
        self._tending = tending

    @commands.Cog.listener()
    async def on_interaction(self, asked: discord.Interaction[discord.Client]) -> None:
        if (pressed := forms.pressed(asked)) is None:
            return
        try:
            await self._answer(asked, permit_press(asked, pressed), pressed)
        except Exception as error:
            if isinstance(error, CommonthreadError) and error.reason == RUN_OUT and asked.message is not None:
                await replace(asked, RUN_OUT)
            else:
                await explain(asked, error)

    async def _answer(self, asked: Asked, deed: Deed, pressed: Pressed) -> None:
        match deed:
            case Deed.CONNECT:
                await self._connect(asked, pressed.about)
            case Deed.ADD_ACCOUNT:
                found = self._connecting.proposal(pressed.about, asker(asked))
                form = AccountForm(name(Deed.TRY_ACCOUNT, pressed.about), found.found.account_page)
                await asked.response.send_modal(form)
            case Deed.TRY_ACCOUNT:
                await self._try_account(asked, pressed)
            case Deed.CANCEL:
                self._connecting.cancel(pressed.about, asker(asked))
                await replace(asked, GONE)
            case Deed.GIVE_ACCOUNT:
                await self._give_account(asked, pressed)
            case Deed.DISCONNECT:
                one = await self._own(asked, pressed.about)
                await asked.response.defer()
                await self._tending.disconnect(one)
                await replace(asked, disconnected_words(one))
            case Deed.KEEP:
                one = await self._own(asked, pressed.about)
                await replace(asked, f"**{shown(one.blog.name)}** is mirrored as before.")
            case _:
                assert_never(deed)

    async def _connect(self, asked: Asked, token: str) -> None:
        found = self._connecting.proposal(token, asker(asked))
        await asked.response.defer()
        await self._connecting.connect(token, asker(asked), at=MessageId(asked.id))
        await replace(asked, connected_words(found))

    async def _try_account(self, asked: Asked, pressed: Pressed) -> None:
        """A wrong account is said above what was found; the dialogue goes on without it."""
        before = self._connecting.proposal(pressed.about, asker(asked))
        await asked.response.defer()
        try:
            found = await self._connecting.add_account(pressed.about, asker(asked), pressed.account)
        except CommonthreadError as error:
            if error.reason == RUN_OUT:
                raise
            words, account = proposal_words(before, trouble=words_of(error)), before.account is not None
            await replace(asked, words, view=proposal_buttons(before.token, account=account))
            return
        await replace(asked, proposal_words(found), view=proposal_buttons(found.token, account=True))

    async def _give_account(self, asked: Asked, pressed: Pressed) -> None:
        one = await self._one(guild_of(asked), pressed.about)
        await think(asked)
        rights = await self._tending.give_account(one, pressed.account, MemberId(asked.user.id), at=MessageId(asked.id))
        await say(asked, account_words(one, rights))

    async def _own(self, asked: Asked, about: str) -> Connected:
        """The subscription that a button names. Raises CommonthreadError for who did not begin."""
        number, _, member = about.partition(":")
        if member != str(asked.user.id):
            raise CommonthreadError(NOT_YOURS)
        return await self._one(guild_of(asked), number)

    async def _one(self, guild: GuildId, number: str) -> Connected:
        if not (number.isascii() and number.isdigit()):
            raise CommonthreadError(RUN_OUT)
        return await self._tending.one(guild, SubscriptionId(int(number)))
