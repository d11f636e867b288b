"""``check``: looks at everything a start depends on and prints a tick or a mend for each. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from bot.app import where_it_is
from bot.blog.kinds import kind
from bot.chat.client import guild_of, log_in, make_client
from bot.chat.discord_chat import DiscordChat
from bot.chat.examine import examine_moderators, invite_url
from bot.chat.pace import Paces
from bot.config import Config
from bot.core.accounts import Account
from bot.core.domain import ChannelId
from bot.core.errors import CommonthreadError, StartupError
from bot.core.network_words import cannot_be_reached
from bot.core.signing import NOBODYS, SIGNATURE, Signer
from bot.core.texts import printable
from bot.ports import Finding
from bot.store.consent import beside as words_beside
from bot.store.private import exposed
from bot.store.sqlite.examine import examine
from bot.store.vault import Vault

OVERRIDES = (
    "the bot's account releases members' comments that the blog holds because their sender is new, or because it holds "
    "every comment. What its lists of words or its limit of links hold stays held, as far as the blog says so."
)
"""Of RELAY_STATUS=approved."""

SETTINGS_FILE = Path(".env")
"""Of the folder in which the bot is started."""


async def check(config: Config) -> bool:
    """Print one line for each finding. -> whether all is well."""
    well = True
    async for finding in _findings(config):
        well = well and finding.ok
        mark = "✓" if finding.ok else "✗"
        line = f"{finding.subject}: {finding.mend}" if finding.mend else finding.subject
        print(f"{mark} {printable(line)}", flush=True)
    print("All is well." if well else "Mend what is marked with ✗, then run check again.")
    return well


async def _findings(config: Config) -> AsyncIterator[Finding]:
    yield await asyncio.to_thread(examine, config.database)
    for finding in (open_to_others := (*own_files(config), *of_the_operator(config))):
        yield finding
    if not open_to_others:
        yield Finding(ok=True, subject="nobody else on this computer may read the bot's files")
    finding, signer = await asyncio.to_thread(_of_key, config)
    yield finding
    async for finding in _of_discord(config):
        yield finding
    async for finding in _of_blog(config, signer):
        yield finding


def _of_key(config: Config) -> tuple[Finding, Signer]:
    """Where the key comes from that seals accounts and signs members' comments. One that lacks is not made here."""
    try:
        vault = Vault.open(config.secret_key, config.key_file)
    except StartupError as error:
        return Finding(ok=False, subject="key", mend=error.reason), NOBODYS
    if config.secret_key:
        said = "from SECRET_KEY, which seals accounts and signs members' comments"
    elif config.key_file.exists():
        said = f"from the file {config.key_file}; back it up apart from the database"
    else:
        return Finding(ok=True, subject="key", mend=f"{config.key_file} is made at the first start."), NOBODYS
    return Finding(ok=True, subject="key", mend=said), Signer(vault.derive_each(SIGNATURE))


def own_files(config: Config) -> tuple[Finding, ...]:
    """On what the bot makes, and takes from others when it starts."""
    database = where_it_is(config.database)
    beside = [database.with_name(database.name + ending) for ending in ("", "-wal", "-shm", ".lock")]
    return tuple(exposed([*beside, words_beside(database), config.key_file], []))


def of_the_operator(config: Config) -> tuple[Finding, ...]:
    """On what the bot changes nothing of."""
    folders = dict.fromkeys([where_it_is(config.database).absolute().parent, config.key_file.absolute().parent])
    return tuple(exposed([SETTINGS_FILE], folders))


async def _of_discord(config: Config) -> AsyncIterator[Finding]:
    client = make_client(config.api_url, openly_to=config.plain_http)
    try:
        try:
            await log_in(client, config.discord_token, api_url=config.discord_api_url)
            if config.discord_channel_id is not None:
                await guild_of(client, ChannelId(config.discord_channel_id))
        except StartupError:
            if client.user is None:
                raise
            # Logged in, so it is about the channel; that one is looked at more closely below.
        yield Finding(ok=True, subject=f"Discord login as {client.user}")
        chat = DiscordChat(client, style=config.mirror_style, paces=Paces.discord(), on_fallback=lambda _channel: None)
        if config.discord_channel_id is None:
            link = invite_url(client.application_id or 0)
            yield Finding(ok=True, subject="DISCORD_CHANNEL_ID", mend=f"None is set. To let the bot in, use {link}")
        else:
            for finding in await chat.examine(ChannelId(config.discord_channel_id)):
                yield finding
        if config.moderator_channel_id is not None:
            yield await examine_moderators(client, ChannelId(config.moderator_channel_id))
    except CommonthreadError as error:
        yield Finding(ok=False, subject="Discord", mend=cannot_be_reached(error, otherwise=error.reason))
    finally:
        await client.close()


def _of_moderation(config: Config) -> Finding:
    """What the account overrides of the blog's rules."""
    if config.relay_status == "approved":
        return Finding(ok=True, subject="RELAY_STATUS is approved", mend=OVERRIDES)
    said = "the blog's own rules decide about members' comments; its moderators see an edit before readers do."
    kept = "" if config.relay_status_is_given else " It is not set: an installation that had `approved` keeps it."
    return Finding(ok=True, subject="RELAY_STATUS is blog", mend=f"{said}{kept}")


async def _of_blog(config: Config, signer: Signer) -> AsyncIterator[Finding]:
    if not config.blog_url:
        advice = "None is set: moderators connect blogs with /blog connect."
        yield Finding(ok=True, subject="BLOG_URL", mend=advice)
        return
    password = config.blog_app_password
    account = Account(config.blog_username, password, config.plain_http) if password else None
    try:
        blog = await kind(config.blog_kind).open(config.blog_url, account, trusted=True, signer=signer)
    except CommonthreadError as error:
        yield Finding(ok=False, subject="blog", mend=error.reason)
        return
    try:
        for found in await blog.examine():
            yield found
        if account is not None:
            yield _of_moderation(config)
    finally:
        await blog.aclose()
