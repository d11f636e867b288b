"""Pictures for tests, made when they are asked for: small ones that can be told apart, and ones with secrets in them.

Holds no file, and knows no rule about what may leave.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any
from zlib import crc32

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from bot.chat.pictures import written_anew

SECRET = b"at the garden gate, 52.51 N"
"""Stands wherever :func:`noted` can put it."""

_WORD = SECRET.decode()


def picture(word: str) -> bytes:
    """A small PNG as it is once it was written anew. What it shows follows from a word."""
    made = BytesIO()
    Image.new("RGB", (4, 3), f"#{crc32(word.encode()) & 0xFFFFFF:06x}").save(made, "PNG")
    return written_anew(made.getvalue())[1]


def profile() -> bytes:
    """How a picture's colours are meant."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def noted(kind: str, *, orientation: int = 6, frames: int = 1, tail: bytes = b"<?php " + SECRET) -> bytes:
    """A picture of a kind (JPEG, PNG, GIF, WEBP) with the secret in all that it may note, and behind its end."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = exif[0x013B] = exif[0x8298] = _WORD
    exif.get_ifd(0x8825)[29] = _WORD
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + SECRET
    more: dict[str, Any] = {"exif": exif, "icc_profile": profile(), "xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"}
    if kind == "PNG":
        texts = PngInfo()
        texts.add_text("Comment", _WORD)
        texts.add_itxt("XML:com.adobe.xmp", _WORD)
        texts.add(b"prIv", SECRET)
        more["pnginfo"] = texts
    if kind in ("JPEG", "GIF"):
        more["comment"] = SECRET
    if frames > 1:
        more |= {"save_all": True, "append_images": [drawn(at) for at in range(1, frames)], "loop": 0}
        more["duration"] = [100 * (at + 1) for at in range(frames)]
    if kind == "JPEG":  # a phone's small picture of the picture, and a newspaper's notes
        notes = b"Photoshop 3.0\0" + SECRET
        more["extra"] = b"\xff\xed" + struct.pack(">H", len(notes) + 2) + notes
    if kind == "WEBP":
        more["lossless"] = True
    made = BytesIO()
    drawn(0).save(made, kind, **more)
    return made.getvalue() + tail


def drawn(step: int) -> Image.Image:
    """Four fields of different colours, which tell which way is up; others at each step."""
    made = Image.new("RGB", (32, 16), (200, 30, 10 * step))
    for at, colour in enumerate(((20, 160, 40), (30, 40, 200), (240, 240, 20))):
        made.paste(colour, (8 * (at + 1), 4 * at + step, 8 * (at + 2), 16))
    return made
