"""Files as Discord's CDN keeps them: signed links that die, and pictures' sizes.

It does not speak HTTP; server.py serves what ``open_link`` allows.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from urllib.parse import quote

from bot.sandbox.discord.things import Upload
from bot.sandbox.discord.vocabulary import Json
from bot.sandbox.discord.world import World


def _signature(world: World, upload: Upload, expires: str, issued: str) -> str:
    text = f"{upload.channel_id}/{upload.id}/{upload.filename}?{expires}&{issued}"
    return hmac.new(world.secret, text.encode(), hashlib.sha256).hexdigest()


def link(world: World, upload: Upload) -> str:
    """A fresh URL, alive for ``limits.attachment_life`` seconds (Discord: reference, Signed Attachment CDN URLs)."""
    now = int(world.clock())
    expires, issued = f"{now + world.limits.attachment_life:x}", f"{now:x}"
    base = f"{world.cdn_url}/attachments/{upload.channel_id}/{upload.id}/{quote(upload.filename)}"
    return f"{base}?ex={expires}&is={issued}&hm={_signature(world, upload, expires, issued)}&"


def open_link(world: World, upload_id: int, query: dict[str, str]) -> Upload | None:
    """The file behind a link, or None when it is unknown, unsigned, forged or past its ``ex``."""
    upload = world.uploads.get(upload_id)
    if upload is None:
        return None
    expires, issued = query.get("ex", ""), query.get("is", "")
    if not hmac.compare_digest(_signature(world, upload, expires, issued), query.get("hm", "")):
        return None
    return upload if int(expires, 16) > world.clock() else None


def payload(world: World, upload: Upload) -> Json:
    """Discord: Attachment Object."""
    url = link(world, upload)
    shown: Json = {
        "id": str(upload.id),
        "filename": upload.filename,
        "size": len(upload.data),
        "url": url,
        "proxy_url": url,
        "content_type": upload.content_type,
    }
    if upload.description:
        shown["description"] = upload.description
    size = _picture_size(upload.data)
    if size:
        shown["width"], shown["height"] = size
    return shown


def _picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG; other kinds of file are shown without."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    return None
