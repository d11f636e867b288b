"""Members' files in the blog's media library: which belongs to which message, and what became of it.

Neither carries files nor keeps any: it knows their numbers and addresses.
"""

from __future__ import annotations

import aiosqlite

from bot.core.actions import Discard
from bot.core.domain import AttachmentId, MediaId, MessageId, Millis, Place
from bot.ports import Media, Upload
from bot.store.sqlite.base import Room, change, rows
from bot.store.sqlite.outbox import put

_NOTE = """
INSERT INTO uploads (attachment_id, message_id, post_id, media_id, url, refused, noted_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (attachment_id) DO UPDATE SET
       media_id = excluded.media_id, url = excluded.url, refused = excluded.refused, noted_at = excluded.noted_at
 WHERE post_id = excluded.post_id
"""


class Uploads(Room):
    """The part of the Store port about files."""

    async def note_upload(self, place: Place, upload: Upload) -> None:
        media = upload.media
        async with self._db.transaction() as tx:
            await change(
                tx,
                _NOTE,
                upload.attachment,
                upload.message,
                place.row,
                None if media is None else media.id,
                None if media is None else media.url,
                int(upload.refused),
                self._now(),
            )

    async def uploads(self, place: Place, message: MessageId) -> dict[AttachmentId, Upload]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT attachment_id, media_id, url, refused FROM uploads WHERE message_id = ? AND post_id = ?"
                " ORDER BY attachment_id",
                message,
                place.row,
            )
        return {
            AttachmentId(attachment): Upload(
                AttachmentId(attachment),
                message,
                None if media is None else Media(MediaId(media), url),
                refused=bool(refused),
            )
            for attachment, media, url, refused in found
        }

    async def forget_upload(self, place: Place, attachment: AttachmentId) -> None:
        async with self._db.transaction() as tx:
            await change(tx, "DELETE FROM uploads WHERE attachment_id = ? AND post_id = ?", attachment, place.row)


async def discard_all(tx: aiosqlite.Connection, post_row: int, message: MessageId, now: Millis) -> None:
    """Queue that every file of a message leaves the library, if there is any."""
    found = await rows(
        tx, "SELECT attachment_id FROM uploads WHERE message_id = ? AND post_id = ? ORDER BY 1", message, post_row
    )
    if found:
        await put(tx, post_row, Discard(message, tuple(AttachmentId(one) for (one,) in found)), now)
