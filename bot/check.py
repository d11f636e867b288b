"""``check``: looks at everything a start depends on and prints a tick or a mend for each. Changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from bot.app import api_url, log_in
from bot.blog.wordpress import WordPressBlog
from bot.chat.adapter import DiscordChat
from bot.chat.client import make_client
from bot.chat.pace import Paces
from bot.config import Config
from bot.domain import ChannelId
from bot.errors import CommonthreadError


class Finding(Protocol):
    """One thing looked at; ``mend`` says what to do where it is not ``ok``."""

    @property
    def ok(self) -> bool: ...

    @property
    def subject(self) -> str: ...

    @property
    def mend(self) -> str: ...


async def check(config: Config) -> bool:
    """Print one line for each finding. -> whether all is well."""
    well = True
    async for finding in _findings(config):
        well = well and finding.ok
        print(f"✓ {finding.subject}" if finding.ok else f"✗ {finding.subject}: {finding.mend}")
    print("All is well." if well else "Mend what is marked with ✗, then run check again.")
    return well


async def _findings(config: Config) -> AsyncIterator[Finding]:
    client = make_client(api_url(config))
    try:
        await log_in(client, config)
        yield _Line(ok=True, subject="Discord login", mend="")
        chat = DiscordChat(client, style=config.mirror_style, paces=Paces.discord(), on_fallback=lambda _channel: None)
        for finding in await chat.examine(ChannelId(config.discord_channel_id)):
            yield finding
    except CommonthreadError as error:
        yield _Line(ok=False, subject="Discord", mend=error.reason)
    finally:
        await client.close()
    try:
        blog = await WordPressBlog.open(
            config.blog_url, username=config.blog_username or None, password=config.blog_app_password or None
        )
    except CommonthreadError as error:
        yield _Line(ok=False, subject="blog", mend=error.reason)
        return
    try:
        for found in await blog.examine():
            yield found
    finally:
        await blog.aclose()


class _Line:
    def __init__(self, *, ok: bool, subject: str, mend: str) -> None:
        self.ok, self.subject, self.mend = ok, subject, mend
