"""What one look at a post shows of each comment: the facts about it on which the decision table stands.

Pure: no clock, no network, no database. States facts and decides nothing; see :mod:`bot.sync.mirroring.table`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.core.actions import Parent
from bot.core.clocks import has_passed, is_after
from bot.core.domain import Comment, CommentId, Mapped, MessageId, Millis, Origin, Standing, Tree, digest
from bot.core.signing import message_of
from bot.ports import Snapshot
from bot.sync.mirroring.recognise import copies, may_carry

CALM_REVISIONS = 10
"""After so many edits of one mirror an edit that its own words do not ask for waits, lest a parent that flaps edit all
its answers at each look. Its author's words never wait for earlier ones."""

CALM_FOR = 60_000
"""Milliseconds since the last edit for which such an edit waits."""

QUOTABLE = 2000
"""Characters of a parent's HTML that travel with a reply: its line quotes the first words alone."""

REMOVED = "removed"
"""Stands for the digest of a parent whose words are not public any more."""

HELD_AT_ONCE = 5
"""Held relays that one look asks for, in turn: few are ever thrown away, and no listing tells of it."""

ASKED_AT_ONCE = 50
"""Absent comments that one look asks for by id, in turn; the rest waits for the next."""

ASKED_OF_AN_INCOMPLETE_TREE = 5
"""The same where the tree is incomplete: most of them are only missing from the listing."""

_PUBLIC = (Standing.LIVE, Standing.ARRIVING)
_SHOWN = (Standing.LIVE, Standing.HELD, Standing.TOMBSTONE)


def absent(tree: Tree, mapped: Mapping[CommentId, Mapped]) -> tuple[Mapped, ...]:
    """Mapped comments that the tree does not show though it should. Rows younger than the tree are left alone."""
    present = {comment.id for comment in tree.comments}
    return tuple(
        one
        for one in mapped.values()
        if one.comment_id not in present and one.standing in _PUBLIC and not is_after(one.recorded_at, tree.fetched_at)
    )


def doubted(tree: Tree, mapped: Mapping[CommentId, Mapped], public: Collection[CommentId] = ()) -> tuple[Mapped, ...]:
    """Absent comments that are to be asked for by id at this look: no listing is believed, an incomplete one least.

    ``public`` were found to be so a moment ago.
    """
    at_once = ASKED_AT_ONCE if tree.complete else ASKED_OF_AN_INCOMPLETE_TREE
    unknown = [one for one in absent(tree, mapped) if one.comment_id not in public]
    return _in_turn(unknown, at_once, tree.fetched_at)


def held(tree: Tree, mapped: Mapping[CommentId, Mapped]) -> tuple[Mapped, ...]:
    """Relays that wait for the blog's moderators, as many as are to be asked for at this look."""
    settled = (one for one in mapped.values() if not is_after(one.recorded_at, tree.fetched_at))
    waiting = [one for one in settled if one.standing is Standing.HELD]
    return _in_turn(waiting, HELD_AT_ONCE, tree.fetched_at)


def _in_turn(waiting: Sequence[Mapped], at_once: int, now: Millis) -> tuple[Mapped, ...]:
    """As many as may be asked for at once, beginning anywhere, so that none is always behind the others."""
    start = int(digest(str(now))[:8], 16) % max(len(waiting), 1)
    return tuple([*waiting[start:], *waiting[:start]][:at_once])


def shown_parent(parent_id: CommentId | None, mapped: Mapping[CommentId, Mapped]) -> MessageId | None:
    """The message that a reply line has to point at: the parent's first part, if it stands on Discord."""
    return first_message(mapped.get(parent_id) if parent_id is not None else None)


def first_message(seen: Mapped | None) -> MessageId | None:
    """Where a mapped comment begins on Discord, if it stands there."""
    return seen.messages[0] if seen is not None and seen.messages and seen.standing in _SHOWN else None


@dataclass(frozen=True)
class Look:
    """One look at a post: its tree, what the map knows, and what the blog said of comments it was asked for by id."""

    tree: Tree
    known: Snapshot
    confirmed: Mapping[CommentId, Standing]

    @cached_property
    def by_id(self) -> Mapping[CommentId, Comment]:
        """The tree's comments."""
        return {comment.id: comment for comment in self.tree.comments}

    @cached_property
    def answered_on_the_blog(self) -> frozenset[CommentId | None]:
        """Comments that a comment of the tree answers."""
        return frozenset(comment.parent_id for comment in self.tree.comments)

    @cached_property
    def copies(self) -> frozenset[CommentId]:
        """Comments that carry a message which another comment of the tree carries by right."""
        return copies(self.by_id, self.known.mapped) if self.tree.complete else frozenset()

    @cached_property
    def answered(self) -> frozenset[CommentId | None]:
        """Comments that are answered on the blog, or in the thread by a message that stays there."""
        return self.answered_on_the_blog | {
            one.parent_id
            for one in self.known.mapped.values()
            if one.standing in (*_SHOWN, Standing.ARRIVING)
            and not (one.origin is Origin.BLOG and self.at(one.comment_id).is_not_public())
            # The blog may have moved it: WordPress does when a parent is deleted for good. A member's message stays
            # where it is, under what it answers.
            and (one.origin is Origin.DISCORD or one.comment_id not in self.by_id)
        }

    def at(self, comment: CommentId) -> Sight:
        """What is to be seen of one comment."""
        return Sight(self, self.by_id.get(comment), self.known.mapped.get(comment))

    def sights(self) -> Iterator[tuple[CommentId, Sight]]:
        """Every comment that is in the tree or in the map, once."""
        for comment in dict.fromkeys((*self.known.mapped, *self.by_id)):
            yield comment, self.at(comment)

    def parent_of(self, comment: Comment) -> Parent | None:
        """What a reply line may say of the comment that is answered; None where neither name nor words are public."""
        if comment.parent_id is None:
            return None
        if parent := self.by_id.get(comment.parent_id):
            return Parent(parent.id, parent.author, parent.html[:QUOTABLE], parent.digest)
        if (seen := self.known.mapped.get(comment.parent_id)) and seen.standing in _SHOWN:
            return Parent(seen.comment_id, seen.author, "", REMOVED)
        return None  # held, spam or trashed


@dataclass(frozen=True, slots=True)
class Sight:
    """One comment at one look: ``comment`` as the tree shows it, ``seen`` as the map knows it; one of the two is there.

    Each method that asks ``is``, ``has``, ``points`` or ``quotes`` is a column that the table may use.
    """

    look: Look
    comment: Comment | None
    seen: Mapped | None

    # ------------------------------------------------------------ of what the blog says

    def is_a_relay_under_way(self) -> bool:
        """It carries, or may carry, a message whose Write has not ended: the map will know it as a relay."""
        there, known = self._there, self.look.known
        if there.relay_of:
            return message_of(there.relay_of) in known.pending
        return any(may_carry(there, message) for message in known.in_doubt)

    def may_be_answered_unseen(self) -> bool:
        """Not all of the tree is seen: an answer may stand where it was not."""
        return not self.look.tree.complete

    def is_newer_than_the_tree(self) -> bool:
        """The map learnt of it after the tree was fetched: the tree says nothing about it."""
        return is_after(self._known.recorded_at, self.look.tree.fetched_at)

    def is_confirmed_public(self) -> bool:
        """The blog, asked for this comment alone, shows it: the listing was short."""
        return self._said is Standing.LIVE

    def is_not_asked_for(self) -> bool:
        """Others went first at this look."""
        return self._said is None

    def is_not_thrown_away(self) -> bool:
        """The blog was not asked for it, says that it stands or waits, or the map learnt of it since."""
        return self._said is not Standing.GONE or self.is_newer_than_the_tree()

    def is_held(self) -> bool:
        """The blog, asked for it, says that its moderators hold it."""
        return self._said is Standing.HELD

    def is_not_public(self) -> bool:
        """The blog, asked for a comment that it showed or was to decide on, says that readers do not see it now."""
        match self._known.standing:
            case Standing.LIVE | Standing.ARRIVING:
                unseen = self.comment is None and not self.is_newer_than_the_tree()
                return unseen and self._said in (Standing.HELD, Standing.GONE)
            case Standing.HELD:
                return not self.is_not_thrown_away()
            case _:
                return False

    def is_a_second_copy(self) -> bool:
        """It carries a member's message of which the blog shows the comment that the map knows."""
        return self._there.id in self.look.copies

    # ------------------------------------------------------------ of its answers

    def is_answered_on_the_blog(self) -> bool:
        """A comment of the tree answers it."""
        return self._known.comment_id in self.look.answered_on_the_blog

    def is_answered(self) -> bool:
        """Something that stays, on the blog or in the thread, answers it."""
        return self._known.comment_id in self.look.answered

    # ------------------------------------------------------------ of its mirror

    def has_messages(self) -> bool:
        """Parts of it stand on Discord."""
        return bool(self._known.messages)

    def has_other_words(self) -> bool:
        """Its author, or its author's name, says something else now."""
        return self._known.digest != self._there.digest

    def has_its_words_back(self) -> bool:
        """What was last carried stands there, in the place of a tombstone: the blog was put back to a backup."""
        return self._known.digest == self._there.digest

    def has_moved(self) -> bool:
        """It answers another comment now."""
        return self._known.parent_id != self._there.parent_id

    def is_wanted_elsewhere(self) -> bool:
        """What a member's message answers stands by now, and nobody has moved its relay since it was written."""
        where = self._known.wanted_parent
        stays = self._there.parent_id == self._known.parent_id
        return where is not None and stays and where in self.look.by_id and not self.is_newer_than_the_tree()

    def points_elsewhere(self) -> bool:
        """What it answers begins with another message now, or has come, or is gone."""
        return self._known.shown_parent != shown_parent(self._there.parent_id, self.look.known.mapped)

    def quotes_other_words(self) -> bool:
        """What it answers reads otherwise now. What an incomplete tree does not show reads as it did."""
        if not self.look.tree.complete and self._there.parent_id not in self.look.by_id:
            return False
        parent = self.look.parent_of(self._there)
        return self._known.parent_digest != (parent.digest if parent else "")

    def is_as_shown(self) -> bool:
        """Its mirror needs no edit."""
        return self.has_messages() and not (
            self.has_other_words() or self.has_moved() or self.points_elsewhere() or self.quotes_other_words()
        )

    def is_restless(self) -> bool:
        """It was shown after the tree was fetched; or what it answers was edited again and again, and just now."""
        shown_at, looked_at = self._known.recorded_at, self.look.tree.fetched_at
        if shown_at != looked_at and is_after(shown_at, looked_at):
            return True
        flaps = self._known.revision >= CALM_REVISIONS and not self.has_other_words()
        return flaps and not has_passed(CALM_FOR, since=shown_at, now=looked_at)

    # ------------------------------------------------------------

    @property
    def _said(self) -> Standing | None:
        return self.look.confirmed.get(self._known.comment_id)

    @property
    def _there(self) -> Comment:
        assert self.comment is not None, "the table asks this of comments in the tree alone"
        return self.comment

    @property
    def _known(self) -> Mapped:
        assert self.seen is not None, "the table asks this of mapped comments alone"
        return self.seen
