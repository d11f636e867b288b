"""Tells where an address leads, and whether the words of a link pretend that it leads elsewhere.

Escapes nothing (:mod:`bot.translate.markdown.escape` does) and asks nobody: an address is judged by its letters alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.core.lookalikes import seen
from bot.translate.markdown.escape import target

LONGEST_HOST: Final = 260
"""Characters (RFC 1035: 255 octets), with the brackets in which a host is shown."""

_ADDRESS: Final = re.compile(r"://|\bwww\.|\bhttps?:", re.IGNORECASE)
# A name of two labels or more whose last could be a top-level domain, and what follows it.
_HOST: Final = re.compile(r"[^\W_][\w\-]*(?:\.[\w\-]+)*\.(?:xn--\w+|[^\W\d_]{2,63})(?![\w\-])(?P<path>[/:?#]?)")
_FILE: Final = re.compile(
    r"\.(?:js|py|md|sh|rb|rs|go|ts|pl|cs|so|ps|c|h|txt|html?|css|php|pdf|png|jpe?g|gif|json|ya?ml|toml|mp[34])",
    re.IGNORECASE,
)


def host_of(url: str) -> str:
    """The host to which a client goes for an absolute address, in letters of its own alphabet alone (punycode).

    Without ``www.``; '' where there is none to be made out.
    """
    try:
        host = urlsplit(target(url)).hostname or ""
    except ValueError:
        return ""
    plain = unicodedata.normalize("NFKC", unquote(host)).replace("。", ".").lower()
    visible = "".join(char for char in plain if unicodedata.category(char) not in ("Cc", "Cf"))
    return ".".join(map(_ascii, visible.rstrip(".").split("."))).removeprefix("www.")


def _ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def deceives(label: str) -> bool:
    """Whether a label looks like an address, anywhere in it and in whatever letters: a reader would trust what it says.

    Discord does not mask a link whose label begins with one either. The name of a file is none.
    """
    plain = seen(label)
    return _ADDRESS.search(plain) is not None or any(
        found["path"] or _FILE.fullmatch(found[0], found[0].rindex(".")) is None for found in _HOST.finditer(plain)
    )


def same(label: str, url: str) -> bool:
    """Whether a label is the address itself, perhaps without scheme or cut short with an ellipsis."""
    shown, real = (_core(text) for text in (label, url))
    return shown == real or (len(shown) > 12 and shown[-1] == "…" and real.startswith(shown.rstrip("….")))


def _core(url: str) -> str:
    url = re.sub(r"^(?:https?://)?(?:www\.)?", "", unquote(url.strip()), flags=re.IGNORECASE)
    host, slash, path = url.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def balanced(label: str) -> bool:
    """Whether the square brackets in a label pair up, one level deep, as Discord's reader of links wants them."""
    depth = 0
    for char in label:
        depth += (char == "[") - (char == "]")
        if not 0 <= depth <= 1:
            return False
    return depth == 0
