"""Each kind of action, cut off at every await of it: after a restart it is done exactly once.

An await is the beginning or end of a call of a port or of the store; one kill lies between any two of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bot.core.domain import MessageId
from bot.core.policy import Policy, RelayMode
from bot.sync.mirroring.compose import TOMBSTONE
from bot.sync.relaying.compose import TOMBSTONE_HTML
from tests.support.clock_and_faults import Fault
from tests.support.engine_in_memory import World
from tests.support.fake_blog import StoredComment
from tests.support.invariants_in_memory import Ledger, Truth
from tests.support.pictures import picture

LONG = "word " * 900
Setting = Callable[["CrashScene"], Awaitable[None]]
Count = Callable[["CrashScene"], tuple[int, int]]


@dataclass
class CrashScene:
    """A world, what was prepared in it, and the ledger for its truth."""

    world: World
    ledger: Ledger = field(default_factory=Ledger)
    post: str = ""
    comments: list[StoredComment] = field(default_factory=list)
    messages: list[MessageId] = field(default_factory=list)

    def comment(self, html: str, parent: StoredComment | None = None) -> StoredComment:
        made = self.world.blog.comment(self.post, html, parent=parent.id if parent else None)
        self.comments.append(made)
        self.ledger.words[made.id] = html.split()[0]
        return made

    def mirrors(self, comment: StoredComment) -> list[MessageId]:
        ending = f"#comment-{comment.id} "
        return [one.id for one in self.world.chat.messages.values() if ending in one.marker]

    def with_text(self, text: str) -> int:
        return sum(1 for one in self.world.chat.messages.values() if one.text.startswith(text))

    async def say(self, words: str, to: MessageId, files: Mapping[str, bytes] | None = None) -> MessageId:
        said = self.world.chat.member_says(await self.world.thread(), 7, words, to, files)
        self.messages.append(said.id)
        return said.id

    def relays(self, message: MessageId) -> list[StoredComment]:
        return [one for one in self.world.blog.comments.values() if f"/{message}#" in one.author_url]


async def begin(policy: Policy | None = None) -> CrashScene:
    world = World(policy=policy)
    await world.start()
    scene = CrashScene(world)
    scene.post = world.blog.add_post("First").id
    return scene


async def nothing(_: CrashScene) -> None:
    """The thread itself is what is to come."""


async def a_thread(scene: CrashScene) -> None:
    await scene.world.quiet()


async def a_mirror(scene: CrashScene) -> None:
    scene.comment("alpha")
    await scene.world.quiet()


async def a_long_mirror(scene: CrashScene) -> None:
    scene.comment(f"alpha {LONG}")
    await scene.world.quiet()


async def an_answered_mirror(scene: CrashScene) -> None:
    scene.comment("beta", scene.comment(f"alpha {LONG}"))
    await scene.world.quiet()


async def a_relay(scene: CrashScene) -> None:
    await a_mirror(scene)
    await scene.say("gamma", scene.mirrors(scene.comments[0])[0])
    await scene.world.quiet()


async def an_answered_relay(scene: CrashScene) -> None:
    await a_relay(scene)
    (relay,) = scene.relays(scene.messages[0])
    scene.comment("delta", relay)
    await scene.world.quiet()


async def a_library(scene: CrashScene) -> None:
    scene.world.blog.capabilities = {"upload_files", "delete_posts"}
    await a_mirror(scene)


async def a_relay_with_files(scene: CrashScene) -> None:
    await a_library(scene)
    await write_with_files(scene)
    await scene.world.quiet()


async def send(scene: CrashScene) -> None:
    scene.comment("epsilon")


async def send_long(scene: CrashScene) -> None:
    scene.comment(f"epsilon {LONG}")


async def edit(scene: CrashScene) -> None:
    scene.comments[0].html = "zeta"
    scene.ledger.words[scene.comments[0].id] = "zeta"


async def edit_longer(scene: CrashScene) -> None:
    scene.comments[0].html = f"zeta {LONG}"
    scene.ledger.words[scene.comments[0].id] = "zeta"


async def edit_without_webhook(scene: CrashScene) -> None:
    scene.world.chat.webhook += 1
    await edit_longer(scene)


async def retract(scene: CrashScene) -> None:
    scene.world.blog.set_status(scene.comments[0].id, "trash")


async def revise(scene: CrashScene) -> None:
    post = scene.world.blog.posts[scene.post]
    post.title, post.categories = "Second", ("News",)


async def write(scene: CrashScene) -> None:
    await scene.say("eta", scene.mirrors(scene.comments[0])[0])


async def write_refused(scene: CrashScene) -> None:
    scene.world.blog.posts[scene.post].open = False
    await write(scene)


async def write_with_files(scene: CrashScene) -> None:
    files = {"cat.png": picture("a cat"), "dog.png": picture("a dog"), "a.svg": b"<svg/>"}
    await scene.say("eta", scene.mirrors(scene.comments[0])[0], files)


async def write_with_files_refused(scene: CrashScene) -> None:
    scene.world.blog.posts[scene.post].open = False
    await write_with_files(scene)


async def take_a_file_off(scene: CrashScene) -> None:
    scene.world.chat.member_removes_file(scene.messages[0], "cat.png")


async def rewrite(scene: CrashScene) -> None:
    scene.world.chat.member_edits(scene.messages[0], "theta")


async def withdraw(scene: CrashScene) -> None:
    scene.world.chat.delete_messages(scene.messages[0])


async def settle(scene: CrashScene) -> None:
    """A reply is written between the look for answers and the trash."""
    (relay,) = scene.relays(scene.messages[0])
    scene.world.chat.delete_messages(scene.messages[0])
    await scene.world.quiet()
    scene.comment("iota", relay)


async def a_relay_whose_parent_is_away(scene: CrashScene) -> None:
    await a_mirror(scene)
    scene.world.blog.set_status(scene.comments[0].id, "trash")
    await scene.say("eta", scene.mirrors(scene.comments[0])[0])
    await scene.world.work(poll=False)


async def bring_the_parent_back(scene: CrashScene) -> None:
    scene.world.blog.set_status(scene.comments[0].id, "approved")


async def a_refused_message(scene: CrashScene) -> None:
    await a_mirror(scene)
    await write_refused(scene)
    await scene.world.quiet()


async def word_anew(scene: CrashScene) -> None:
    scene.world.blog.posts[scene.post].open = True
    scene.world.chat.member_edits(scene.messages[0], "theta")


async def lose(scene: CrashScene) -> None:
    scene.comment("kappa")
    scene.world.chat.permitted = False
    await scene.world.work()
    await scene.world.next_moment()
    await scene.world.work()
    scene.world.chat.permitted = True


async def a_backlog(scene: CrashScene) -> None:
    for number in range(14):
        scene.comment(f"old{number} x")
    scene.world.faults.arm("chat", *[Fault.SLOW] * 20)


def one_thread(scene: CrashScene) -> tuple[int, int]:
    return len(scene.world.chat.starters), 1


def one_message(scene: CrashScene) -> tuple[int, int]:
    return len(scene.mirrors(scene.comments[-1])), 1


def three_parts(scene: CrashScene) -> tuple[int, int]:
    return len(scene.mirrors(scene.comments[-1])), 3


def no_message(scene: CrashScene) -> tuple[int, int]:
    return len(scene.world.chat.messages), 0


def one_tombstone(scene: CrashScene) -> tuple[int, int]:
    return scene.with_text(TOMBSTONE), 1


def one_revised(scene: CrashScene) -> tuple[int, int]:
    chat = scene.world.chat
    followed = [one for one in chat.threads.values() if (one.name, one.tags) == ("Second", ["News"])]
    return sum(1 for one in chat.starters.values() if one.text == "Second") + len(followed), 2


def one_relay(scene: CrashScene) -> tuple[int, int]:
    (relay,) = scene.relays(scene.messages[-1])
    marked = scene.world.chat.messages[scene.messages[-1]].mark is not None
    return len(scene.relays(scene.messages[-1])) + (relay.parent == scene.comments[0].id) + marked, 3


def one_relay_and_no_word(scene: CrashScene) -> tuple[int, int]:
    answers = [one for one in scene.world.chat.messages.values() if one.reply_to == scene.messages[-1]]
    return 10 * len(answers) + one_relay(scene)[0], 3


def one_word_of_refusal(scene: CrashScene) -> tuple[int, int]:
    answers = [one for one in scene.world.chat.messages.values() if one.reply_to == scene.messages[-1]]
    return len(answers) + 10 * len(scene.relays(scene.messages[-1])), 1


def library(scene: CrashScene) -> tuple[int, int]:
    """-> files in the library, and how many of them the message's comments show."""
    media = scene.world.blog.media.values()
    shown = [one for one in media if any(one.url in relay.html for relay in scene.relays(scene.messages[0]))]
    return len(media), len(shown)


def one_relay_with_two_files(scene: CrashScene) -> tuple[int, int]:
    kept, shown = library(scene)
    return 100 * kept + 10 * shown + len(scene.relays(scene.messages[0])), 221


def one_relay_with_one_file(scene: CrashScene) -> tuple[int, int]:
    kept, shown = library(scene)
    return 100 * kept + 10 * shown + len(scene.relays(scene.messages[0])), 111


def trashed_without_files(scene: CrashScene) -> tuple[int, int]:
    return 10 * library(scene)[0] + trashed(scene)[0], 1


def one_word_and_no_file(scene: CrashScene) -> tuple[int, int]:
    return 100 * library(scene)[0] + one_word_of_refusal(scene)[0], 1


def one_rewritten(scene: CrashScene) -> tuple[int, int]:
    return sum(1 for one in scene.world.blog.comments.values() if one.html == "theta"), 1


def trashed(scene: CrashScene) -> tuple[int, int]:
    return sum(1 for one in scene.relays(scene.messages[0]) if one.status == "trash"), 1


def tombstone_on_the_blog(scene: CrashScene) -> tuple[int, int]:
    found = [one for one in scene.relays(scene.messages[0]) if one.html == TOMBSTONE_HTML]
    return sum(1 for one in found if one.status == "approved"), 1


def told_once(scene: CrashScene) -> tuple[int, int]:
    return len(scene.world.chat.heard), 1


def nothing_said_at_the_end(scene: CrashScene) -> tuple[int, int]:
    said = [one for one in scene.world.chat.messages.values() if "Earlier comments" in one.text]
    mirrored = [one for one in scene.comments if len(scene.mirrors(one)) == 1]
    return 100 * len(scene.world.chat.sayings) + 1000 * len(said) + len(mirrored), 114


CASES: dict[str, tuple[Setting, Setting, Count]] = {
    "open": (nothing, nothing, one_thread),
    "send": (a_thread, send, one_message),
    "send long": (a_thread, send_long, three_parts),
    "edit": (a_mirror, edit, one_message),
    "edit longer": (a_mirror, edit_longer, three_parts),
    "edit shorter": (a_long_mirror, edit, one_message),
    "edit, webhook gone": (a_long_mirror, edit_without_webhook, three_parts),
    "retract": (a_long_mirror, retract, no_message),
    "retract, answered": (an_answered_mirror, retract, one_tombstone),
    "starter": (a_thread, revise, one_revised),
    "write": (a_mirror, write, one_relay),
    "write, refused": (a_mirror, write_refused, one_word_of_refusal),
    "write, files": (a_library, write_with_files, one_relay_with_two_files),
    "write, files, refused": (a_library, write_with_files_refused, one_word_and_no_file),
    "rewrite, a file less": (a_relay_with_files, take_a_file_off, one_relay_with_one_file),
    "withdraw, files": (a_relay_with_files, withdraw, trashed_without_files),
    "rewrite": (a_relay, rewrite, one_rewritten),
    "withdraw": (a_relay, withdraw, trashed),
    "withdraw, answered": (an_answered_relay, withdraw, tombstone_on_the_blog),
    "settle": (a_relay, settle, tombstone_on_the_blog),
    "move": (a_relay_whose_parent_is_away, bring_the_parent_back, one_relay),
    "unsay": (a_refused_message, word_anew, one_relay_and_no_word),
    "notify": (a_thread, lose, told_once),
    "report": (nothing, a_backlog, nothing_said_at_the_end),
}


@asynccontextmanager
async def lived_through(case: str, kill_at: int | None) -> AsyncIterator[tuple[CrashScene, int]]:
    """The case with a kill at an await (None: no kill): the scene when all is quiet, and how many awaits it took."""
    setting, act, _ = CASES[case]
    scene = await begin(Policy(relay=RelayMode.REPLIES, first_posts=1, retract_share=1.0))
    world = scene.world
    try:
        await setting(scene)
        await act(scene)
        before = world.faults.steps
        world.faults.kill_in = kill_at
        for _ in range(3):
            await world.work()
            world.clock.advance(6_000 if case == "report" else 2_000)
        assert kill_at is None or world.faults.injected["kill -9"] == 1, "there is no such await"
        taken = world.faults.steps - before
        world.clock.advance(400_000)  # a nonce is forgotten
        await world.quiet()
        yield scene, taken
    finally:
        await world.end()


@pytest.mark.parametrize("case", CASES)
async def test_cut_off_at_every_await(case: str) -> None:
    count = CASES[case][2]
    async with lived_through(case, None) as (scene, awaits):
        assert count(scene)[0] == count(scene)[1], "without a kill"
    wrong: list[str] = []
    for at in range(awaits):
        async with lived_through(case, at) as (scene, _):
            found, wanted = count(scene)
            verdict = await Truth(scene.world, scene.ledger).judge()
            if found != wanted or verdict.sentences:
                wrong.append(f"killed at {at}: {found} instead of {wanted} {verdict.sentences}")
    print(f"\n{case}: killed at each of {awaits} awaits, {len(wrong)} wrong", end="")
    assert not wrong, "\n".join(wrong)
