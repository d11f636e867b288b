"""Find, in one pass over a stretch of Discord's dialect, what no mark may cut: escapes, code, tokens and links.

Does not decide about styles: it lists where runs of marks are, and :mod:`bot.translate.dialect.inline` pairs them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from bot.translate.dialect.tree import Code, Fence, Hyperlink, Inline, Mention, MentionKind, Text, Timestamp

PLACES = {
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "home": "Server Guide",
    "linked-roles": "Linked Roles",
}
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799  # the years 1 to 9999

# Discord: Message Formatting. The client's own escape is a backslash before anything but ASCII letters, digits, space.
_LEX = re.compile(r"\\[^0-9A-Za-z\s]|`+|<|\[|\]|¯\\_\(ツ\)_/¯|\*+|_+|~+|\|+")
_ANGLE = re.compile(
    r"""<(?:
        @!?(?P<user>[0-9]{1,20})
      | @&(?P<role>[0-9]{1,20})
      | \#(?P<channel>[0-9]{1,20})
      | a?:(?P<emoji>[A-Za-z0-9_]{1,64}):[0-9]{1,20}
      | t:(?P<time>-?[0-9]{1,15})(?::[tTdDfFsSR])?
      | /(?P<command>[^\s<>:/][^<>:\n]{0,110}):[0-9]{1,20}
      | id:(?P<place>customize|browse|guide|home|linked-roles)(?::[0-9]{1,20})?
      | (?P<sound>sound):[0-9]{1,20}:[0-9]{1,20}
      | (?P<url>(?i:https?)://[^\s<>]{1,2048})
    )>""",
    re.X,
)
# possessive, so that a target that does not end costs no second look
_TARGET = re.compile(
    r"""\]\([^\S\n]*+
        (?: <(?P<angled>(?i:https?)://[^\s<>]{1,2048})>
          | (?P<bare>(?i:https?)://(?:[^\s()<>"\\]|\([^\s()<>"\\]{0,2048}+\)){1,2048}+) )
        (?:[^\S\n]++(?:"(?P<title>[^"\n]{0,500})"|'(?P<title1>[^'\n]{0,500})'))?+
        [^\S\n]*+\)""",
    re.X,
)
_URL_INSIDE = re.compile(r"https?://", re.I)
_LANGUAGE = re.compile(r"[A-Za-z0-9_+\-.#]*\n")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Span:
    """What stands at one place of the text up to ``end``."""

    end: int
    node: Inline | Fence


class Ticks:
    """The runs of backticks in one text, so that every code span and fence is found without searching twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._runs: dict[int, list[int]] = {}
        for run in re.finditer("`+", text):
            self._runs.setdefault(len(run[0]), []).append(run.start())

    def at(self, start: int, count: int, end: int) -> Span | None:
        """The code span or fence that the run of ``count`` backticks at ``start`` opens before ``end``."""
        return (self._fence(start, end) if count >= 3 else None) or self._span(start, count, end)

    def _fence(self, start: int, end: int) -> Span | None:
        body = start + 3
        close = self._text.find("```", body, end)
        if close < 0:
            return None
        language = _LANGUAGE.match(self._text, body, close)
        text = self._text[language.end() if language else body : close].strip("\n")
        return Span(close + 3, Fence(text)) if text.strip() else None

    def _span(self, start: int, count: int, end: int) -> Span | None:
        body = start + count
        starts = self._runs.get(count, [])
        index = bisect_left(starts, body)
        if index == len(starts) or starts[index] + count > end:
            return None
        text = self._text[body : starts[index]]
        if not text.strip("\n"):
            return None
        if text[0] == text[-1] == " " and text.strip():
            text = text[1:-1]
        return Span(starts[index] + count, Code(text))


class MarkRuns:
    """Where runs of one mark are: those of two or three can close a pair, those of one or three a single mark."""

    def __init__(self) -> None:
        self.pairs: list[tuple[int, int]] = []
        self.odds: list[tuple[int, int]] = []

    def add(self, start: int, length: int) -> None:
        """Note a run; one of more than three marks is decoration and closes nothing."""
        if length in (2, 3):
            self.pairs.append((start, length))
        if length in (1, 3):
            self.odds.append((start, length))


def after(runs: list[tuple[int, int]], position: int) -> tuple[int, int] | None:
    """The first run at or after ``position``."""
    index = bisect_left(runs, (position, 0))
    return runs[index] if index < len(runs) else None


class Lexed:
    """One stretch of text with its ``spans`` (by start), its ``links`` (by start) and its ``runs`` of marks."""

    def __init__(self, text: str, ticks: Ticks, start: int, end: int) -> None:
        self.text = text
        self.spans: dict[int, Span] = {}
        self.links: dict[int, tuple[int, Span]] = {}  # start → end of the label, and the link without its label
        self.runs: dict[str, MarkRuns] = {mark: MarkRuns() for mark in "*_~|"}
        self._open: list[int] = []
        self._barrier = -1  # a label that begins before this holds what no label may: a link, an address, a fence
        position = start
        while found := _LEX.search(text, position, end):
            position = self._take(found, ticks, end)

    def _take(self, found: re.Match[str], ticks: Ticks, end: int) -> int:
        token, start = found[0], found.start()
        span: Span | None = None
        match token[0]:
            case "\\":
                span = Span(found.end(), Text(token[1]))
            case "`":
                span = ticks.at(start, len(token), end)
                if span and isinstance(span.node, Fence):
                    self._barrier = start
            case "<":
                span = angle(self.text, start, end)
            case "¯":
                span = Span(found.end(), Text(token))
            case "[":
                self._open.append(start)
            case "]":
                return self._close(start, end) or found.end()
            case mark:
                self.runs[mark].add(start, len(token))
        if span:
            self.spans[start] = span
        return span.end if span else found.end()

    def _close(self, position: int, end: int) -> int | None:
        if not self._open:
            return None
        start = self._open.pop()
        target = _TARGET.match(self.text, position, end) if self._barrier < start else None
        label = self.text[start + 1 : position] if target else ""
        if not target or not label.strip():
            return None
        self._barrier = start
        # A label that is itself an address could claim another target: the client prints such a link literally.
        if _URL_INSIDE.search(label) or _BLANK_LINE.search(label):
            return None
        link = Hyperlink(target["angled"] or target["bare"], (), target["title"] or target["title1"] or "")
        self.links[start] = (position, Span(target.end(), link))
        return target.end()


def angle(text: str, start: int, end: int) -> Span | None:
    """The token in angle brackets at ``start`` (mention, emoji, timestamp, command, address), if there is one."""
    found = _ANGLE.match(text, start, end)
    if not found or not found.lastgroup:
        return None
    value = found[found.lastgroup]
    node: Inline
    match found.lastgroup:
        case "user" | "role" | "channel" as kind:
            node = Mention(MentionKind(kind), int(value))
        case "emoji":
            node = Text(f":{value}:")
        case "time":
            if not _FIRST_SECOND <= int(value) <= _LAST_SECOND:
                return None
            node = Timestamp(int(value))
        case "command":
            node = Text(f"/{value}")
        case "place":
            node = Text(PLACES[value])
        case "sound":
            node = Text("[sound]")
        case _:
            node = Hyperlink(value, (Text(value),))
    return Span(found.end(), node)
