"""Reads Discord markdown as a client does, for tests: every visible character with what surrounds it.

It shares no code with the product. The patterns follow the rules that Discord's clients inherit from simple-markdown,
their oddities included (strike and spoiler close inside an escape, a link's label
ends at an escaped bracket; marks do not respect addresses or code).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

Seen = tuple[str, frozenset[str]]

S = r"[ \t\n\r\f\v\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
NOT_S = S.replace("[", "[^", 1)
ESCAPE = re.compile(rf"\\([^0-9A-Za-z{S[1:-1]}])")
CODE_BLOCK = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.I)
FENCE = re.compile(r"(?<![\\`])```(?!`)")
INLINE_CODE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
URL = re.compile(rf"(?:https?|steam)://[^<{S[1:-1]}]+[^<.,:;\"'\]{S[1:-1]}]")
AUTOLINK = re.compile(r"<([^: >]+:/[^ >]+)>")
LINK = re.compile(
    r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]"
    rf"\({S}*<?((?:\([^)]*\)|[^{S[1:-1]}\\]|\\.)*?)>?(?:{S}+['\"][\s\S]*?['\"])?{S}*\)"
)
STRONG = re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")
UNDER = re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")
EM = re.compile(
    r"_((?:__|\\[\s\S]|[^\\_])+?)_(?![0-9A-Za-z_])"
    rf"|\*(?={NOT_S})((?:\*\*|\\[\s\S]|{S}+(?:\\[\s\S]|[^*\\{S[1:-1]}]|\*\*)|[^*\\{S[1:-1]}])+?)\*(?!\*)"
)
STRIKE = re.compile(r"~~([\s\S]+?)~~(?!_)")
SPOILER = re.compile(r"\|\|([\s\S]+?)\|\|")
MENTION = re.compile(r"<(?:@[!&]?|#)\d+>|<id:\w+>|</[^>]+:\d+>|<t:-?\d+(?::\w)?>|<a?:\w+:\d+>|@everyone|@here")
EMOJI = re.compile(r":(?=[^:]*[0-9A-Za-z])[A-Za-z0-9_+\-]{2,32}:(?!//)")
TEXT = re.compile(r"[\s\S]+?(?=[^0-9A-Za-z \t\n\r\f\v\u00a0\u00c0-\U0010ffff]|\n|[0-9A-Za-z_]+:[^\s]|\Z)")
QUOTE = re.compile(r" *>>> ([\s\S]*)|( *> [^\n]*(?:\n *> [^\n]*)*)(?:\n|\Z)")
HEADING = re.compile(r" *(#{1,3})[ \t\xa0]+([^\n]+)(?:\n|\Z)")
SUBTEXT = re.compile(r" *-#[ \t\xa0]+([^\n]+)(?:\n|\Z)")
ITEM = re.compile(r"( *)([*-]|\d{1,9}\.) +([^\n]*)(?:\n|\Z)")


def read(markdown: str) -> list[Seen]:
    """The characters a reader sees, blanks and zero-width spaces left out, each with the set of what surrounds it."""
    return [seen for seen in _blocks(markdown, frozenset(), quote=False) if not _blank(seen[0])]


def shown(markdown: str) -> str:
    """The text a reader sees, blanks left out."""
    return "".join(char for char, _ in read(markdown))


def pings(markdown: str) -> list[str]:
    """Everything in the text that a client would read as a mention, an emoji or a timestamp."""
    return [name for _, around in read(markdown) for name in around if name.startswith("ping:")]


def _blank(char: str) -> bool:
    return char.isspace() or char in "\u200b\ufeff"


def _blocks(text: str, around: frozenset[str], *, quote: bool) -> Iterator[Seen]:
    at = 0
    while at < len(text):
        if not quote and (found := QUOTE.match(text, at)):
            inner = found[1] if found[1] is not None else re.sub(r"(?m)^ *> ?", "", found[2])
            yield from _blocks(inner, around | {"quote"}, quote=True)
        elif found := HEADING.match(text, at):
            yield from _inline(found[2], around | {f"h{len(found[1])}"})
        elif found := SUBTEXT.match(text, at):
            yield from _inline(found[1], around | {"subtext"})
        elif ITEM.match(text, at):
            at = yield from _list(text, at, around, quote=quote)
            continue
        else:
            found = None
        if found:
            at = found.end()
            continue
        end = yield from _leaf(text, at, around)
        at = end


def _list(text: str, at: int, around: frozenset[str], *, quote: bool) -> Generator[Seen, None, int]:
    first = ITEM.match(text, at)
    assert first
    depth = len(first[1])
    number = 0
    while (item := ITEM.match(text, at)) and len(item[1]) >= depth:
        start = int(item[2][:-1]) if item[2][0].isdigit() else 0
        number = (number + 1 if number else start) if item[2][0].isdigit() else 0
        width = len(item[1]) + len(item[2]) + 1
        at = item.end()
        lines = [item[3]]
        fence = len(FENCE.findall(item[3])) % 2 == 1
        while at < len(text):
            line = text[at : (text.find("\n", at) + 1 or len(text) + 1) - 1]
            if not fence and not (line.startswith(" " * (depth + 1)) and line.strip()):
                break
            lines.append(line[min(width, len(line) - len(line.lstrip(" "))) :])
            fence ^= len(FENCE.findall(line)) % 2 == 1
            at += len(line) + 1
        name = f"li{number}" if item[2][0].isdigit() else "li"
        deeper = sum(1 for mark in around if mark.split(":")[0] == "item")
        yield from _blocks("\n".join(lines), around | {f"item:{deeper}:{name}"}, quote=True)
    return at


def _leaf(text: str, at: int, around: frozenset[str]) -> Generator[Seen, None, int]:
    """One token; a paragraph goes on until a line end outside of it."""
    while at < len(text):
        end, seen = _token(text, at, around)
        yield from seen
        at = end
        if text[at - 1] == "\n":
            break
    return at


def _inline(text: str, around: frozenset[str]) -> Iterator[Seen]:
    at = 0
    while at < len(text):
        at, seen = _token(text, at, around)
        yield from seen


def _plain(text: str, around: frozenset[str]) -> list[Seen]:
    return [(char, around) for char in text]


def _token(text: str, at: int, around: frozenset[str]) -> tuple[int, list[Seen]]:
    if text[at] == "\n":
        return at + 1, []
    if found := CODE_BLOCK.match(text, at):
        return found.end(), _plain(found[2], around | {"fence"})
    if found := ESCAPE.match(text, at):
        return found.end(), _plain(found[1], around)
    if found := AUTOLINK.match(text, at):
        return found.end(), _plain(found[1], around | {f"url:{found[1]}"})
    if found := MENTION.match(text, at):
        return found.end(), _plain(found[0], around | {f"ping:{found[0]}"})
    if found := URL.match(text, at):
        url = _balanced(found[0])
        return at + len(url), _plain(url, around | {f"url:{url}"})
    if (found := LINK.match(text, at)) and found[2].startswith("http") and "://" not in found[1]:
        return found.end(), list(_inline(found[1], around | {f"link:{found[2]}"}))
    choices = [
        (len(found[0]) + bonus, name, found)
        for pattern, name, bonus in ((STRONG, "b", 0.1), (UNDER, "u", 0.0), (EM, "i", 0.2))
        if (found := pattern.match(text, at))
    ]
    if choices:
        _, name, found = max(choices)
        return found.end(), list(_inline(found[1] if found[1] is not None else found[2], around | {name}))
    return _later(text, at, around)


def _later(text: str, at: int, around: frozenset[str]) -> tuple[int, list[Seen]]:
    for pattern, name in ((STRIKE, "s"), (SPOILER, "spoiler")):
        if found := pattern.match(text, at):
            return found.end(), list(_inline(found[1], around | {name}))
    if found := INLINE_CODE.match(text, at):
        inner = re.sub(r"^ (?= *`)|(?<=`) $", "", found[2])
        return found.end(), _plain(inner, around | {"code"})
    if found := EMOJI.match(text, at):
        return found.end(), _plain(found[0], around | {f"ping:{found[0]}"})
    found = TEXT.match(text, at)
    assert found
    return found.end(), _plain(found[0], around)


def _balanced(url: str) -> str:
    """Clients leave a closing bracket outside that was not opened inside."""
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1]
    return url
