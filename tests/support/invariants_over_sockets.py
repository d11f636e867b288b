"""Reads what Discord really shows and what the blog really has for the judge of the invariants, thread by thread.

Asks neither the bot nor its database. Call it when all is quiet.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.support.invariants import AnswerRead, Blame, CommentRead, PartRead, Reading, Verdict, Wrong, judge
from tests.support.whole_bot import Mirror, Scene, read_mirror

Json = dict[str, Any]
_TOMBSTONES = ("Thiscommentwasremoved", "Thiscommentwasremovedbyitsauthor")


async def findings(
    stage: Scene,
    posts: Iterable[int],
    *,
    hidden: Collection[int] = (),
    said: Mapping[int, int] | None = None,
    late: Collection[int] = (),
    unsteady: Collection[int] = (),
) -> Verdict:
    """Both sides of these posts. ``hidden``: comments whose mirrors a moderator of Discord removed.

    ``said``: replies of members as (message, answered message), for those whose target is gone by now; ``late``:
    comments that came to light after their replies, which therefore stand before them; ``unsteady``: comments that were
    out of sight for a while, so that an answer may have gone to the nearest one above.
    """
    found = Verdict()
    threads = _threads(stage, found)
    for post in posts:
        data = await stage.blog.request("GET", f"wp/v2/posts/{post}")
        match threads.get(_bare(data["link"]), []):
            case []:
                found.blame(Wrong.LOST, f"post {post} has no thread")
            case [thread, *more]:
                if more:
                    found.blame(Wrong.DOUBLED, f"post {post} has {1 + len(more)} threads")
                everything = await stage.blog.comments(post, status="any")
                read = _Thread(stage, thread, everything, dict(said or {}), set(unsteady))
                judge(read.reading(hidden, late), found)
                read.beside(found)
    return found


def _threads(stage: Scene, found: Verdict) -> dict[str, list[int]]:
    """Permalink -> threads whose starter shows it."""
    threads: dict[str, list[int]] = defaultdict(list)
    channel = {int(message["id"]): message for message in stage.discord.messages(stage.channel)}
    for thread in stage.discord.threads(stage.channel):
        number = int(thread["id"])
        starter = channel.get(number) or next(
            (one for one in stage.discord.messages(number) if int(one["id"]) == number), None
        )
        if starter is not None:
            threads[_bare(_permalink(starter))].append(number)
    return threads


def _permalink(starter: Json) -> str:
    written = re.search(r"<(https?://[^>]+)>", starter["content"])
    return starter["embeds"][0]["url"] if starter["embeds"] else written[1] if written else ""


def _bare(link: str) -> str:
    return link.rstrip("/")


def letters(text: str) -> str:
    """What is left to compare once markup, spaces and signs are gone."""
    return re.sub(r"\W", "", html.unescape(re.sub(r"<[^>]+>", "", text)))


class _Thread:
    def __init__(
        self, stage: Scene, thread: int, comments: list[Json], said: dict[int, int], unsteady: set[int]
    ) -> None:
        self.thread = thread
        self.unsteady = unsteady
        self.every = {one["id"]: one for one in comments}
        self.approved = {number: one for number, one in self.every.items() if one["status"] == "approved"}
        self.messages = {int(one["id"]): one for one in stage.discord.messages(thread)}
        self.ours = {number for number, one in self.messages.items() if _is_ours(one, stage)}
        self.mirrors: dict[int, list[Mirror]] = defaultdict(list)
        for message in self.messages.values():
            if (mirror := read_mirror(message)) is not None:
                self.mirrors[mirror.comment].append(mirror)
        shown = {one.message for parts in self.mirrors.values() for one in parts}
        self.tombstones = {
            number for number in self.ours - shown if letters(_words(self.messages[number])) in _TOMBSTONES
        }
        jump = re.compile(rf"https://discord\.com/channels/{stage.guild.id}/{thread}/(\d+)#ct-\w+")
        self.relay_of = {
            number: int(match[1])
            for number, one in self.every.items()
            if (match := jump.fullmatch(one.get("author_url", "")))
        }
        self.said = {message: to for message, to in said.items() if message in self.messages}

        self.answered = self._targets()

    def reading(self, hidden: Collection[int], late: Collection[int]) -> Reading:
        """Both sides, as the judge wants them."""
        return Reading(
            comments={str(number): self._comment_read(number) for number in self.every},
            parts=[
                PartRead(one.message, str(one.comment), one.part, one.parts, one.parent)
                for parts in self.mirrors.values()
                for one in parts
            ],
            messages=self.messages,
            tombstones=self.tombstones,
            answers=[self._answer_read(message) for message in self.answered],
            misread=self._misread,
            misrelayed=self._misrelayed,
            hidden=set(map(str, hidden)),
            late=set(map(str, late)),
        )

    def beside(self, found: Verdict) -> None:
        """What the judge does not know of: places kept for nobody, and comments that no answer accounts for."""
        answered = {one.parent for parts in self.mirrors.values() for one in parts} | set(self.answered.values())
        for_nobody = sorted(self.tombstones - answered)
        # The blog may have moved their comments, and what they answer may have been replaced.
        by_members = {to for to in self.answered.values() if to in self.tombstones or to not in self.messages}
        if len(self.tombstones) > len(self._wanted_tombstones()) + len(by_members):
            kept = f"of {len(self.tombstones)} tombstones {for_nobody} keep a place for nobody"
            found.blame(Wrong.LINGERING, kept)
        for number, message in self.relay_of.items():
            if message in self.messages and message not in self.answered:
                found.blame(Wrong.LINGERING, f"message {message} is nobody's answer and has comment {number}")

    def _wanted_tombstones(self) -> set[int]:
        """Comments that are not shown and have, at any depth, something below them that is."""
        wanted: set[int] = set()
        for number in self.every:
            if number not in self.approved and self.relay_of.get(number) not in self.messages:
                continue
            step, seen = self.every[number]["parent"], {number}
            while step and step not in seen:
                seen.add(step)
                if step not in self.approved:
                    wanted.add(step)
                step = self.every[step]["parent"] if step in self.every else 0
        return wanted

    # ---------------------------------------------------------------- blog -> Discord

    def _comment_read(self, number: int) -> CommentRead:
        one = self.every[number]
        parent = str(one["parent"]) if one["parent"] else None
        is_tombstone = letters(one["content"]["rendered"]) in _TOMBSTONES
        return CommentRead(str(number), parent, one["status"], self.relay_of.get(number), is_tombstone=is_tombstone)

    def _misread(self, comment: str, _: Sequence[int]) -> Iterator[Blame]:
        number = int(comment)
        parts, source = sorted(self.mirrors[number]), self.every[number]
        words, author = letters("".join(one.words for one in parts)), parts[0].author
        if words != letters(source["content"]["rendered"]):
            yield Wrong.STALE, f"comment {number} reads {words[:40]!r}"
        if author != html.unescape(source["author_name"]):
            yield Wrong.WRONG_SPEAKER, f"comment {number} is said by {author}"

    # ---------------------------------------------------------------- Discord -> blog

    def _targets(self) -> dict[int, int]:
        """Every reply of a member that belongs on the blog -> the message it answers."""
        found = dict(self.said)
        relayable = {self.thread, *(one.message for parts in self.mirrors.values() for one in parts), *self.said}
        for number in sorted(self.messages):
            message = self.messages[number]
            reference = message.get("message_reference")
            if number in self.ours or message["type"] != 19 or not reference:
                continue
            target = int(reference["message_id"])
            if target in relayable:
                found[number] = target
                relayable.add(number)
        return found

    def _answer_read(self, message: int) -> AnswerRead:
        target = self.answered[message]
        shown = {one.message: one.comment for parts in self.mirrors.values() for one in parts}
        relays = {carried: number for number, carried in self.relay_of.items()}
        wanted = 0 if target == self.thread else shown.get(target) or relays.get(target)
        allowed = {wanted}
        while wanted in self.unsteady:
            wanted = self.every[wanted]["parent"]
            allowed.add(wanted)
        ours = relays.get(message)
        known = wanted is not None and (wanted == 0 or wanted in self.approved) and ours in self.approved
        return AnswerRead(message, parents={str(one) if one else None for one in allowed} if known else None)

    def _misrelayed(self, message: int, comment: str) -> Iterator[Blame]:
        source = self.every[int(comment)]
        words = letters(self.messages[message]["content"])
        if source["status"] == "approved" and words != letters(source["content"]["rendered"]):
            yield Wrong.STALE, f"message {message} reads otherwise in comment {comment}"


def _is_ours(message: Json, stage: Scene) -> bool:
    return bool(message.get("webhook_id")) or message["author"]["id"] == str(stage.app.user.id)


def _words(message: Json) -> str:
    embeds = message["embeds"]
    return message["content"] or (embeds[0].get("description", "") if embeds else "")
