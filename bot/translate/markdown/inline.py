"""Gather the runs of one paragraph: inline tags, white space, links, pictures, superscripts.

Does not know blocks and writes no markdown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborNode

from bot.translate.markdown.blocks import BOLD, ITALIC, STRIKE, UNDERLINE, LinkTo, Run, RunKind, Runs, merged
from bot.translate.markdown.escape import drop_controls
from bot.translate.markdown.page import Page, TextStyle

_MARKS: Final = {
    **dict.fromkeys(("b", "strong"), BOLD),
    **dict.fromkeys(("i", "em", "var", "dfn", "cite"), ITALIC),
    **dict.fromkeys(("u", "ins"), UNDERLINE),
    **dict.fromkeys(("s", "del", "strike"), STRIKE),
}
_CODE: Final = frozenset(("code", "kbd", "samp", "tt"))
_SPACE: Final = re.compile(r"[ \t\n\r\f]+")
_BACK: Final = frozenset(("↩", "↵", "⏎", "↑", "⤴", "^", "←", "⬆", "↖"))
_ORDINAL: Final = frozenset(("st", "nd", "rd", "th", "er", "re", "e", "o", "a", "º", "ª", "tm", "TM", "®", "™", "℠"))
_SUPER: Final = dict(
    zip("0123456789+-−=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)
)
_SUB: Final = dict(zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_TUBE: Final = re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,20})")


@dataclass(frozen=True, slots=True)
class OpenElement:
    """An inline element under way: where its runs begin, and in what style."""

    href: str | None
    tag: str
    style: TextStyle
    begin: int
    flushes: int


class RunGatherer:
    """The runs of the paragraph under way, with white space folded as a browser folds it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._runs: list[Run] = []
        self._done: list[Runs] = []
        self._flushes = 0

    def take(self) -> list[Runs]:
        """The paragraphs so far, trimmed; a new one begins."""
        self._end()
        done, self._done = self._done, []
        return done

    def _end(self) -> None:
        """The paragraph under way is whole, unless there is nothing in it."""
        runs, self._runs = self._runs, []
        self._flushes += 1
        while runs and not runs[0].text.strip(" \n"):
            runs.pop(0)
        while runs and not runs[-1].text.strip(" \n"):
            runs.pop()
        if not any(run.text.strip() for run in runs):
            return
        for at, text in ((0, runs[0].text.lstrip(" \n")), (-1, runs[-1].text.rstrip(" \n"))):
            if len(text) < len(runs[at].text):
                runs[at] = replace(runs[at], text=text if len(runs) > 1 else runs[0].text.strip(" \n"))
        self._done.append(tuple(merged(runs)) if len(runs) > 1 else (runs[0],))

    def text(self, text: str, style: TextStyle) -> None:
        """Add text as it stands in the page."""
        text = _SPACE.sub(" ", drop_controls(text))
        if text.startswith(" ") and (not self._runs or self._runs[-1].text[-1:] in (" ", "\n")):
            text = text[1:]
        if text:
            self._runs.append(Run(text, style.marks, RunKind.CODE if style.code else RunKind.TEXT))

    def newline(self, style: TextStyle) -> None:
        """Add a line end. A blank line ends the paragraph."""
        if not self._runs:
            return
        last = self._runs[-1]
        if last.text.endswith(" "):
            self._runs[-1] = last = replace(last, text=last.text[:-1])
        if not last.text:
            self._runs.pop()
        if not self._runs or not self._runs[-1].text.endswith("\n"):
            self._runs.append(Run("\n", style.marks))
        else:
            self._end()

    def special(self, node: LexborNode, style: TextStyle) -> bool:
        """Take an element that stands for text of its own; False for an ordinary one."""
        attributes = node.attributes
        match node.tag:
            case "br":
                self.newline(style)
            case "img":
                self._picture(attributes, style)
            case "iframe" | "embed" | "object" | "video" | "audio":
                self._embed(node, attributes, style)
                return node.tag != "object" or not node.text_content
            case "input":
                if (attributes.get("type") or "").lower() == "checkbox":
                    self.text("☑ " if "checked" in attributes else "☐ ", style)
            case "wbr":
                pass
            case _:
                return False
        return True

    def open(self, node: LexborNode, style: TextStyle) -> OpenElement:
        """Begin an inline element."""
        tag = node.tag or ""
        href = node.attributes.get("href") if tag == "a" else None
        if tag in _MARKS:
            style = style.marked(_MARKS[tag])
        elif tag in _CODE:
            style = replace(style, code=True)
        elif tag == "q":
            self.text("‘" if style.quotes % 2 else "“", style)
            style = replace(style, quotes=style.quotes + 1)
        elif tag == "a" and (url := self._page.address(href)) and self._page.anchor(href) not in self._page.ids:
            style = style.marked(self._page.link(url))
        elif tag == "span":
            style = _by_css(node.attributes, style)
        return OpenElement(href, tag, style, len(self._runs), self._flushes)

    def close(self, opened: OpenElement) -> None:
        """End an inline element, mending what only its whole text tells."""
        begin = opened.begin if opened.flushes == self._flushes else 0
        inner = self._runs[begin:]
        text = "".join(run.text for run in inner).strip()
        if opened.tag == "q":
            self.text("”" if opened.style.quotes % 2 else "’", opened.style)
        elif opened.tag == "rt" and text:
            self._runs[begin:] = [Run("(", opened.style.marks), *inner, Run(")", opened.style.marks)]
        elif opened.tag in ("sup", "sub"):
            self._runs[begin:] = _shifted(inner, text, above=opened.tag == "sup")
        elif opened.tag == "a" and text.rstrip("\ufe0e\ufe0f") in _BACK and self._page.anchor(opened.href):
            del self._runs[begin:]

    def _picture(self, attributes: dict[str, str | None], style: TextStyle) -> None:
        alt = " ".join((attributes.get("alt") or "").split())
        classes = (attributes.get("class") or "").split()
        if "emoji" in classes or "wp-smiley" in classes:
            self.text(alt, style)
            return
        label = f"image: {alt}" if alt else "image"
        source = attributes.get("src") or ""
        url = self._page.address(source if not source.startswith("data:") else "")
        url = url or self._page.address(attributes.get("data-src") or attributes.get("data-lazy-src"))
        if any(isinstance(mark, LinkTo) for mark in style.marks):
            self.text(label, style)
        elif url:
            self.text(label, style.marked(self._page.link(url)))
        elif alt or source:
            self._runs.append(Run(f"[{label}]", style.marks))

    def _embed(self, node: LexborNode, attributes: dict[str, str | None], style: TextStyle) -> None:
        classes = (attributes.get("class") or "").split()
        if "wp-embedded-content" in classes:
            return  # the quotation before it links the same post
        source = attributes.get("src") or attributes.get("data-src") or attributes.get("data")
        if not source and (inner := node.css_first("source")) is not None:
            source = inner.attributes.get("src")
        url = self._page.address(source)
        if not url:
            return
        if (tube := _TUBE.match(url)) is not None:
            url = f"https://www.youtube.com/watch?v={tube[1]}"
        if node.tag in ("video", "audio"):
            self.text(node.tag, style.marked(self._page.link(url)))
        else:
            title = " ".join((attributes.get("title") or "").split())
            self.text(title or url, style.marked(self._page.link(url)))


def one_line(paragraphs: list[Runs]) -> Runs:
    """Paragraphs on one line, a blank for every line end."""
    out: list[Run] = []
    for runs in paragraphs:
        for run in (Run(" "), *runs) if out else runs:
            text = run.text.replace("\n", " ") if run.kind is RunKind.CODE else re.sub(r" *\n[ \n]*", " ", run.text)
            if out and out[-1].text.endswith(" "):
                text = text.removeprefix(" ")
            if text:
                out.append(replace(run, text=text))
    return tuple(out)


def _by_css(attributes: dict[str, str | None], style: TextStyle) -> TextStyle:
    css = (attributes.get("style") or "").replace(" ", "").lower()
    for wanted, mark in (
        ("font-weight:bold", BOLD),
        ("font-weight:700", BOLD),
        ("font-style:italic", ITALIC),
        ("text-decoration:underline", UNDERLINE),
        ("text-decoration:line-through", STRIKE),
    ):
        if wanted in css:
            style = style.marked(mark)
    return style


def _shifted(runs: list[Run], text: str, *, above: bool) -> list[Run]:
    """A superscript or subscript in the characters Unicode has for it, else behind a sign."""
    table = _SUPER if above else _SUB
    bracketed = text[:1] == "[" and text[-1:] == "]"
    if not text or bracketed or (above and text in _ORDINAL) or not any(char.isalnum() for char in text):
        return runs
    if all(char in table for char in text):
        return [replace(run, text="".join(table.get(char, char) for char in run.text)) for run in runs]
    sign = "^" if above else "_"
    first, last = (sign, "") if len(text) == 1 else (f"{sign}(", ")")
    plain = Run(first, runs[0].marks)
    return [plain, *runs, Run(last, runs[-1].marks)]
