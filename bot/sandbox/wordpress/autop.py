"""Adds the paragraphs and line breaks, and closes the tags, that WordPress adds when it serves a text.

Does not know comments from posts, and covers the markup people write rather than every corner of the original.
"""

from __future__ import annotations

import re

# WordPress: the block elements of wpautop().
_BLOCKS = (
    "table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|map|area|blockquote|address"
    "|style|p|h[1-6]|hr|fieldset|legend|section|article|aside|hgroup|header|footer|nav|figure|figcaption|details|menu"
    "|summary|script"
)
# Where loose text becomes paragraphs; elsewhere (a list item, a heading) it stays as it is.
_FLOW = frozenset({"blockquote", "div", "section", "article", "aside", "header", "footer", "form", "details", "figure"})
_KEPT = re.compile(r"(<(?P<kept>pre|script|style)\b[^>]*>.*?</(?P=kept)>)", re.DOTALL | re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"(</?(?:{_BLOCKS})\b[^>]*>)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)([^>]*)>")
_EMPTY = frozenset(["area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
_NESTABLE = frozenset(["article", "aside", "blockquote", "details", "div", "figure", "object", "q", "section", "span"])


def autop(text: str) -> str:
    """WordPress: wpautop(). Blank lines part paragraphs, single newlines become `<br />`, blocks are left alone."""
    if not text.strip():
        return ""
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"<pre-kept-{len(kept) - 1}>"

    text = _KEPT.sub(hide, text.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"<br\s*/?>\s*<br\s*/?>", "\n\n", text)
    out = ""
    open_blocks: list[str] = []
    for piece in re.split(rf"{_BLOCK_TAG.pattern}|(<pre-kept-\d+>)", text, flags=re.IGNORECASE):
        if not piece:
            continue
        if piece.startswith("<pre-kept-"):
            out += kept[int(piece[10:-1])] + "\n"
        elif _BLOCK_TAG.fullmatch(piece):
            out = _place_block(out, piece, open_blocks)
        else:
            out += _loose(piece, open_blocks)
    return out


def _place_block(out: str, tag: str, open_blocks: list[str]) -> str:
    parsed = _TAG.match(tag)
    assert parsed is not None, tag
    name = parsed[2].lower()
    if parsed[1]:
        if name in open_blocks:
            del open_blocks[len(open_blocks) - 1 - open_blocks[::-1].index(name) :]
        # A paragraph sits tight inside its quote, as WordPress has it.
        return (out.rstrip("\n") if name in _FLOW else out) + tag + "\n"
    if name not in _EMPTY and not tag.endswith("/>"):
        open_blocks.append(name)
    return out + tag + ("" if name in _FLOW or name not in {"ul", "ol", "table", "hr"} else "\n")


def _loose(text: str, open_blocks: list[str]) -> str:
    if not text.strip():
        return ""
    if open_blocks and open_blocks[-1] not in _FLOW:
        inner = text if open_blocks[-1] not in {"p", "li", "td", "th", "dd"} else _broken(text)
        return inner.strip("\n")
    return "".join(f"<p>{_broken(part)}</p>\n" for part in re.split(r"\n\s*\n", text) if part.strip())


def _broken(text: str) -> str:
    text = re.sub(r"(<br\s*/?>)\s*\n", r"\n", text.strip("\n") if text.strip() else text)
    text = re.sub(r"\s*\n", "<br />\n", text.strip(" "))
    return re.sub(r"<br\s*/?>(?!\n)", "<br />\n", text)


def balance(text: str) -> str:
    """WordPress: force_balance_tags(). Closes what is open, drops an end that has no beginning."""
    out = ""
    stack: list[str] = []
    last = 0
    for tag in _TAG.finditer(text):
        out += text[last : tag.start()]
        last = tag.end()
        name = tag[2].lower()
        if tag[1]:
            if name not in stack:
                continue
            while (top := stack.pop()) != name:
                out += f"</{top}>"
            out += f"</{name}>"
        elif name in _EMPTY or tag[3].endswith("/"):
            out += tag[0]
        else:
            if stack and stack[-1] == name and name not in _NESTABLE:
                out += f"</{stack.pop()}>"
            stack.append(name)
            out += tag[0]
    return out + text[last:] + "".join(f"</{name}>" for name in reversed(stack))
