"""Read code as it stands: its text, line ends and all, and the language it names.

It does not decide what is code, nor how it is shown.
"""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborNode

_LANGUAGE: Final = re.compile(r"(?:^|[\s:;])(?:lang(?:uage)?-|brush:\s*)([A-Za-z0-9_+#.\-]{1,20})")


def raw(node: LexborNode) -> str:
    """The text of code, <br> a line end. White space is kept in <pre>, and folded in inline code as everywhere."""
    keep = node.tag not in ("samp", "kbd")
    parts: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.tag == "br":
            parts.append("\n")
        elif inner.tag == "-text":
            text = inner.text_content or ""
            parts.append(text if keep else re.sub(r"[ \t\n\r\f]+", " ", text))
    text = "".join(parts)
    return text.replace("\r\n", "\n").replace("\t", "    ") if keep else re.sub(r" ?\n ?", "\n", text)


def language(node: LexborNode) -> str:
    code = node.css_first("samp") if node.tag != "samp" else None
    for place in (node, code):
        if place is not None:
            attributes = place.attributes
            wanted = " ".join(attributes.get(key) or "" for key in ("class", "data-language", "data-lang", "lang"))
            if (found := _LANGUAGE.search(wanted)) is not None:
                return found[1].lower()
    return ""
