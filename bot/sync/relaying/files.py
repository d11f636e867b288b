"""Discord -> blog: see to it that a message's files are in the blog's media library, and go when they have to go.

Does not write comments. Whatever stands in a file's way, the comment has a link to the message instead.
"""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.core.actions import Discard
from bot.core.domain import Attached, AttachmentId, Message, MessageId, Place
from bot.core.errors import CommonthreadError, Permanent, Refused, Unreachable
from bot.ports import Blog, Chat, File, Media, Outcome, Picture, Store, Upload
from bot.sync.relaying.turns import TurnTaker

log = logging.getLogger(__name__)

LARGEST = 25 * 1024 * 1024
"""Bytes. Discord takes 10 MiB from everybody; larger ones are for a media library to buy, not to be given."""
AT_ONCE = 2
"""Files held in memory at a time, over all threads."""
ATTEMPTS_WORDS_WAIT = 5
"""After so many attempts a file that fails in an unclear way no longer keeps the words back."""
LONGEST_NAME = 60

KINDS = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
"""By their names, so that nothing else is downloaded; whether they are pictures, and of which kind, their content says.

Films, sounds and papers note where, when and by whom they were made, and nobody here takes that out: they stay links.
"""


class Files:
    """``wanted``: the operator wants files in the media library; whether that is possible the blog says."""

    def __init__(self, blog: Blog, chat: Chat, store: Store, turns: TurnTaker, *, wanted: bool) -> None:
        self._blog = blog
        self._chat = chat
        self._store = store
        self._turns = turns
        self._wanted = wanted
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def urls(self, message: Message, place: Place, *, attempts: int) -> Mapping[AttachmentId, str]:
        """Where the blog shows the message's files; those that it has not are missing here.

        Raises what is worth another attempt; ``attempts`` counts this one.
        """
        files = [one for one in message.attachments if one.id]
        known = await self._store.uploads(place, message.id) if files else {}
        found: dict[AttachmentId, str] = {}
        for file in files:
            upload = known.get(file.id)
            media = upload.media if upload is not None else None
            if media is None and not (upload is not None and upload.refused):
                media = await self._carried(file, message, place, attempts=attempts)
            if media is not None and media.url:
                found[file.id] = media.url
        return found

    async def _carried(self, file: Attached, message: Message, place: Place, *, attempts: int) -> Media | None:
        if not (self._wanted and self._blog.can_upload) or not is_fit(file):
            return None
        try:
            return await self._carry(file, message, place)
        except CommonthreadError as error:
            if attempts < ATTEMPTS_WORDS_WAIT or (isinstance(error, Unreachable) and error.retry_after is not None):
                raise
            log.warning("file %s of message %s is left out: %s", file.id, message.id, error.reason)
        return None

    async def _carry(self, file: Attached, message: Message, place: Place) -> Media | None:
        """Noted before it leaves, looked for before it leaves again."""
        media = await self._blog.find_media(key_of(file.id))
        if media is None:
            asking = self._turns.of_file(file, message)
            if not await self._store.file_turn(place, file.id, asking):
                why = asking.turn.why if asking.turn is not None else ""
                log.info("file %s of message %s stays on Discord: %s", file.id, message.id, why)
                return None
            async with self._at_once:
                picture = await self._picture(file, message, place)
                if picture is None:
                    return None
                await self._store.note_upload(place, Upload(file.id, message.id))
                try:
                    media = await self._blog.upload(
                        File(key_of(file.id), name_of(file, picture.ending), picture.content)
                    )
                except Refused as refusal:
                    log.info("file %s of message %s stays on Discord: %s", file.id, message.id, refusal.reason)
                    await self._store.note_upload(place, Upload(file.id, message.id, refused=True))
                    return None
        await self._store.note_upload(place, Upload(file.id, message.id, media))
        return media

    async def _picture(self, file: Attached, message: Message, place: Place) -> Picture | None:
        try:
            return await self._chat.download(place, message.id, file.id, limit=LARGEST)
        except Permanent as gone:  # a lost thread, too, does not keep a member's words from the blog
            log.info("file %s of message %s cannot be had: %s", file.id, message.id, gone.reason)
            return None

    async def tidied(
        self, place: Place, outcome: Outcome, message: MessageId, keep: Collection[AttachmentId] = ()
    ) -> Outcome:
        """The outcome of an action after which the blog shows nothing but ``keep`` of a message's files any more."""
        gone = tuple(sorted(set(await self._store.uploads(place, message)) - set(keep)))
        return replace(outcome, follow_up=(*outcome.follow_up, Discard(message, gone))) if gone else outcome

    async def discard(self, place: Place, action: Discard) -> Outcome:
        """Each step may be repeated: what is gone already is left behind. One that stays keeps no other there."""
        known = await self._store.uploads(place, action.message_id)
        refusal: Refused | None = None
        for attachment in action.attachments:
            if attachment not in known:
                continue
            # By its key and never by its number: that may be another file's, on a blog that was put back to a backup.
            # Looked for though it was refused, too: an attempt before that one may have arrived late.
            media = await self._blog.find_media(key_of(attachment))
            try:
                if media is not None:
                    await self._blog.discard(media.id)
            except Refused as error:
                refusal = error
                continue
            await self._store.forget_upload(place, attachment)
        if refusal is not None:
            raise refusal
        # A message that is tried anew carries its files again, and they may have to go again.
        return Outcome(note=f"{len(action.attachments)} files", forgotten=True)


def has_lost_one(message: Message, carried: frozenset[AttachmentId]) -> bool:
    """Whether a message's author took one of these files off it. Where its content is hidden nobody can tell."""
    return not message.is_hidden and bool(carried - {one.id for one in message.attachments})


def key_of(attachment: AttachmentId) -> str:
    """By which a file is found again in the library."""
    return f"discord-{attachment}"


def is_fit(file: Attached) -> bool:
    """Whether a member's file may be a picture for a public site, by its name, and is not too large."""
    return 0 < file.size <= LARGEST and _ending(file) in KINDS


def name_of(file: Attached, ending: str) -> str:
    """What the file is called in the library: ASCII, one ending. A spoiler's own name would give it away."""
    plain = unicodedata.normalize("NFKD", file.filename.rpartition(".")[0]).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-_")[:LONGEST_NAME]
    if file.spoiler or not stem:
        stem = key_of(file.id)
    return f"{stem}.{ending}"


def _ending(file: Attached) -> str:
    return file.filename.rpartition(".")[2].lower() if "." in file.filename else ""
