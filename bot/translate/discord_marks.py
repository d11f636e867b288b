"""Nest the runs of one paragraph and choose the delimiters that a Discord client reads back as meant.

It does not see blocks, and it writes no markdown itself: it returns tokens, from which the converter writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

from bot.translate.blocks import BOLD, ITALIC, SPOILER, STRIKE, UNDERLINE, Kind, Run, is_link
from bot.translate.escape import ZERO_WIDTH, bare, disarmed, follows_freely, literal, target

DELIMITERS: Final = {BOLD: "**", ITALIC: "*", UNDERLINE: "__", STRIKE: "~~", SPOILER: "||"}

_URLISH: Final = re.compile(
    r"(?:https?:|www\.)|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|info|biz|dev|app|io|[a-z]{2})(?:[/:?#]|$)",
    re.IGNORECASE,
)
_FILE: Final = re.compile(r"\.(?:js|py|md|sh|rb|rs|go|ts|pl|cs|so|ps)$", re.IGNORECASE)
_LONE_UNDERSCORE: Final = re.compile(r"(?<!_)_(?:__)*(?!_)")
_BACKTICKS: Final = re.compile(r"`+")
_ROOM: Final = frozenset("<>")  # on a star: room is needed before it, after it
_WORD: Final = re.compile(r"[A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class Open:
    """A mark begins; `symbol` is its delimiter, for a link its address."""

    mark: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Close:
    """The innermost open mark ends."""

    mark: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown without any open mark, escaped already."""

    markdown: str


Token: TypeAlias = Open | Close | Text


@dataclass(frozen=True, slots=True)
class _Span:
    mark: str
    inner: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Address:
    """An address that stands by itself."""

    url: str


_Node: TypeAlias = "Run | _Span | _Address"
_Flat: TypeAlias = "tuple[Literal['open', 'close'], str] | Run | _Address"


def tokens(runs: Iterable[Run]) -> list[Token]:
    """The runs of one paragraph as text and marks, well nested, in the order in which they are written."""
    runs = tuple(runs)
    if len(runs) == 1 and runs[0].kind is Kind.TEXT and not runs[0].marks:
        return [Text(literal(runs[0].text.strip()))]
    pieces = _trimmed(runs)
    flat = _flatten(_nest(pieces, 0, len(pieces), frozenset()))
    written = _write(flat)
    return list(_spaced(_emphasised(written)))


def _trimmed(runs: Iterable[Run]) -> list[Run]:
    """Blanks at the edge of a mark move outside of it: Discord reads no mark next to one."""
    parts: list[Run] = []
    for run in runs:
        run = _parted(run)
        if run.kind is Kind.RAW:
            parts.append(run)
            continue
        core = run.text.strip()
        if not core:
            parts += [Run(run.text, run.marks)] if run.text else []
            continue
        begin = run.text.index(core[0])
        before, after = run.text[:begin], run.text[begin + len(core) :]
        if before:
            parts.append(Run(before, run.marks))
        parts.append(Run(_one_line(core, run), run.marks, run.kind))
        if after:
            parts.append(Run(after, run.marks))
    bounds = [bool(part.text.strip()) for part in parts]
    following: list[tuple[str, ...]] = [()] * len(parts)
    ahead: tuple[str, ...] = ()
    for at in range(len(parts) - 1, -1, -1):
        following[at] = ahead
        if bounds[at]:
            ahead = parts[at].marks
    behind: tuple[str, ...] = ()
    for at, part in enumerate(parts):
        if bounds[at]:
            behind = part.marks
        else:
            kept = tuple(mark for mark in part.marks if mark in behind and mark in following[at])
            parts[at] = Run(part.text, kept)
    return parts


def _one_line(text: str, run: Run) -> str:
    return re.sub(r"[ \n]*\n[ \n]*", " ", text) if run.link or run.kind is Kind.CODE else text


def _parted(run: Run) -> Run:
    """Free code from the marks whose delimiters it holds: a client would end the mark inside the code."""
    if run.kind is not Kind.CODE:
        return run
    text = run.text
    lost = {mark for mark, sign in ((BOLD, "*"), (ITALIC, "*"), (UNDERLINE, "_"), (STRIKE, "~")) if sign in text}
    if SPOILER in run.marks:
        text = re.sub(r"\|(?=\||$)", "|" + ZERO_WIDTH, text)
    return replace(run, text=text, marks=tuple(mark for mark in run.marks if mark not in lost))


def _nest(pieces: Sequence[Run], begin: int, end: int, opened: frozenset[str]) -> list[_Node]:
    """The longest-lived mark outermost; of equals the one that is outermost in the source."""
    out: list[_Node] = []
    at = begin
    while at < end:
        best, reach = "", at
        for mark in pieces[at].marks if pieces[at].text.strip() else ():
            if mark in opened:
                continue
            stop = at + 1
            while stop < end and mark in pieces[stop].marks:
                stop += 1
            while not pieces[stop - 1].text.strip():
                stop -= 1
            if stop > reach:
                best, reach = mark, stop
        if best:
            inner = _nest(pieces, at, reach, opened | {best})
            out += _linked(best, inner, pieces[at:reach]) if is_link(best) else [_Span(best, tuple(inner))]
            at = reach
        else:
            out.append(pieces[at])
            at += 1
    return out


def _linked(url: str, inner: list[_Node], pieces: Sequence[Run]) -> list[_Node]:
    """A link: masked where Discord masks it, bare where its text is its address, else text and address."""
    label = "".join(piece.text for piece in pieces)
    if not label.strip():
        return inner
    if _same(label, url):
        return [_Address(url)]
    if "://" in label or (_URLISH.match(label) and not _FILE.search(label)) or not _balanced(label):
        return [*inner, Run(f" (<{target(url)}>)", (), Kind.RAW)]
    return [_Span(url, tuple(inner))]


def _same(label: str, url: str) -> bool:
    shown, real = (_core(text) for text in (label, url))
    return shown == real or (len(shown) > 12 and shown[-1] == "…" and real.startswith(shown.rstrip("….")))


def _core(url: str) -> str:
    url = re.sub(r"^(?:https?://)?(?:www\.)?", "", unquote(url.strip()), flags=re.IGNORECASE)
    host, slash, path = url.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def _balanced(label: str) -> bool:
    """Whether the square brackets in a label pair up, one level deep, as Discord's reader of links wants them."""
    depth = 0
    for char in label:
        depth += (char == "[") - (char == "]")
        if not 0 <= depth <= 1:
            return False
    return depth == 0


def _flatten(nodes: Iterable[_Node]) -> list[_Flat]:
    out: list[_Flat] = []
    for node in nodes:
        if isinstance(node, _Span):
            out += [("open", node.mark), *_flatten(node.inner), ("close", node.mark)]
        elif out and _both_text(out[-1], node):
            out[-1] = Run(out[-1].text + node.text)  # type: ignore[union-attr]  # both are runs
        else:
            out.append(node)
    return out


def _both_text(left: _Flat, right: _Node) -> bool:
    """Whether two leaves are one to the reader: what the end of the first and the start of the second make together."""
    return isinstance(left, Run) and isinstance(right, Run) and left.kind is right.kind is Kind.TEXT


def _write(flat: list[_Flat]) -> list[Token]:
    """Escape the leaves, each with an eye on what follows it."""
    out: list[Token] = []
    label = False
    for at, item in enumerate(flat):
        if isinstance(item, tuple):
            kind, mark = item
            symbol = DELIMITERS.get(mark) or target(mark)
            label = (kind == "open") if is_link(mark) else label
            out.append(Open(mark, symbol) if kind == "open" else Close(mark, symbol))
            continue
        free = _free(flat[at + 1] if at + 1 < len(flat) else None)
        if isinstance(item, _Address):
            out.append(Text(bare(item.url) if free and _plain_end(item.url) else f"<{bare(item.url)}>"))
        elif item.kind is Kind.RAW:
            out.append(Text(item.text))
        elif item.kind is Kind.CODE:
            out.append(Text(code(item.text)))
        else:
            out.append(
                Text(literal(item.text, label=label or item.kind is Kind.LABEL, last=free, ends=at + 1 == len(flat)))
            )
    return out


def _plain_end(url: str) -> bool:
    """Whether a client would read an address to its very end."""
    return url[-1] not in "<.,:;\"']" and " " not in url and not url.endswith(")")


def _free(following: _Flat | None) -> bool:
    """Whether an address may stand bare before what follows."""
    if following is None or (isinstance(following, tuple) and following[0] == "close"):
        return True
    if isinstance(following, Run) and following.kind in (Kind.TEXT, Kind.RAW):
        return follows_freely(following.text)
    return False


def code(text: str) -> str:
    """A code span; three backticks in a row would open a fence and are kept apart."""
    text = disarmed(text)
    lengths = {len(run) for run in _BACKTICKS.findall(text)}
    if lengths and (max(lengths) > 2 or lengths == {1, 2}):
        text = text.replace("``", f"`{ZERO_WIDTH}`").replace("``", f"`{ZERO_WIDTH}`")
        lengths = {1}
    fence = "``" if lengths == {1} else "`"
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{room}{text}{room}{fence}"


def _emphasised(written: list[Token]) -> list[Token]:
    """Give each emphasis a star, or an underscore where it would touch another star, or room where neither works."""
    out = list(written)
    partner = _partners(out)
    for at, token in enumerate(written):
        if not (isinstance(token, Open) and token.mark == ITALIC):
            continue
        end = partner[at]
        before = out[at - 1] if at else None
        after = out[end + 1] if end + 1 < len(out) else None
        left = isinstance(before, Open | Close) and before.symbol.endswith("*")
        inside = isinstance(out[at + 1], Open) and out[at + 1].mark == BOLD  # type: ignore[union-attr]  # Open by the first half
        right = isinstance(after, Open) and after.symbol.startswith("*")
        if not (left or inside or right):
            continue
        if _may_underscore(out, at, end):
            out[at], out[end] = Open(ITALIC, "_"), Close(ITALIC, "_")
        else:
            out[at] = Open(ITALIC, ("<" if left else "") + "*" + (">" if inside else ""))
            out[end] = Close(ITALIC, "*" + (">" if right else ""))
    return out


def _partners(items: list[Token]) -> dict[int, int]:
    stack: list[int] = []
    found: dict[int, int] = {}
    for at, token in enumerate(items):
        if isinstance(token, Open):
            stack.append(at)
        elif isinstance(token, Close):
            found[stack.pop()] = at
    return found


def _may_underscore(items: list[Token], begin: int, end: int) -> bool:
    before = _edge(items[begin - 1], last=True) if begin else ""
    after = _edge(items[end + 1], last=False) if end + 1 < len(items) else ""
    if _WORD.match(before) or _WORD.match(after):
        return False
    inner = "".join(shown(token) for token in items[begin + 1 : end])
    return "_" not in re.sub(r"\\.|__", "", inner)


def shown(token: Token) -> str:
    """What a token looks like once written; of a link's both ends, its brackets."""
    match token:
        case Text(markdown):
            return markdown
        case Open(mark, symbol):
            return "[" if is_link(mark) else symbol
        case Close(mark, symbol):
            return f"]({symbol})" if is_link(mark) else symbol


def _edge(token: Token, *, last: bool) -> str:
    sign = shown(token)
    return sign[-1:] if last else sign[:1]


def _spaced(items: list[Token]) -> Iterator[Token]:
    """Keep apart what would run together: see the cases. The room is a zero-width space."""
    room = Text(ZERO_WIDTH)
    previous: Token | None = None
    for token in items:
        if isinstance(token, Open) and token.mark == ITALIC and token.symbol.startswith("<"):
            yield room
        sign = token.markdown if isinstance(token, Text) else token.symbol.strip("<>")
        if isinstance(token, Open) and sign.startswith("_") and _closed(previous, STRIKE, UNDERLINE):
            yield room  # neither ~~ nor __ closes before an underscore
        if isinstance(token, Close) and _pairs_up(previous, token.mark):
            yield room  # these two close at the first pair of signs, escaped or not
        yield token if isinstance(token, Text) or not _ROOM & set(token.symbol) else replace(token, symbol=sign)
        if isinstance(token, Open | Close) and token.mark == ITALIC and token.symbol.endswith(">"):
            yield room
        previous = token


def _closed(token: Token | None, *marks: str) -> bool:
    return isinstance(token, Close) and token.mark in marks


def _pairs_up(before: Token | None, mark: str) -> bool:
    return mark in (STRIKE, SPOILER) and isinstance(before, Text) and before.markdown.endswith(DELIMITERS[mark][0])
