"""What else happens to a world beside trouble: backups are put back, numbers given out again, rules and clocks change.

Judges nothing. Each move does to the ledger what it does to what is right, and to nothing else.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from bot.core.domain import MessageId
from bot.core.policy import RelayMode
from tests.support.engine_in_memory import World
from tests.support.fake_blog import Backup, FakeBlog
from tests.support.invariants_in_memory import Ledger

HOUR = 3_600_000


@dataclass
class SiteBackup:
    """A copy of the blog, with the words that stood in it."""

    site: Backup
    words: dict[str, str]


@dataclass
class Strangers:
    """Another blog, which answers for a while in place of the world's; ``before``: what stood in it then."""

    blog: FakeBlog
    before: dict[str, tuple[str, str]] = field(default_factory=dict)

    def contents(self) -> dict[str, tuple[str, str]]:
        return {one.id: (one.html, one.status) for one in self.blog.comments.values()}


def back_up_site(world: World, ledger: Ledger) -> SiteBackup:
    return SiteBackup(world.blog.backup(), dict(ledger.words))


def put_site_back(world: World, ledger: Ledger, backup: SiteBackup) -> None:
    """What was written since is gone, what was changed since is as it was; numbers are given out again."""
    before, files, blog = deepcopy(world.blog.comments), set(world.blog.media), world.blog
    blog.restore(backup.site)
    for message in world.chat.messages.values():
        if message.marker and ledger.shown_as.get(message.id) not in blog.comments:
            ledger.of_the_past.add(message.id)
            ledger.shown_as.pop(message.id, None)
    ledger.old_words |= {words for number, words in ledger.words.items() if backup.words.get(number) != words}
    ledger.words = {number: words for number, words in backup.words.items() if number in blog.comments}
    ledger.old_words -= set(ledger.words.values())
    for one in blog.comments.values():
        one.hidden_once = True  # or had: what stood between backup and now is forgotten
    for said in ledger.said.values():
        ending = f"/{said.thread}/{said.message}#"
        now = [one for one in blog.comments.values() if ending in one.author_url]
        then = [one for one in before.values() if ending in one.author_url]
        if files != set(blog.media):  # one that the bot had thrown away is back, or one that it had carried is lost
            ledger.files.pop(said.message, None)
        if now != then:  # who runs the blog changed what became of it
            said.moderated = True
            ledger.files.pop(said.message, None)
    # A moment counts whole seconds, and no backup is put back within one.
    world.clock.advance(2000)


def strangers_for(world: World) -> Strangers:
    """A blog whose posts and comments bear the numbers of the world's own, and other moments."""
    other = FakeBlog(world.clock, world.faults, capabilities=set(world.blog.capabilities))
    for number in range(3):
        other.add_post(f"Of another {number}")
        other.comment(str(101 + number * 2), f"stranger{number}x", author="Mallory")
    for post in other.posts.values():
        post.published_at -= 77 * HOUR
        post.slug = f"another-{post.id}"
    return Strangers(other)


def crosses_by(mode: RelayMode, answered: MessageId | None) -> bool:
    """Whether a message can cross by a rule, whatever it answers."""
    return mode is RelayMode.ALL or (mode is RelayMode.REPLIES and answered is not None)
