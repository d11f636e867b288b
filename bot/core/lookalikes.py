"""Reads a text as an eye reads it, and tells by that which names would be taken for another's on the other side.

Pure, and knows no value of the domain. Does not know who is who: a side tells which names are taken there, and by what
it knows somebody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from bot.core.texts import utf16

FROM_THE_BLOG: Final = " (blog)"
FROM_DISCORD: Final = " (Discord)"
_ROOM: Final = 80
"""UTF-16 units of a name with its mark (Discord: Execute Webhook, username 1-80)."""

# Of no category that is left out, and yet nothing to see: Hangul fillers, the Braille blank.
_UNSEEN: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_POINTS: Final = {
    **dict.fromkeys(map(ord, "。ꓸ܁܂꘎"), "."),
    **dict.fromkeys(map(ord, "⁄∕╱⧸"), "/"),
    **dict.fromkeys(map(ord, "ː∶꞉˸"), ":"),
    # Letters on dark discs and squares, and those of which flags are made; of ϲ NFKC makes a sigma.
    **{first + at: chr(ord("A") + at) for first in (0x1F150, 0x1F170, 0x1F1E6) for at in range(26)},
    **dict.fromkeys(map(ord, "ϲϹ"), "c"),
}
"""What stands in an address, or is read as a letter, and what looks like it and is not made the same by NFKC."""

# What most fonts draw like a Latin letter, of Unicode's table (UTS #39, confusables.txt), in lower case.
_LETTERS: Final = str.maketrans(
    {
        **dict(zip("авсԁеһіјкӏмноԛрѕтѵԝхуүьпғзҽ", "abcdehijklmhoqpstvwxyybnf3e", strict=True)),
        **dict(zip("αβγεηικνορτυχωϲϳ", "abyenikvoptuxwcj", strict=True)),
        **dict(zip("աոսօցհյզքեւ", "wnuoghjqpeu", strict=True)),
        **dict(zip("ıȷɑɡɩʏʟɢᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱꜰʀʙʜɴ", "ijagiylgacdejkmoptuvwzsfrbhn", strict=True)),
        **dict(zip("øđłħŧⱥ", "odlhta", strict=True)),
        **dict(zip("ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᎽᏃ", "abcdeghijklmprstvwyz", strict=True)),
        **dict(zip("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz", strict=True)),
        **dict(zip("ⲁⲃⲉⲍⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭ", "abezhikmnopctyx", strict=True)),
        **dict(zip("ᗩᗷᑕᗪᖴᕼᒍᒪᗰᑎᑭᖇᑌᐯᗯ", "abcdfhjlmnpruvw", strict=True)),
        **dict.fromkeys("๐໐ဝ௦౦೦൦ᴑσ", "o"),
        **dict.fromkeys("ⵏᛁǀ", "l"),
    }
)
_ALIKE: Final = str.maketrans("01i", "oll")
_DIGITS: Final = str.maketrans("013457", "oleast")
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_BRACKETED: Final = re.compile(r"\[([^\]]*)\]|\(([^)]*)\)|\{([^}]*)\}|<([^>]*)>|【([^】]*)】|「([^」]*)」")
_PARTED: Final = re.compile(r"[|/·•~‒–—―★☆✦✓]|\s-\s")
_WORD: Final = re.compile(r"[^\W_]+")
_OFFICES: Final = frozenset(
    re.findall(
        r"\w+",
        "admin admins administrator administrators mod mods moderator moderators moderation staff team official owner"
        " webmaster system support bot author the of op",
    )
)
_CLAIMS: Final = _OFFICES - {"the", "of", "op", "team", "author", "bot"}


def seen(text: str) -> str:
    """The text in its plainest characters (NFKC), without controls, accents, and what is not to be seen."""
    plain = unicodedata.normalize("NFKC", text.translate(_POINTS)).translate(_POINTS)
    parted = unicodedata.normalize("NFD", plain)
    kept = (char for char in parted if unicodedata.category(char) not in _LEFT_OUT and char not in _UNSEEN)
    return unicodedata.normalize("NFC", "".join(kept))


_LEFT_OUT: Final = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "Mn", "Me"))


def skeleton(name: str) -> str:
    """What a name comes to for a reader who does not look twice: two with one skeleton are taken for each other.

    Case, blanks, punctuation, emoji and decorations such as ``[MOD]`` make no difference, unless there is nothing else.
    """
    words = _words(_BRACKETED.sub(" ", plain := seen(name))) or _words(plain)
    kept = words[:]
    while len(kept) > 1 and kept[-1] in _OFFICES:
        kept.pop()
    while len(kept) > 1 and kept[0] in _OFFICES:
        kept.pop(0)
    folded = "".join(kept if kept and kept[0] not in _OFFICES else words).translate(_ALIKE)
    for pair, one in _PAIRS:
        folded = folded.replace(pair, one)
    return folded


def claims_an_office(name: str) -> bool:
    """Whether a name is nothing but an office, as ``Moderator``, or wears one: ``Ann [MOD]``, ``Ann | Mod``."""
    plain = seen(name)
    badges = [" ".join(filter(None, found.groups())) for found in _BRACKETED.finditer(plain)]
    claims = (_words(one, _DIGITS) for one in (plain, *badges, *_PARTED.split(plain)))
    return any(_OFFICES.issuperset(words) and not _CLAIMS.isdisjoint(words) for words in claims)


def looks_like_one_of(name: str, others: Iterable[str]) -> bool:
    """Whether readers would take a name for one of these."""
    mine = skeleton(name)
    return bool(mine) and any(mine == skeleton(other) for other in others)


def _words(text: str, besides: Mapping[int, int] | None = None) -> list[str]:
    return _WORD.findall(text.casefold().translate(_LETTERS).translate(besides or {}))


def on_discord(name: str, taken: Iterable[str], *, is_writer: bool) -> str:
    """A commenter's name as members see it: marked where they would take it for the bot's, a moderator's or a writer's.

    ``is_writer``: the blog says that it is one of those who write its posts, and not only a name like theirs.
    """
    return name if is_writer or not _pretends(name, taken) else _marked(name, FROM_THE_BLOG)


def on_blog(name: str, taken: Iterable[str]) -> str:
    """A member's name as readers of the blog see it: marked where they would take it for a writer's or the bot's."""
    return _marked(name, FROM_DISCORD) if _pretends(name, taken) else name


def unmarked(name: str) -> str:
    """A name without the mark that it may bear on Discord."""
    return name.removesuffix(FROM_THE_BLOG)


def _pretends(name: str, taken: Iterable[str]) -> bool:
    return claims_an_office(name) or looks_like_one_of(name, taken)


def _marked(name: str, mark: str) -> str:
    while utf16(name) > _ROOM - len(mark):
        name = name[:-1]
    return name.rstrip() + mark
