"""Find where running text may be cut: at a line, a sentence or a word, else between two characters.

Does not know blocks or what a mark looks like once written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.translate.markdown.blocks import Run, RunKind, Runs
from bot.translate.markdown.escape import URL

_SENTENCE: Final = re.compile(r"[.!?…][\"'”’»)\]]*\s+|[。！？]")
_BLANK: Final = re.compile(r"\s+")
_MENTION: Final = re.compile(r"<[@#:/a-z][^<>\s]{0,80}>|@(?:everyone|here)\b|:[A-Za-z0-9_+\-]{2,32}:")
_ENOUGH: Final = 0.04
"""The share of a limit that may stay empty: no closer cut is looked for."""
_LONGEST_CLUSTER: Final = 128
"""Characters; the longest emoji sequence of Unicode has 15."""


def most(items: int, limit: int, measure: Callable[[int], int]) -> int:
    """The largest number of items that measures at most ``limit``; few are measured, and none much longer than that."""
    low, step = 0, 1
    while low + step <= items and measure(low + step) <= limit:
        low += step
        step *= 2
    high = min(low + step, items + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if measure(middle) <= limit:
            low = middle
        else:
            high = middle
    return low


def reach(length: int, limit: int, measure: Callable[[int], int]) -> int:
    """About the largest number of characters that measures at most ``limit``, found by what the last guess measured."""
    low, high = 0, min(length, limit) + 1
    guess = high - 1
    while True:
        size = measure(guess)
        if size <= limit:
            low = guess
            if high - low <= 1 or limit - size <= limit * _ENOUGH:
                return low
        else:
            high = guess
            if high - low <= 1:
                return low
        guess = min(max(guess * limit // max(size, 1), low + 1, (low + high) // 2 if guess * 4 < high else 0), high - 1)


def cut_line(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """How many characters of a text without marks to keep: at least one, and a whole grapheme cluster."""
    return whole_cluster(text, max(1, reach(len(text), limit, lambda count: measure(text[:count]))))


def cut_runs(runs: Runs, limit: int, measure: Callable[[Runs], int]) -> tuple[Runs, Runs] | None:
    """Running text in two at the last line end, sentence end or blank that leaves the first half well filled."""
    text = "".join(run.text for run in runs)[: 2 * limit]
    fitting = reach(len(text), limit, lambda count: measure(part(runs, 0, count)))
    for place in _places(text, fitting, _zones(runs, text)):
        head = part(runs, 0, place)
        if any(run.text.strip() for run in head) and measure(head) <= limit:
            rest = part(runs, place, None)
            return head, rest if any(run.text.strip() for run in rest) else ()
    return None


def _places(text: str, fitting: int, zones: list[tuple[int, int]]) -> list[int]:
    """Where to cut a text of which about ``fitting`` characters fit, best first."""
    window = text[: fitting + 1]
    starts = [begin for begin, _ in zones]

    def outside(place: int) -> bool:
        at = bisect_right(starts, place - 1) - 1
        return at < 0 or not zones[at][0] < place < zones[at][1]

    found: list[int] = []
    blanks = [match.end() for match in _BLANK.finditer(window)]
    for places, least in (
        ([match.end() for match in re.finditer("\n", window)], 0.5),
        ([match.end() for match in _SENTENCE.finditer(window)], 0.5),
        (blanks, 0.3),
    ):
        good = [place for place in places if least * fitting < place and outside(place)]
        found += good[:-4:-1]
    anywhere = fitting
    while anywhere > 0 and not outside(anywhere):
        anywhere = zones[bisect_right(starts, anywhere - 1) - 1][0]
    if anywhere:
        found.append(whole_cluster(text, anywhere))
    found += [place for place in blanks if place <= fitting][-1:]  # inside a link, when nothing else is left
    return [*found, *(whole_cluster(text, fitting - less) for less in (0, 1, 2, 4, 8, 16, 32) if less < fitting)]


def _zones(runs: Runs, text: str) -> list[tuple[int, int]]:
    """Stretches no cut should fall into, apart and in order: links, code, addresses, what looks like a mention."""
    zones = [match.span() for pattern in (URL, _MENTION) for match in pattern.finditer(text)]
    at, previous = 0, ""
    for run in runs:
        if at > len(text):
            break
        end = at + len(run.text)
        if run.link and run.link == previous:
            zones[-1] = (zones[-1][0], end)
        elif run.link or run.kind is not RunKind.TEXT:
            zones.append((at, end))
        at, previous = end, run.link
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(zones):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def part(runs: Runs, begin: int, end: int | None) -> Runs:
    """The runs between two positions of their joined text."""
    out: list[Run] = []
    at = 0
    for run in runs:
        stop = at + len(run.text)
        if stop > begin:
            piece = run.text[max(0, begin - at) : (None if end is None else max(0, end - at))]
            if piece:
                out.append(replace(run, text=piece))
        at = stop
        if end is not None and at >= end:
            break
    return tuple(out)


def whole_cluster(text: str, place: int) -> int:
    """The nearest place at or before ``place`` that parts no letter from its marks and no emoji from its sequence.

    Marks in a longer row than any script's are parted.
    """
    begin, floor = place, max(place - _LONGEST_CLUSTER, 0)
    while floor < place < len(text) and (_joins(text[place]) or text[place - 1] == "\u200d" or _in_flag(text, place)):
        place -= 1
    return place if place > floor else begin


def _joins(char: str) -> bool:
    """Whether a character belongs to the one before it: marks, joiners, variants, skin tones, Hangul parts."""
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me")
        or char in "\u200d\u200c\uff9e\uff9f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\u1160" <= char <= "\u11ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _in_flag(text: str, place: int) -> bool:
    """Whether a place lies between the two letters of a flag."""
    if not "\U0001f1e6" <= text[place] <= "\U0001f1ff":
        return False
    count = 0
    while place > count and "\U0001f1e6" <= text[place - count - 1] <= "\U0001f1ff":
        count += 1
    return count % 2 == 1
