"""Writes a picture anew without what a camera, a phone or a person noted in it, and without what hangs on its end.

Imports nothing of the project: :mod:`bot.chat.cleaning` runs it as a program, with little memory and no secrets.
Keeps the format, the colours' profile, the way up, the frames and their times. Decides nothing about where it goes.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from typing import Any

from PIL import Image, ImageSequence
from PIL.JpegImagePlugin import JpegImageFile

ENDINGS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}
"""The formats that are written anew, told by content alone, and what their files are called."""

MOST_PIXELS = 50_000_000
"""Of a frame: a large phone's. More is a picture for nobody, or a small file that grows when it is opened."""

MOST_PIXELS_OF_ALL = 250_000_000
"""Of all frames."""

MEMORY, SECONDS = 1_500_000_000, 30
"""Bytes and seconds of a processor that the program takes at most."""

_ORIENTATION = 0x0112
_OF_COLOURS = frozenset(
    re.findall(
        rb"\w{4}", b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt chad lumi cicp A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 gamt"
    )
)
_MARK_OF_JPEG = b"\xff\xd8\xff"
_LOSSLESS = b"VP8L"
_QUALITY = 90


def written_anew(content: bytes) -> tuple[str, bytes]:
    """-> the ending, and the picture. Raises what Pillow raises where it is none, ValueError where it is too large."""
    opened = _opened(content)
    with opened as picture:
        kind = str(picture.format)
        _measure(picture)
        kept: dict[str, Any] = {"exif": _way_up(picture), "icc_profile": _colours(picture)}
        if getattr(picture, "n_frames", 1) > 1:
            kept |= _motion(picture)
        else:
            picture.load()
        match kind:
            case "JPEG":
                kept |= {"quality": "keep", "comment": b"", "progressive": bool(picture.info.get("progressive"))}
            case "GIF":
                kept |= {"comment": b""}
            case "WEBP":
                kept |= {"xmp": b"", "quality": _QUALITY, "lossless": _LOSSLESS in content[:4096]}
        written = BytesIO()
        picture.save(written, kind, **kept)
        return ENDINGS[kind], written.getvalue()


def _opened(content: bytes) -> Image.Image:
    """Of a file that holds several photographs, as phones write them, the first."""
    if content.startswith(_MARK_OF_JPEG):
        return JpegImageFile(BytesIO(content))
    return Image.open(BytesIO(content), formats=[one for one in ENDINGS if one != "JPEG"])


def _measure(picture: Image.Image) -> None:
    pixels = picture.width * picture.height
    if pixels > MOST_PIXELS:
        raise ValueError(f"{pixels} pixels")
    if pixels * getattr(picture, "n_frames", 1) > MOST_PIXELS_OF_ALL:
        raise ValueError(f"{pixels} pixels, in many frames")


def _way_up(picture: Image.Image) -> Image.Exif:
    """The one thing of what a camera noted without which a picture looks wrong."""
    kept, noted = Image.Exif(), picture.getexif().get(_ORIENTATION)
    if isinstance(noted, int) and 1 < noted <= 8:
        kept[_ORIENTATION] = noted
    return kept


def _colours(picture: Image.Image) -> bytes | None:
    """What a profile says of colours, and nothing of the screen or the person that it was made for (ICC.1, 7.3)."""
    profile = bytes(picture.info.get("icc_profile") or b"")
    size, count = int.from_bytes(profile[:4], "big"), int.from_bytes(profile[128:132], "big")
    if profile[36:40] != b"acsp" or len(profile) < size or size < 132 + 12 * count:
        return None
    kept, entries = bytearray(size), list[bytes]()
    for at in range(132, 132 + 12 * count, 12):
        entry = profile[at : at + 12]
        start, length = int.from_bytes(entry[4:8], "big"), int.from_bytes(entry[8:], "big")
        if entry[:4] in _OF_COLOURS and 128 <= start <= start + length <= size:
            kept[start : start + length] = profile[start : start + length]
            entries.append(entry)
    if not entries:
        return None
    table = b"".join((len(entries).to_bytes(4, "big"), *entries))
    kept[:128], kept[128 : 128 + len(table)] = profile[:48] + bytes(16) + profile[64:80] + bytes(48), table
    return bytes(kept)


def _motion(picture: Image.Image) -> dict[str, Any]:
    lasts, is_open = list[int](), False
    for frame in ImageSequence.Iterator(picture):
        frame.load()
        lasts.append(int(frame.info.get("duration", 0)))
        is_open = is_open or "transparency" in frame.info or frame.mode in ("RGBA", "LA")
    picture.seek(0)
    kept: dict[str, Any] = {"save_all": True, "duration": lasts}
    if "loop" in picture.info:
        kept["loop"] = picture.info["loop"]
    if picture.format == "GIF" and is_open:
        kept["disposal"] = 2  # or what shows through would show the frame before
    return kept


def _bound() -> None:
    try:
        import resource
    except ImportError:  # a system that knows no such bounds: the caller's time still ends it
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main() -> None:
    """A picture comes in, its ending and itself go out; exit code 1 for what cannot be written anew."""
    _bound()
    try:
        ending, written = written_anew(sys.stdin.buffer.read())
    except Exception:  # whatever a hostile file sets off: nothing of it is worth a word
        sys.exit(1)
    sys.stdout.buffer.write(ending.encode() + b"\n" + written)


if __name__ == "__main__":
    main()
