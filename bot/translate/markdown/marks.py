"""Nest the marks of one paragraph's runs, and escape its text with an eye on what stands next to it.

Decides for each link whether Discord may mask it. Does not see blocks and does not write: it returns tokens, from which
the converter writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from bot.translate.markdown.address import LONGEST_HOST, balanced, deceives, same
from bot.translate.markdown.blocks import BOLD, ITALIC, SPOILER, STRIKE, UNDERLINE, LinkTo, Run, RunKind, RunMark
from bot.translate.markdown.escape import ZERO_WIDTH, bare, disarmed, follows_freely, literal, target
from bot.translate.markdown.tokens import MarkBegins, Markdown, MarkEnds, Token, settled

# They turn round what stands behind them on the line, where a link leads too; no language is written with them.
_OVERRIDES: Final = re.compile("[\u202d\u202e]")
_BACKTICKS: Final = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class _Marked:
    """What stands inside one mark."""

    mark: RunMark
    inner: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _BareAddress:
    """An address that stands by itself."""

    url: str


_Node: TypeAlias = "Run | _Marked | _BareAddress"
_Flat: TypeAlias = "tuple[Literal['open', 'close'], RunMark] | Run | _BareAddress"


def tokens(runs: Iterable[Run]) -> list[Token]:
    """The runs of one paragraph as text and marks, well nested, in the order in which they are written."""
    runs = tuple(runs)
    if len(runs) == 1 and runs[0].kind is RunKind.TEXT and not runs[0].marks:
        return [Markdown(literal(runs[0].text.strip()))]
    if any(run.link for run in runs):
        runs = tuple(replace(run, text=_OVERRIDES.sub("", run.text)) for run in runs)
    pieces = _trimmed(runs)
    flat = _flatten(_nest(pieces, 0, len(pieces), frozenset()))
    written = _write(flat)
    return settled(written)


def _trimmed(runs: Iterable[Run]) -> list[Run]:
    """Blanks at the edge of a mark move outside of it: Discord reads no mark next to one."""
    parts: list[Run] = []
    for run in runs:
        run = _parted(run)
        if run.kind is RunKind.RAW:
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
    following: list[tuple[RunMark, ...]] = [()] * len(parts)
    ahead: tuple[RunMark, ...] = ()
    for at in range(len(parts) - 1, -1, -1):
        following[at] = ahead
        if bounds[at]:
            ahead = parts[at].marks
    behind: tuple[RunMark, ...] = ()
    for at, part in enumerate(parts):
        if bounds[at]:
            behind = part.marks
        else:
            kept = tuple(mark for mark in part.marks if mark in behind and mark in following[at])
            parts[at] = Run(part.text, kept)
    return parts


def _one_line(text: str, run: Run) -> str:
    return re.sub(r"[ \n]*\n[ \n]*", " ", text) if run.link or run.kind is RunKind.CODE else text


def _parted(run: Run) -> Run:
    """Free code from the marks whose delimiters it holds: a client would end the mark inside the code."""
    if run.kind is not RunKind.CODE:
        return run
    text = run.text
    lost = {mark for mark, sign in ((BOLD, "*"), (ITALIC, "*"), (UNDERLINE, "_"), (STRIKE, "~")) if sign in text}
    if SPOILER in run.marks:
        text = re.sub(r"\|(?=\||$)", "|" + ZERO_WIDTH, text)
    return replace(run, text=text, marks=tuple(mark for mark in run.marks if mark not in lost))


def _nest(pieces: Sequence[Run], begin: int, end: int, opened: frozenset[RunMark]) -> list[_Node]:
    """The longest-lived mark outermost; of equals the one that is outermost in the source."""
    out: list[_Node] = []
    at = begin
    while at < end:
        best: RunMark | None = None
        reach = at
        for mark in pieces[at].marks if pieces[at].text.strip() else ():
            if mark in opened:
                continue
            stop = at + 1
            while stop < end and mark in pieces[stop].marks:
                stop += 1
            if stop > reach:
                best, reach = mark, stop
        if best is None:
            out.append(pieces[at])
            at += 1
            continue
        inner = _nest(pieces, at, reach, opened | {best})
        if isinstance(best, LinkTo):
            out += _linked(best, inner, pieces[at:reach], opened, pieces[reach:end])
        else:
            out.append(_Marked(best, tuple(inner)))
        at = reach
    return out


def _read_on(pieces: Sequence[Run], opened: frozenset[RunMark]) -> str:
    """The words at the beginning of these that whoever reads what stands before them sees, as long as a host may be."""
    text = ""
    for piece in pieces:
        hidden = SPOILER in piece.marks and SPOILER not in opened
        if piece.kind is not RunKind.TEXT or hidden or len(text) > LONGEST_HOST:
            break
        text += piece.text
    return text


def _linked(
    link: LinkTo, inner: list[_Node], pieces: Sequence[Run], opened: frozenset[RunMark], behind: Sequence[Run]
) -> list[_Node]:
    """A link: masked where Discord masks it, bare where its text is its address, else text and address.

    A masked one tells its host, unless what stands ``behind`` it does; of hidden words it is hidden, too.
    """
    label = "".join(piece.text for piece in pieces)
    secret = SPOILER not in opened and any(SPOILER in piece.marks for piece in pieces)
    if not label.strip():
        return inner
    if same(label, link.url):
        return [_Marked(SPOILER, (_BareAddress(link.url),)) if secret else _BareAddress(link.url)]
    if deceives(label) or not balanced(label):
        return inner if secret else [*inner, Run(f" (<{target(link.url)}>)", (), RunKind.RAW)]
    masked, host = _Marked(link, tuple(inner)), f" ({link.host})"
    if not link.host or _read_on(behind, opened | {SPOILER} if secret else opened).startswith(host):
        return [masked]
    gap = " " if behind and behind[0].text[0].isalnum() else ""
    if secret:
        return [masked, Run(" "), _Marked(SPOILER, (Run(host.strip()),)), Run(gap)]
    return [masked, Run(host + gap)]


def _flatten(nodes: Iterable[_Node]) -> list[_Flat]:
    out: list[_Flat] = []
    for node in nodes:
        if isinstance(node, _Marked):
            out += [("open", node.mark), *_flatten(node.inner), ("close", node.mark)]
        elif out and _both_text(out[-1], node):
            out[-1] = Run(out[-1].text + node.text)  # type: ignore[union-attr]  # both are runs
        else:
            out.append(node)
    return out


def _both_text(left: _Flat, right: _Node) -> bool:
    """Whether two leaves are one to the reader: what the end of the first and the start of the second make together."""
    return isinstance(left, Run) and isinstance(right, Run) and left.kind is right.kind is RunKind.TEXT


def _write(flat: list[_Flat]) -> list[Token]:
    """Escape the leaves, each with an eye on what follows it."""
    out: list[Token] = []
    for at, item in enumerate(flat):
        if isinstance(item, tuple):
            kind, mark = item
            symbol = target(mark.url) if isinstance(mark, LinkTo) else mark.value
            out.append(MarkBegins(mark, symbol) if kind == "open" else MarkEnds(mark, symbol))
            continue
        free = _free(flat, at + 1)
        if isinstance(item, _BareAddress):
            out.append(Markdown(bare(item.url) if free and _plain_end(item.url) else f"<{bare(item.url)}>"))
        elif item.kind is RunKind.RAW:
            out.append(Markdown(item.text))
        elif item.kind is RunKind.CODE:
            out.append(Markdown(code(item.text)))
        else:
            out.append(Markdown(literal(item.text, last=free, ends=at + 1 == len(flat))))
    return out


def _plain_end(url: str) -> bool:
    """Whether a client would read an address to its very end."""
    return url[-1] not in "<.,:;\"']" and " " not in url and not url.endswith(")")


def _free(flat: list[_Flat], at: int) -> bool:
    """Whether an address may stand bare before what begins at a place."""
    following = flat[at] if at < len(flat) else None
    if following is None or (isinstance(following, tuple) and following[0] == "close"):
        return True
    if isinstance(following, Run) and following.kind in (RunKind.TEXT, RunKind.RAW):
        text = following.text[:80]
        return follows_freely(text, last=text.strip() != "" and len(text) < 80 and _free(flat, at + 1))
    return False


def code(text: str) -> str:
    """A code span; three backticks in a row would open a fence and are kept apart."""
    text = disarmed(text)
    lengths = {len(run) for run in _BACKTICKS.findall(text)}
    if lengths and (max(lengths) > 2 or lengths == {1, 2}):
        text = text.replace("``", f"`{ZERO_WIDTH}`").replace("``", f"`{ZERO_WIDTH}`")
        lengths = {1}
    fence = "``" if lengths == {1} else "`"
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"
