"""Draws the small picture of a post: threads that cross, in colours that come from its title.

Does not read or write files and needs no picture library; the answer is the bytes of a PNG.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib

WIDTH, HEIGHT = 960, 320
GROUNDS = ((244, 236, 222), (233, 238, 240), (240, 232, 234))
STRANDS = ((179, 65, 42), (58, 84, 140), (201, 150, 66), (74, 116, 98), (120, 74, 110))


def _mix(under: tuple[int, int, int], over: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(u + (o - u) * share) for u, o in zip(under, over, strict=True))
    return red, green, blue


def woven(title: str) -> bytes:
    """A PNG of 960 × 320 pixels, the same for the same title."""
    seed = hashlib.sha256(title.encode()).digest()
    ground = GROUNDS[seed[0] % len(GROUNDS)]
    rows = [bytearray(bytes(ground) * WIDTH) for _ in range(HEIGHT)]
    for number in range(9):
        _strand(rows, seed[number * 3 : number * 3 + 3], number)
    return _png(rows)


def _strand(rows: list[bytearray], chance: bytes, number: int) -> None:
    colour = STRANDS[(chance[0] + number) % len(STRANDS)]
    middle = HEIGHT * (0.16 + 0.68 * number / 8)
    swing, waves, shift = 30 + chance[1] / 3.2, 0.7 + chance[2] / 190, chance[0] / 40
    half = 3.0 + (chance[1] % 5)
    for x in range(WIDTH):
        centre = middle + swing * math.sin(shift + waves * x * 2 * math.pi / WIDTH)
        # A strand seen from the side is thicker where it is steep.
        slope = swing * waves * 2 * math.pi / WIDTH * math.cos(shift + waves * x * 2 * math.pi / WIDTH)
        reach = half * math.hypot(1, slope)
        for y in range(max(0, int(centre - reach) - 1), min(HEIGHT, int(centre + reach) + 2)):
            cover = min(1.0, max(0.0, reach + 0.5 - abs(y - centre))) * 0.86
            at = x * 3
            under = (rows[y][at], rows[y][at + 1], rows[y][at + 2])
            rows[y][at : at + 3] = bytes(_mix(under, colour, cover))


def _png(rows: list[bytearray]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
