"""Holds what Discord really shows against what the blog really has: the four invariants, for every thread.

Asks neither the bot nor its database. Call it when all is quiet.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tests.support.whole_bot import Mirror, Scene, read_mirror

Json = dict[str, Any]
_TOMBSTONES = ("Thiscommentwasremoved", "Thiscommentwasremovedbyitsauthor")


@dataclass
class Findings:
    """What does not hold, one sentence each; all empty is the only pass.

    ``lost`` is not there, ``doubled`` there twice, ``wrong_parent`` in the wrong place, ``disorder`` before its parent
    or its earlier part, ``stale`` not in its last state, ``lingering`` there though it should be gone.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_parent: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    lingering: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return ", ".join(f"{one.name.replace('_', ' ')} {len(getattr(self, one.name))}" for one in fields(self))

    def all(self) -> list[str]:
        """Every sentence."""
        return [f"{one.name}: {said}" for one in fields(self) for said in getattr(self, one.name)]


async def findings(
    stage: Scene,
    posts: Iterable[int],
    *,
    hidden: Collection[int] = (),
    said: Mapping[int, int] | None = None,
    late: Collection[int] = (),
    unsteady: Collection[int] = (),
) -> Findings:
    """Both sides of these posts. ``hidden``: comments whose mirrors a moderator of Discord removed.

    ``said``: replies of members as (message, answered message), for those whose target is gone by now; ``late``:
    comments that came to light after their replies, which therefore stand before them; ``unsteady``: comments that were
    out of sight for a while, so that an answer may have gone to the nearest one above.
    """
    found = Findings()
    threads = _threads(stage, found)
    for post in posts:
        data = await stage.blog.request("GET", f"wp/v2/posts/{post}")
        match threads.get(_bare(data["link"]), []):
            case []:
                found.lost.append(f"post {post} has no thread")
            case [thread, *more]:
                if more:
                    found.doubled.append(f"post {post} has {1 + len(more)} threads")
                everything = await stage.blog.comments(post, status="any")
                judge = _Thread(stage, found, thread, everything, set(hidden), dict(said or {}), set(late))
                judge.unsteady = set(unsteady)
                await judge.judge()
    return found


def _threads(stage: Scene, found: Findings) -> dict[str, list[int]]:
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
        self,
        stage: Scene,
        found: Findings,
        thread: int,
        comments: list[Json],
        hidden: set[int],
        said: dict[int, int],
        late: set[int],
    ) -> None:
        self.found = found
        self.thread = thread
        self.hidden = hidden
        self.late = late
        self.unsteady: set[int] = set()
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
        jump = re.compile(rf"https://discord\.com/channels/{stage.guild.id}/{thread}/(\d+)")
        self.relay_of = {
            number: int(match[1])
            for number, one in self.every.items()
            if (match := jump.fullmatch(one.get("author_url", "")))
        }
        self.said = {message: to for message, to in said.items() if message in self.messages}

    async def judge(self) -> None:
        for number, comment in self.approved.items():
            if number in self.relay_of:
                self._relay(number, comment)
            else:
                self._mirrored(number, comment)
        for number, parts in self.mirrors.items():
            if number not in self.approved:
                self.found.lingering.append(f"comment {number} is not approved and has {len(parts)} mirrors")
        answered = {one.parent for parts in self.mirrors.values() for one in parts} | set(self._targets().values())
        for_nobody = sorted(self.tombstones - answered)
        # The blog may have moved their comments, and what they answer may have been replaced.
        by_members = {to for to in self._targets().values() if to in self.tombstones or to not in self.messages}
        if len(self.tombstones) > len(self._wanted_tombstones()) + len(by_members):
            self.found.lingering.append(f"of {len(self.tombstones)} tombstones {for_nobody} keep a place for nobody")
        self._members()

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

    def _mirrored(self, number: int, comment: Json) -> None:
        parts = sorted(self.mirrors.get(number, []))
        if number in self.hidden:
            if parts:
                self.found.lingering.append(f"comment {number} was removed on Discord and came back")
            return
        numbers = [one.part for one in parts]
        if not parts or set(numbers) != set(range(1, parts[0].parts + 1)):
            self.found.lost.append(f"comment {number} shows parts {numbers}")
            return
        if len(numbers) != len(set(numbers)):
            self.found.doubled.append(f"comment {number} shows parts {numbers}")
            return
        if numbers != sorted(numbers):
            self.found.disorder.append(f"comment {number} shows parts {numbers}")
        words = letters("".join(one.words for one in parts))
        if words != letters(comment["content"]["rendered"]) or parts[0].author != html.unescape(comment["author_name"]):
            self.found.stale.append(f"comment {number} reads {words[:40]!r} by {parts[0].author}")
        self._parent(number, comment["parent"], parts[0])

    def _parent(self, number: int, parent: int, mirror: Mirror) -> None:
        wanted = self._places(parent)
        if mirror.parent not in wanted:
            self.found.wrong_parent.append(f"comment {number} answers message {mirror.parent}, not one of {wanted}")
        elif mirror.parent is not None and mirror.parent > mirror.message and parent not in self.late:
            self.found.disorder.append(f"comment {number} stands before its parent {parent}")

    def _places(self, parent: int) -> set[int | None]:
        """Messages that a reply to this comment may point at."""
        if parent in self.relay_of:
            return {self.relay_of[parent]} if parent in self.approved else {self.relay_of[parent], None}
        if parent in self.approved and self.mirrors.get(parent):
            return {min(self.mirrors[parent]).message}
        if parent in self.hidden:
            return {None, *(one.parent for parts in self.mirrors.values() for one in parts)}
        return {None, *self.tombstones}

    # ---------------------------------------------------------------- Discord -> blog

    def _relay(self, number: int, comment: Json) -> None:
        if self.mirrors.get(number):
            self.found.doubled.append(f"comment {number} is a relay and came back as a mirror")
        if self.relay_of[number] in self.messages:
            return
        children = [one for one in self.approved.values() if one["parent"] == number]
        if letters(comment["content"]["rendered"]) not in _TOMBSTONES or not children:
            self.found.lingering.append(f"comment {number} stays though its message is gone")

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

    def _members(self) -> None:
        comments: dict[int, list[int]] = defaultdict(list)
        for number, message in self.relay_of.items():
            comments[message].append(number)
        for message, target in self._targets().items():
            copies = comments.get(message, [])
            if not copies:
                self.found.lost.append(f"message {message} has no comment")
            elif len(copies) > 1:
                self.found.doubled.append(f"message {message} has comments {copies}")
            elif copies[0] in self.approved:
                self._written(message, target, self.approved[copies[0]], comments)
        for message, copies in comments.items():
            if message in self.messages and message not in self._targets():
                self.found.lingering.append(f"message {message} is nobody's answer and has comments {copies}")

    def _written(self, message: int, target: int, comment: Json, comments: Mapping[int, list[int]]) -> None:
        if letters(self.messages[message]["content"]) != letters(comment["content"]["rendered"]):
            self.found.stale.append(f"message {message} reads otherwise in comment {comment['id']}")
        shown = {one.message: one.comment for parts in self.mirrors.values() for one in parts}
        wanted = 0 if target == self.thread else shown.get(target) or next(iter(comments.get(target, [])), None)
        while wanted in self.unsteady and wanted != comment["parent"]:
            wanted = self.every[wanted]["parent"]
        if wanted is not None and (wanted == 0 or wanted in self.approved) and comment["parent"] != wanted:
            self.found.wrong_parent.append(f"message {message} is under comment {comment['parent']}, not {wanted}")


def _is_ours(message: Json, stage: Scene) -> bool:
    return bool(message.get("webhook_id")) or message["author"]["id"] == str(stage.app.user.id)


def _words(message: Json) -> str:
    embeds = message["embeds"]
    return message["content"] or (embeds[0].get("description", "") if embeds else "")
