"""Request bodies: JSON, or a multipart form's payload_json and files.

It does not check what a body says.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import BodyPartReader, web

from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.post import File


async def read(raw: web.Request, most: int) -> tuple[Any, list[File]]:
    """The JSON body, or a multipart's payload_json and files (Discord: reference, Uploading Files)."""
    if (raw.content_length or 0) > most:
        raise Refused(40005)
    if raw.content_type == "multipart/form-data":
        return await _multipart(raw)
    text = await raw.read()
    if not text:
        return None, []
    return _parsed(text), []


def _parsed(text: bytes) -> Any:
    """50109 for what is no JSON: broken, in another encoding than UTF-8, or nested without end."""
    try:
        return json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(50109) from None


async def _multipart(raw: web.Request) -> tuple[Any, list[File]]:
    body: Any = {}
    files: list[File] = []
    async for part in await raw.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read(decode=True))
        name = part.name or ""
        if name == "payload_json":
            body = _parsed(data)
        elif part.filename:
            key = name.removeprefix("files[").removesuffix("]")
            content_type = part.headers.get("Content-Type", "application/octet-stream")
            files.append(File(key, part.filename, content_type, data))
    return body, files
