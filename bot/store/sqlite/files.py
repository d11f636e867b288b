"""Members' files in the blog's media library: which belongs to which message, and what became of it.

Neither carries files nor keeps any: it knows their numbers and addresses.
"""

from __future__ import annotations

from collections import defaultdict

from bot.core.actions import Discard
from bot.core.domain import AttachmentId, MediaId, MessageId, Millis, Place
from bot.ports import Media, Upload
from bot.store.sqlite.base import Part, Row, Tx, rows
from bot.store.sqlite.outbox import put

_NOTE = """-- What became of a file, in place of what was known of it.
INSERT INTO uploads (attachment_id, message_id, post_id, media_id, url, refused, noted_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (attachment_id) DO UPDATE SET
       media_id = excluded.media_id, url = excluded.url, refused = excluded.refused, noted_at = excluded.noted_at
 WHERE post_id = excluded.post_id
"""

_OF_MESSAGE = """-- What is known of the files of a post's message.
SELECT attachment_id, message_id, media_id, url, refused FROM uploads
 WHERE message_id = ? AND post_id = ? ORDER BY attachment_id
"""

_OF_THREAD = """-- The files of a post's messages after one.
SELECT message_id, attachment_id FROM uploads WHERE post_id = ? AND message_id > ?
"""

_FORGET = """-- A file is not in the media library any more.
DELETE FROM uploads WHERE attachment_id = ? AND post_id = ?
"""


def _upload_of(row: Row) -> Upload:
    return Upload(
        AttachmentId(row["attachment_id"]),
        MessageId(row["message_id"]),
        None if row["media_id"] is None else Media(MediaId(row["media_id"]), row["url"]),
        refused=bool(row["refused"]),
    )


class SqliteUploads(Part):
    """Implements :class:`bot.ports.Uploads`."""

    async def note_upload(self, place: Place, upload: Upload) -> None:
        number, url = (upload.media.id, upload.media.url) if upload.media is not None else (None, None)
        await self._change(
            _NOTE, upload.attachment, upload.message, place.row, number, url, int(upload.refused), self._now()
        )

    async def uploads(self, place: Place, message: MessageId) -> dict[AttachmentId, Upload]:
        found = map(_upload_of, await self._ask(_OF_MESSAGE, message, place.row))
        return {one.attachment: one for one in found}

    async def carried_files(self, place: Place, *, newer_than: MessageId) -> dict[MessageId, frozenset[AttachmentId]]:
        found: defaultdict[MessageId, set[AttachmentId]] = defaultdict(set)
        for one in await self._ask(_OF_THREAD, place.row, newer_than):
            found[MessageId(one["message_id"])].add(AttachmentId(one["attachment_id"]))
        return {message: frozenset(files) for message, files in found.items()}

    async def forget_upload(self, place: Place, attachment: AttachmentId) -> None:
        await self._change(_FORGET, attachment, place.row)


async def discard_all(tx: Tx, post_row: int, message: MessageId, now: Millis) -> None:
    """Queue that every file of a message leaves the library, if there is any."""
    found = await rows(tx, _OF_MESSAGE, message, post_row)
    if found:
        await put(tx, post_row, Discard(message, tuple(AttachmentId(one["attachment_id"]) for one in found)), now)
