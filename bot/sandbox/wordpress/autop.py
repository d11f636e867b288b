"""Adds the paragraphs and line breaks, and closes the tags, that WordPress adds when it serves a text.

Does not know comments from posts, and covers the markup people write rather than every corner of the original.
"""

from __future__ import annotations

import re

# WordPress: the block elements of wpautop().
_BLOCKS = (
    "table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|map|area|blockquote|address"
    "|style|p|h[1-6]|hr|fieldset|legend|section|article|aside|hgroup|header|footer|nav|figure|figcaption|details|menu"
    "|summary"
)
# Where a blank line makes paragraphs of loose text; elsewhere (a list item, a heading) text stays as it is.
_FLOW = frozenset({"div", "section", "article", "aside", "header", "footer", "form", "details", "figure"})
_PRE = re.compile(r"<pre\b[^>]*>.*?</pre>", re.DOTALL | re.IGNORECASE)
_INLINE_KEPT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_KEPT_NEWLINE = "\ue000"
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
        return f"<kept-{len(kept) - 1}>"

    text = _PRE.sub(hide, text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _INLINE_KEPT.sub(lambda match: match[0].replace("\n", _KEPT_NEWLINE), text)
    text = re.sub(r"<[^>]*>", lambda match: match[0].replace("\n", _KEPT_NEWLINE), text)
    text = re.sub(r"<br\s*/?>\s*<br\s*/?>", "\n\n", text)
    out = ""
    last = "start"  # what was put out last: an opening tag, a closing one, or text
    open_blocks: list[str] = []
    for piece in re.split(rf"{_BLOCK_TAG.pattern}|(<kept-\d+>)", text, flags=re.IGNORECASE):
        if not piece:
            continue
        if piece.startswith("<kept-"):
            out += ("\n" if last in {"open", "text"} else "") + kept[int(piece[6:-1])] + "\n"
            last = "close"
        elif _BLOCK_TAG.fullmatch(piece):
            kind = _track(piece, open_blocks)
            if kind == "close":
                out = (out.removesuffix("\n") if last == "paragraph" else out) + piece + "\n"
            else:
                out += ("\n" if last in {"open", "text"} else "") + piece
            last = kind
        elif loose := _loose(piece, open_blocks[-1] if open_blocks else "", after_block=last == "close"):
            out += loose
            last = "paragraph" if loose.endswith("</p>\n") else "text"
    return out.replace(_KEPT_NEWLINE, "\n")


def _track(tag: str, open_blocks: list[str]) -> str:
    """Note what a block tag opens or closes; "open" or "close", an empty element being both and so the latter."""
    parsed = _TAG.match(tag)
    assert parsed is not None, tag
    name = parsed[2].lower()
    if parsed[1]:
        if name in open_blocks:
            del open_blocks[len(open_blocks) - 1 - open_blocks[::-1].index(name) :]
        return "close"
    if name in _EMPTY or tag.endswith("/>"):
        return "close"
    open_blocks.append(name)
    return "open"


def _loose(text: str, within: str, *, after_block: bool) -> str:
    """Text between two block tags; `within` is the innermost open block, `after_block` whether one has just ended."""
    if not text.strip():
        return ""
    parts = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    if within == "blockquote":
        return _quoted(text, parts, after_block=after_block)
    if within == "p":
        return "</p>\n<p>".join(map(_broken, parts))
    if within and not (within in _FLOW and (len(parts) > 1 or after_block)):
        lead, tail = "\n" if text.startswith("\n") else "", "\n" if text.endswith("\n") else ""
        return f"{lead}{_broken(text)}{tail}"
    return "".join(f"<p>{_broken(part)}</p>\n" for part in parts)


def _quoted(text: str, parts: list[str], *, after_block: bool) -> str:
    """The paragraphs of a quote; a newline next to the quote's own tags stays, inside its first and last paragraph."""
    before = 0 if after_block else len(text) - len(text.lstrip("\n"))
    whole = [_broken(part) for part in parts]
    if before == 1:
        whole[0] = "\n" + whole[0]
    if text.endswith("\n"):
        whole[-1] += "\n"
    return ("\n" if before > 1 else "") + "".join(f"<p>{part}</p>\n" for part in whole)


def _broken(text: str) -> str:
    text = re.sub(r"^(?:<br\s*/?>\s*)+", "", text.strip("\n"))
    text = re.sub(r"<br\s*/?>", "<br />", text)
    return re.sub(r"(?<!<br />)[ \t]*\n", "<br />\n", text)


def balance(text: str) -> str:
    """WordPress: force_balance_tags(). Closes what is open, drops an end that has no beginning."""
    text = re.sub(r"<(?=\d)", "&lt;", text)
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
            slash = "/" if tag[3] else " /"
            out += tag[0] if tag[3].endswith("/") else f"{tag[0][:-1]}{slash}>"
        else:
            if stack and stack[-1] == name and name not in _NESTABLE:
                out += f"</{stack.pop()}>"
            stack.append(name)
            out += tag[0]
    return out + text[last:] + "".join(f"</{name}>" for name in reversed(stack))
