"""The media library's routes: put a file in, find it, delete it.

Does not look into files further than their first bytes, and makes no smaller pictures.
"""

from __future__ import annotations

import re

from bot.sandbox.wordpress import params
from bot.sandbox.wordpress.answers import RestAnswer, RestError, RestRequest
from bot.sandbox.wordpress.paging import paged
from bot.sandbox.wordpress.shapes import embedded, media_json
from bot.sandbox.wordpress.site import Media, Site

# WordPress: wp_get_mime_types(), the part that people send each other. What may run in a browser is not in it.
_TYPES = {
    "jpg jpeg jpe": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4 m4v": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "ogg oga": "audio/ogg",
    "wav": "audio/wav",
    "txt": "text/plain",
    "csv": "text/csv",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
_TYPE_OF = {ending: kind for endings, kind in _TYPES.items() for ending in endings.split()}
# A picture that is none, and a sound that begins like none, are not taken, whatever they are called.
_BEGINNINGS = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF",),
    "application/zip": (b"PK",),
}
_ENDING_OF = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


def upload(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: Create a Media Item, the file being the body."""
    if request.user is None or not request.may("upload_files"):
        message = "Sorry, you are not allowed to create posts as this user."
        raise RestError(request.denied(), "rest_cannot_create", message)
    if not request.content:
        raise RestError(400, "rest_upload_no_data", "No data supplied.")
    if not request.disposition:
        raise RestError(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
    named = re.search(r'filename="?([^";]+)', request.disposition)
    if named is None:
        raise RestError(400, "rest_upload_invalid_disposition", "Invalid Content-Disposition supplied.")
    name, content_type = _checked(named[1], request.content)
    given = request.query
    media = add_media(site, name, request.content, content_type, author=request.user.id)
    media.title = str(given.get("title", media.title))
    media.slug = site.slug_for(str(given.get("slug") or media.title), media.id)
    return RestAnswer(media_json(site, media), 201, {"Location": site.rest_url(f"/wp/v2/media/{media.id}")})


def _checked(name: str, content: bytes) -> tuple[str, str]:
    """The name it gets and its type. WordPress: wp_check_filetype_and_ext(), sanitize_file_name()."""
    stem, _, ending = re.sub(r"[^a-zA-Z0-9._-]+", "-", name).rpartition(".")
    content_type = _TYPE_OF.get(ending.lower())
    if content_type in _ENDING_OF:
        found = next((kind for kind in _ENDING_OF if content.startswith(_BEGINNINGS[kind])), None)
        if found not in (None, content_type):
            ending = _ENDING_OF[found] if found else ending
        content_type = found
    if content_type is None or not content.startswith(_BEGINNINGS.get(content_type, (b"",))):
        message = "Sorry, you are not allowed to upload this file type."
        raise RestError(500, "rest_upload_sideload_error", message)
    inner = [part if part.lower() in _TYPE_OF else f"{part}_" for part in stem.split(".")[1:]]
    return ".".join([stem.split(".")[0].strip("-_") or "unnamed-file", *inner, ending.lower()]), content_type


def add_media(site: Site, name: str, content: bytes, content_type: str, *, author: int, alt: str = "") -> Media:
    """Store a file under a free name; it is served from /wp-content/uploads/."""
    number, now = site.next_id("content"), site.now()
    folder = f"{site.url}/wp-content/uploads/{now:%Y/%m}"
    stem, _, ending = name.rpartition(".")
    taken = {media.address for media in site.media.values()}
    free, count = name, 0
    while f"{folder}/{free}" in taken:
        count += 1
        free = f"{stem}-{count}.{ending}"
    slug = site.slug_for(stem, number)
    site.media[number] = Media(number, f"{folder}/{free}", content_type, content, stem, alt, author, now, slug)
    return site.media[number]


def list_media(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: List Media, newest first; a file that hangs on no post is public."""
    given = request.params
    found = sorted(site.media.values(), key=lambda media: (media.date_gmt, media.id), reverse=True)
    if (include := params.integers(given, "include")) is not None:
        found = [media for media in found if media.id in include]
    if (slugs := params.words(given, "slug")) is not None:
        found = [media for media in found if media.slug in slugs]
    page = paged(site, request, found)
    return page.answer([media_json(site, media) for media in page.items])


def get_media(site: Site, request: RestRequest, media_id: int) -> RestAnswer:
    """WordPress REST: Retrieve a Media Item."""
    shape = media_json(site, _found(site, media_id))
    return RestAnswer(embedded("media", shape) if request.params.get("context") == "embed" else shape)


def delete_media(site: Site, request: RestRequest, media_id: int) -> RestAnswer:
    """WordPress REST: Delete a Media Item. There is no trash; one's own needs delete_posts."""
    media = _found(site, media_id)
    own = request.user is not None and request.user.id == media.author
    if not request.may("delete_posts" if own else "delete_others_posts"):
        raise RestError(request.denied(), "rest_cannot_delete", "Sorry, you are not allowed to delete this post.")
    if not params.flag(request.params, "force"):
        message = "The post does not support trashing. Set 'force=true' to delete."
        raise RestError(501, "rest_trash_not_supported", message)
    del site.media[media_id]
    return RestAnswer({"deleted": True, "previous": media_json(site, media)})


def _found(site: Site, media_id: int) -> Media:
    if media_id not in site.media:
        raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
    return site.media[media_id]
