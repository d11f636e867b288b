"""Reads one feed in a process of its own: the answer comes in on stdin, what it says goes out on stdout as JSON.

Run as a file, knows nothing of the bot, and writes and fetches nothing. A feed's reader may take minutes or gigabytes
over a few hundred bytes that mean harm; here the kernel ends it, and the bot's loop and memory never notice.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import signal
import sys
from typing import Any

CPU_SECONDS = 10
"""Of processor time, for one feed. 4 MiB of an honest one take two."""
REAL_SECONDS = 60
"""From its start to its end, whatever else the machine does."""
MEMORY = 512 << 20
"""Bytes of address space; Python and the reader of feeds need a hundred million of them."""

ENTRIES = 200
"""What a feed holds beyond the first so many is left out. WordPress's own holds ten."""
ADDRESS = 2_000
"""Characters of a link or a guid; a longer one is none."""
NAME = 200
TITLE = 1_000
"""Characters of an author's name and of a title; what is longer is cut."""

HEAD = 64 << 10
"""Characters of the answer's first line (its kind), which comes before the body."""

_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|us-ascii|ascii|latin-?1|iso-?8859-?\d{1,2}|(?:windows|cp)-?125\d|koi8-[ru]|macintosh"
    r"|shift[_-]jis|euc-(?:jp|kr)|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)
"""All of them turn bytes into text in one pass. A codec like UTF-7, in which a tag can be spelt so that no guard sees
it, or punycode, which takes hours, is not among them: such a feed is read as UTF-8."""
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HALVES = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^<>]{1,200}?encoding\s*=\s*[\"']([\w-]{1,40})[\"']")
_DECLARATION = re.compile(r"\s*<\?xml[^<>]{0,1000}\?>")
_BEFORE_ROOT = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)


class NotAFeed(Exception):
    """What came is none, or is not read; ``args[0]`` says so, with {url} where the address belongs."""


def text_of(body: bytes, kind: str) -> str:
    """The body as text, by its mark, its HTTP header or its declaration, where these name an ordinary encoding."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    named = [encoding for half, encoding in _HALVES if body.startswith(half)]
    for found in (_CHARSET.search(kind[:HEAD]), _DECLARED.search(body[:1024])):
        name = found[1] if found else ""
        named.append(name if isinstance(name, str) else name.decode("ascii", "replace"))
    for encoding in (*named, "utf-8"):
        try:
            if _ENCODINGS.fullmatch(encoding):
                return body.decode(encoding)
        except (LookupError, ValueError):
            continue
    return body.decode("windows-1252", "replace")


def refuse_foreign(text: str) -> None:
    """Look at everything before the root element, however far comments push it. Raises NotAFeed.

    A document type is refused unread: a feed needs none, and entity bombs live there.
    """
    at = 0
    while found := _BEFORE_ROOT.match(text, at):
        at = found.end()
    begins = text[at : at + 14].lower()
    if begins.startswith(("<!doctype html", "<html")):
        raise NotAFeed("What {url} answers is a web page, not a feed.")
    if begins.startswith("<!"):
        raise NotAFeed("The feed at {url} declares a document type, which no feed needs; it is not read.")
    if not begins.startswith("<"):
        raise NotAFeed("What {url} answers is not a feed.")


def read(body: bytes, kind: str) -> dict[str, Any]:
    """What a feed says, in strings of bounded length. Raises NotAFeed, and whatever the reader stumbles over.

    The text goes to the reader as a stream of UTF-8: it takes bytes that look like a path as the name of a file.
    """
    text = text_of(body, kind).replace("\0", "")
    refuse_foreign(text)
    import feedparser  # after the refusals: most of what is no feed never needs it

    parsed = feedparser.parse(
        io.BytesIO(_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    # `bozo` is no verdict: a charset missing from the header sets it. No version and no entries is.
    if not parsed.get("version") and not parsed.entries:
        raise NotAFeed("What {url} answers is not a feed.")
    entries = [_entry(item) for item in parsed.entries[:ENTRIES]]
    return {
        "title": _string(parsed.feed, "title")[:TITLE],
        "entries": [entry for entry in entries if entry is not None],
        "odd": entries.count(None),
        "more": max(0, len(parsed.entries) - ENTRIES),
    }


def _entry(item: Any) -> tuple[str, str, str] | None:
    """An entry's guid, link and author; None for one that cannot be read."""
    try:
        return _address(item, "id"), _address(item, "link"), _string(item, "author")[:NAME]
    except Exception:
        return None


def _string(item: Any, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _address(item: Any, name: str) -> str:
    value = _string(item, name)
    return value if len(value) <= ADDRESS else ""


def confine() -> None:
    """From here on the kernel ends this process when it takes too much, and it can write no file."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, REAL_SECONDS)


def main() -> None:
    """One line of kind and then the body in; one object of JSON out, with ``refused`` where it is no feed."""
    confine()
    kind = sys.stdin.buffer.readline(HEAD).decode("latin-1").strip()
    body = sys.stdin.buffer.read()
    try:
        said = read(body, kind)
    except NotAFeed as refused:
        said = {"refused": refused.args[0]}
    except MemoryError:
        os._exit(1)
    except Exception as error:
        said = {"refused": f"The feed at {{url}} cannot be read ({type(error).__name__})."}
    sys.stdout.write(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)  # what the reader has built is not taken down again


if __name__ == "__main__":
    main()
