"""Judges whether a blog that answers is the one that we know: by its posts first, by its home where posts say nothing;
and whether a post or a comment is the one that bore its number before.

Pure: asks no blog. Does not decide what to do about another blog; the reason of each verdict is fit for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from bot.core.domain import Link, Mapped, Millis, Post, PostId
from bot.core.signing import carries, message_of

_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a blog says of itself.

    ``home``: the address that it calls its own, however it was reached. ``newest``: its newest posts, newest first,
    each with when it was published, as strangers see them. ``url``: the address at which it was asked. ``addresses``:
    those of the posts, as far as they were told.
    """

    home: str
    title: str
    newest: tuple[tuple[PostId, Millis], ...]
    url: str
    addresses: Mapping[PostId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of a blog. ``home`` is '' where it never told it; ``address`` is where it was asked until now.

    Where no home is known the address stands for it: a copy may have been mirrored before blogs were asked for homes.

    ``posts``: when each was published, 0 where that is not known. ``addresses``: where each was read, as far as known.
    """

    home: str
    posts: Mapping[PostId, Millis]
    address: str = ""
    addresses: Mapping[PostId, str] = field(default_factory=dict)


class Likeness(StrEnum):
    """What a blog is to the one that we know. ``ASK_OLD_HOME``: whether the old home still answers decides."""

    SAME = "same"
    MOVED = "moved"
    OTHER = "other"
    ASK_OLD_HOME = "ask the old home"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``home`` is the one to know the blog by from now on; '' where it is another blog, or not judged yet."""

    likeness: Likeness
    reason: str
    home: str = ""


def same_home(a: str, b: str) -> bool:
    """Whether two addresses spell one home. http or https, www., a usual port and a last slash make no difference."""
    return _bare(a) == _bare(b)


def compare(known: Known, found: Identity, *, old_still_answers: bool | None = None) -> Verdict:
    """The verdict on ``found``.

    ``old_still_answers``: whether at the known home there is still a blog that calls that home its own (so not one that
    redirects, or names the new home); None while nobody has asked, which is needed for ASK_OLD_HOME alone.
    """
    at_home = _is_at_home(known, found)
    agree, differ = _overlap(known, found)
    if at_home and differ and not agree and (same := _redated(known, found)) == differ:
        # A young blog has few posts, and their author may give all of them another date.
        return Verdict(Likeness.SAME, f"{found.home} shows {_posts(same)} that we know, of another date.", found.home)
    if not agree and differ:
        return Verdict(Likeness.OTHER, _all_differ(known, found, differ))
    if not agree:
        return _by_home(known, found, at_home=at_home)
    if at_home:
        return Verdict(Likeness.SAME, f"{found.home} shows {_posts(agree)} that we know.", found.home)
    if differ > agree:
        return Verdict(
            Likeness.OTHER,
            f"{found.home} is not the home that we know ({known.home}), and of its posts {differ} bear the numbers of "
            f"others that we know, against {agree} that we know.",
        )
    return _elsewhere(known, found, agree, old_still_answers)


def same_post(before: Post, now: Post) -> bool:
    """Whether two posts of one number are one post, that may have changed meanwhile.

    Each of moment, title and address may be changed by an author; all three at once are another post's.
    """
    if _second(before.published_at) == _second(now.published_at) or before.title == now.title:
        return True
    return _slug(before.url) == _slug(now.url) != ""


def _slug(address: str) -> str:
    """What an address calls its post; '' where the number alone does (``?p=12``)."""
    return unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2]


def is_another(seen: Mapped | Link, key: str | None, unproven: str, written_at: Millis | None) -> bool:
    """Whether the comment that now bears the number of a mapped one, with this key and moment, is another comment.

    A relay is known by its key, be it ``unproven``, and by its moment where it shows none that can be believed, as
    where the blog has cleared that; a reader's comment by its moment. What is not told, or was never noted, says
    nothing.
    """
    if seen.key and (key or message_of(unproven) not in ("", message_of(seen.key))):
        return not carries(key or "", "", seen.key)
    if seen.key and unproven == seen.key:
        return False
    then, now = seen.written_at, written_at
    return bool(then and now) and _second(then or Millis(0)) != _second(now or Millis(0))


def _is_at_home(known: Known, found: Identity) -> bool:
    """A blog of which no home is known counts as at home where it was asked before."""
    return same_home(known.home, found.home) if known.home else same_home(known.address, found.url)


def _elsewhere(known: Known, found: Identity, agree: int, old_still_answers: bool | None) -> Verdict:
    """The posts are the same and the home is not: the blog has moved, or one is a copy of the other."""
    old = known.home or known.address
    if not old:
        return Verdict(Likeness.SAME, f"{found.home} shows {_posts(agree)} that we know.", found.home)
    match old_still_answers:
        case None:
            return Verdict(
                Likeness.ASK_OLD_HOME,
                f"{found.home} shows {_posts(agree)} of {old}; whether that one still answers tells a moved "
                "blog from a copy.",
            )
        case True:
            return Verdict(
                Likeness.OTHER,
                f"{found.home} is a copy: it shows {_posts(agree)} of {old}, which still answers by itself.",
            )
        case False:
            return Verdict(Likeness.MOVED, f"The blog moved from {old} to {found.home}.", found.home)


def _by_home(known: Known, found: Identity, *, at_home: bool) -> Verdict:
    if at_home:
        return Verdict(Likeness.SAME, f"{found.home} is the home that we know.", found.home)
    return Verdict(
        Likeness.OTHER,
        f"{found.home} is not the home that we know ({known.home or known.address}), and shows no post that we know.",
    )


def _all_differ(known: Known, found: Identity, differ: int) -> str:
    dates = {_second(at) for at in known.posts.values()} - {0}
    again = sum(1 for _, at in found.newest if _second(at) in dates)
    if again * 2 > len(found.newest):
        return (
            f"The posts of {found.home} have other numbers than those that we know ({again} of the same date): they "
            "were imported anew, and what we know of their comments does not fit them."
        )
    bears = "the post that bears a number" if differ == 1 else f"each of the {differ} posts that bear a number"
    return f"At {found.home} {bears} that we know was published at another time: it is another blog."


def _overlap(known: Known, found: Identity) -> tuple[int, int]:
    """How many posts of one number were published in one second, and how many were not. No date says nothing."""
    both = [_second(at) == _second(known.posts[post]) for post, at in found.newest if at and known.posts.get(post)]
    return sum(both), len(both) - sum(both)


def _redated(known: Known, found: Identity) -> int:
    """How many posts of one number have the name in their address that we know; a number alone is none."""
    both = ((known.addresses.get(post), found.addresses.get(post)) for post, _ in found.newest if post in known.posts)
    return sum(1 for one, other in both if one and other and _slug(one) == _slug(other) != "")


def _second(at: Millis) -> int:
    return at // 1000


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count} posts"


def _bare(address: str) -> tuple[str, int | None, str]:
    """Host, port where it is not a usual one, and path of an address; the text itself where it is none."""
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return (address, None, "")
    with suppress(UnicodeError):  # what is no name that DNS knows is compared as it is
        host = host.encode("idna").decode("ascii")
    if port == _USUAL_PORTS.get(parts.scheme.lower()):
        port = None
    return (host.removeprefix("www."), port, unquote(parts.path).rstrip("/"))
