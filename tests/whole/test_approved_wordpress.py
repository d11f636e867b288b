"""``RELAY_STATUS=approved`` on a real WordPress: under which of its rules which new comment becomes public at once.

``pytest -s`` prints the table. What the rule is stands in :mod:`bot.core.letting`; edits are asked about here, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import PostId
from bot.core.errors import Refused
from bot.core.letting import Habit
from bot.ports import Review
from tests.contract.blog_sites import draft
from tests.support.signer import SIGNER
from tests.support.wordpress import WordPress

WORDS = {
    "clean": "A friendly remark",
    "moderation word": "A remark with waitword",
    "disallowed word": "A remark with badword",
    "three links": "".join(f'<a href="https://{name}.example/">{name}</a> ' for name in ("one", "two", "three")),
}
SENDERS = ("newcomer", "known")
RULES = list(itertools.product(("0", "1"), ("0", "1"), ("plugin", "none")))


@contextmanager
def without_our_plugin(blog: WordPress) -> Iterator[None]:
    file = blog.site / "wp-content" / "mu-plugins" / "commonthread.php"
    away = file.rename(file.with_suffix(".off"))
    try:
        yield
    finally:
        away.rename(file)


@dataclass
class Sending:
    """One blog under one set of its rules: sends members' comments, and remembers what the blog did with them."""

    blog: WordPressBlog
    post: PostId
    habit: Habit = field(default_factory=Habit)

    async def is_public(self, words: str, sender: str, number: int) -> bool:
        one = draft(self.post, f"{words} {sender} {self.post}", lets_in=self.habit.lets_in)
        one = replace(one, author=f"{sender} of {self.post}", email=SIGNER.address(int(self.post) * 100 + number))
        try:
            written = await self.blog.write(one)
        except Refused:
            return False
        self.habit = self.habit.after(written.arrival, sender)
        return not written.held


async def cells_of(where: WordPress, *rules: str) -> dict[tuple[str, ...], bool]:
    """What became public: by sender and words. Known senders have written ordinary words before."""
    everything, newcomers, _ = rules
    await where.option("comment_moderation", everything)
    await where.option("comment_previously_approved", newcomers)
    username, password = where.login("bridge")
    blog = await WordPressBlog.open(where.url, username=username, password=password, signer=SIGNER)
    sending = Sending(blog, PostId(str((await where.post(f"Under rules {rules}", "<p>Text</p>"))["id"])))
    try:
        for number in range(len(WORDS)):
            assert await sending.is_public("First words", f"known {number}", number)
        assert await sending.is_public("Second words", "known 0", 0)
        return {
            (sender, what): await sending.is_public(words, f"{sender} {number}", number + 10 * (sender == "newcomer"))
            for sender in SENDERS
            for number, (what, words) in enumerate(WORDS.items())
        }
    finally:
        await blog.aclose()


async def test_what_appears_at_once_under_which_of_the_blogs_rules(wordpress: WordPress) -> None:
    options = ("comment_moderation", "comment_previously_approved", "moderation_keys", "disallowed_keys")
    before = [
        await wordpress.option(name, words)
        for name, words in zip(options, ("0", "1", "waitword", "badword"), strict=True)
    ]
    found = dict[tuple[str, ...], bool]()
    try:
        for rules in RULES:
            with nullcontext() if rules[2] == "plugin" else without_our_plugin(wordpress):
                found |= {(*rules, *cell): public for cell, public in (await cells_of(wordpress, *rules)).items()}
    finally:
        for name, value in zip(options, before, strict=True):
            await wordpress.option(name, value)
    show(found)
    assert len(found) == 64
    for cell, public in found.items():
        everything, _, told, sender, words = cell
        cannot_be_known = told == "none" and (sender == "newcomer" or everything == "1")
        assert public is (words == "clean" or (words == "moderation word" and cannot_be_known)), cell


def show(found: dict[tuple[str, ...], bool]) -> None:
    print("\ncomment_moderation, comment_previously_approved, plugin, sender: " + ", ".join(WORDS))
    for row in dict.fromkeys(cell[:4] for cell in found):
        print(f"{' '.join(row):24}", *("public" if found[(*row, words)] else "-" for words in WORDS), sep="\t")


async def test_an_edit_waits_where_the_plugin_says_so_alone(wordpress: WordPress) -> None:
    """WordPress looks at no edit: without the plugin a listed word gets in by one."""
    lists = ("moderation_keys", "disallowed_keys")
    before = [await wordpress.option(name, words) for name, words in zip(lists, ("waitword", "badword"), strict=True)]
    username, password = wordpress.login("bridge")
    blog = await WordPressBlog.open(wordpress.url, username=username, password=password, signer=SIGNER)
    post = PostId(str((await wordpress.post("Edited", "<p>Text</p>"))["id"]))
    public = dict[tuple[str, str], bool]()
    try:
        for told, (what, words) in itertools.product(("plugin", "none"), WORDS.items()):
            with nullcontext() if told == "plugin" else without_our_plugin(wordpress):
                one = draft(post)
                written = await blog.write(one)
                assert not written.held
                edited = await blog.rewrite(written.comment_id, words, key=one.key, review=Review.LISTS)
                public[told, what] = not edited.held
    finally:
        await blog.aclose()
        for name, value in zip(lists, before, strict=True):
            await wordpress.option(name, value)
    assert public == {(told, what): told == "none" or what == "clean" for told, what in public}
