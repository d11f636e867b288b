"""Puts files into the media library, finds them again and takes them out.

Does not decide which files are fit to be published, nor where they are shown.
"""

from __future__ import annotations

import logging

from yarl import URL

from bot.blog.web.http import Body
from bot.blog.web.text import ADDRESS, whole
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.rejections import of_read, of_upload
from bot.blog.wordpress.rest import Json, Rejected, number, objects
from bot.core.domain import MediaId
from bot.core.errors import NotAllowed, Refused, Unanswered, Vanished
from bot.ports import File, Media

log = logging.getLogger(__name__)
ROUTE = "wp/v2/media"
UPLOAD_SECONDS = 120.0
_FIELDS = "id,slug,source_url"


async def find(connection: Connection, key: str) -> Media | None:
    """The file whose slug is exactly ``key``. WordPress takes several slugs, parted by commas or spaces."""
    params = {"slug": key, "_fields": _FIELDS}
    try:
        answer = await connection.as_account(lambda rest, auth: rest.get(ROUTE, params, auth=auth))
    except Rejected as rejected:
        raise of_read(rejected) from rejected
    return next((_media(item) for item in objects(answer) if item.get("slug") == key), None)


async def upload(connection: Connection, file: File) -> Media:
    """The file is the body of the request (WordPress REST: Create a Media Item).

    Its type is never told: WordPress finds it out by name and content, and would read a body that is called JSON or a
    form as the request's own parameters. The title is set, or a picture's own caption would become it.
    """
    if connection.may_upload is None:
        await connection.capabilities()
    if not connection.may_upload:
        raise Refused("The bot's account on the blog may not upload files.", "rest_cannot_create")
    body = Body(
        file.content,
        {"Content-Type": "application/octet-stream", "Content-Disposition": f'attachment; filename="{file.name}"'},
        seconds=UPLOAD_SECONDS,
    )
    params = {
        "slug": file.key,
        "title": file.name.rpartition(".")[0] or file.name,
        "comment_status": "closed",
        "ping_status": "closed",
        "_fields": _FIELDS,
    }
    try:
        answer = await connection.write("POST", ROUTE, params=params, file=body)
    except Rejected as rejected:
        if rejected.code == "rest_cannot_create":
            connection.may_upload = False
        raise of_upload(rejected) from rejected
    if answer.status != 201 or not isinstance(answer.data, dict) or not whole(answer.data.get("id")):
        raise Unanswered(f"The blog answered an upload with status {answer.status} and not with the file.")
    if answer.data.get("slug") != file.key:
        log.warning("media %s: the blog changed the slug, so a retry cannot find it", answer.data["id"])
    return _media(answer.data)


async def discard(connection: Connection, media: MediaId) -> None:
    """For good: the library has no trash unless the site's owner has switched it on."""
    try:
        await connection.write("DELETE", f"{ROUTE}/{number(media, Vanished)}", params={"force": "true"})
    except Rejected as rejected:
        if rejected.code == "rest_post_invalid_id" or rejected.status == 410:
            return
        error = of_upload(rejected)
        if isinstance(error, NotAllowed):
            raise error from rejected
        raise Refused(
            f"File {media} of the media library belongs to a deleted message and could not be deleted "
            f"({rejected.status} {rejected.code}); delete it there, or give the bot's account the capability "
            "delete_posts and retry.",
            rejected.code,
        ) from rejected


def _media(item: Json) -> Media:
    return Media(MediaId(str(whole(item.get("id")) or "")), _web_address(item.get("source_url")))


def _web_address(value: object) -> str:
    """An address that may stand in a comment, '' for anything else."""
    try:
        url = URL(value) if isinstance(value, str) and len(value) <= ADDRESS else URL()
    except ValueError:
        return ""
    return str(url) if url.scheme in ("http", "https") and url.host else ""
