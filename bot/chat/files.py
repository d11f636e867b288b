"""Downloads a picture that came with a message, from Discord's own hosts and without the bot's token.

Keeps nothing, and does not decide which files are worth it.
"""

from __future__ import annotations

import aiohttp
from discord.http import Route
from yarl import URL

from bot.chat.calls import Calls
from bot.chat.cleaning import Cleaning
from bot.chat.outcome import calling
from bot.chat.permissions import HISTORY
from bot.core.domain import AttachmentId, MessageId, Place
from bot.core.errors import Refused, Unreachable, Vanished
from bot.ports import Picture

HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
"""Where Discord keeps attachments (Discord: Signed Attachment CDN URLs)."""
SECONDS_TO_DOWNLOAD = 60.0
_PIECE = 65536


class Downloads:
    """Attachments, one at a time, each written anew before anybody else has it."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._cleaning = Cleaning()

    async def one(self, place: Place, message: MessageId, attachment: AttachmentId, *, limit: int) -> Picture:
        """Raises Vanished, Refused (larger than ``limit`` bytes, kept elsewhere, no picture) and what a read raises."""
        doing = f"look at the files of message {message} in thread {place.thread_id}"
        async with self._calls.reading(doing, at=place.channel_id, needs=HISTORY):
            found = await self._calls.thread(place).fetch_message(message)
        file = next((one for one in found.attachments if one.id == attachment), None)
        if file is None:
            raise Vanished(f"Message {message} has no file {attachment} any more.", message=message)
        if file.size > limit:
            raise Refused(f"File {attachment} is larger than {limit} bytes.", "too_large", message=message)
        async with calling(f"download file {attachment}", write=False, call_timeout=SECONDS_TO_DOWNLOAD):
            content = await fetch(own_address(file.url), file.size)
        picture = await self._cleaning.of(content)
        if len(picture.content) > limit:
            raise Refused(
                f"File {attachment}, written anew, is larger than {limit} bytes.", "too_large", message=message
            )
        return picture


def own_address(text: str) -> URL:
    """An attachment's address, when it is one of Discord's, or of the server that stands in for it. Raises Refused."""
    try:
        url = URL(text)
        origin = url.origin()
    except ValueError:
        raise Refused("The address of a file is not a valid URL.", "elsewhere") from None
    discords = (url.scheme, url.port) == ("https", 443) and url.host in HOSTS and url.user is None
    if discords or (origin == URL(Route.BASE).origin() and url.user is None):
        return url
    raise Refused(f"A file is not kept by Discord but at {url.host}.", "elsewhere")


async def fetch(url: URL, size: int) -> bytes:
    """Exactly ``size`` bytes. A session of its own: the client's carries the token on every call."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers={"Accept-Encoding": "identity"}) as session,
        session.get(url, allow_redirects=False) as answer,
    ):
        if answer.status in (403, 404, 410):
            raise Vanished(f"The file is gone from Discord ({answer.status}).")
        if answer.status != 200:
            raise Unreachable(f"The file cannot be had from Discord ({answer.status}).")
        content = bytearray()
        async for piece in answer.content.iter_chunked(_PIECE):
            content += piece
            if len(content) > size:
                break
    if len(content) != size:
        raise Unreachable(f"The file came with {len(content)} bytes instead of {size}.")
    return bytes(content)
