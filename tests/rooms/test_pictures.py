"""Members' pictures are written anew: what was noted in them and behind them stays, what is to be seen goes."""

from __future__ import annotations

import asyncio
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageCms, ImageSequence, ImageStat

from bot.chat import pictures
from bot.chat.cleaning import Cleaning
from bot.chat.pictures import ENDINGS, written_anew
from bot.core.errors import Refused, Unreachable
from tests.support.pictures import SECRET, drawn, noted, picture, profile

KINDS = sorted(ENDINGS)


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def look(content: bytes) -> list[tuple[Image.Image, int]]:
    """Each frame in colours, with the milliseconds that it stands."""
    return [(one.convert("RGBA"), one.info.get("duration", 0)) for one in ImageSequence.Iterator(opened(content))]


def mean(one: Image.Image, other: Image.Image) -> float:
    """By how much colours differ on the whole."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def farthest(one: Image.Image, other: Image.Image) -> int:
    """By how much a pixel's colour differs at most."""
    return max(
        high for _, high in ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).extrema
    )


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_was_noted_is_left(kind: str) -> None:
    source = noted(kind)
    assert SECRET in source
    ending, written = written_anew(source)
    assert ending == ENDINGS[kind]
    assert SECRET not in written
    print(f"\n{kind}: noted in {source.count(SECRET)} places, {written.count(SECRET)} of them went along")
    assert SECRET[:6] not in written
    assert b"<?php" not in written
    assert not set(opened(written).info) & {"comment", "xmp", "XML:com.adobe.xmp", "Comment", "photoshop"}
    assert dict(opened(written).getexif()) in ({0x0112: 6}, {})


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_is_the_same_to_see(kind: str) -> None:
    source = noted(kind)
    _, written = written_anew(source)
    (one, _), (other, _) = *look(source), *look(written)
    assert one.size == other.size
    assert mean(one, other) < 10 if kind == "JPEG" else farthest(one, other) == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_stays_the_right_way_up_and_its_colours_as_they_are_meant(kind: str, orientation: int) -> None:
    _, written = written_anew(noted(kind, orientation=orientation))
    assert opened(written).getexif().get(0x0112, 1) == orientation
    drawn_by = [ImageCms.ImageCmsProfile(BytesIO(one)) for one in (profile(), opened(written).info["icc_profile"])]
    meant, kept = (ImageCms.profileToProfile(drawn(1), one, ImageCms.createProfile("sRGB")) for one in drawn_by)
    assert meant is not None
    assert kept is not None
    assert meant.tobytes() == kept.tobytes()


def of_a_screen() -> bytes:
    """A profile that says whose screen it was made for, in a tag and behind its end."""
    made = bytearray(profile())
    at = made.index(b"cprt", 128)
    start, length = struct.unpack(">II", made[at + 4 : at + 12])
    made[start : start + length] = SECRET.ljust(length, b"\0")[:length]
    return bytes(made) + SECRET


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("colours", [of_a_screen(), SECRET * 10, profile()[:200], b""], ids=len)
def test_a_profile_tells_of_colours_alone(kind: str, colours: bytes) -> None:
    source = BytesIO()
    drawn(1).save(source, kind, icc_profile=colours)
    _, written = written_anew(source.getvalue())
    kept = opened(written).info.get("icc_profile", b"")
    assert SECRET not in written
    assert SECRET[:6] not in kept
    assert bool(kept) == (len(colours) >= len(profile()))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_moves_goes_on_moving(kind: str) -> None:
    source = noted(kind, frames=4)
    _, written = written_anew(source)
    assert SECRET not in written
    before, after = look(source), look(written)
    assert [time for _, time in after] == [time for _, time in before] == [100, 200, 300, 400]
    assert opened(written).info.get("loop") == opened(source).info.get("loop") == 0
    assert [farthest(one, other) for (one, _), (other, _) in zip(before, after, strict=True)] == [0] * 4


def test_what_shows_through_a_moving_picture_goes_on_doing_so() -> None:
    frames = [Image.new("RGBA", (8, 8), (0, 0, 0, 0)) for _ in range(3)]
    for at, one in enumerate(frames):
        one.paste((250, 10, 10, 255), (at * 2, 0, at * 2 + 2, 8))
    source = BytesIO()
    frames[0].save(source, "GIF", save_all=True, append_images=frames[1:], duration=50, disposal=2)
    _, written = written_anew(source.getvalue())
    assert [one.tobytes() for one, _ in look(written)] == [one.tobytes() for one, _ in look(source.getvalue())]


def test_of_a_phones_several_photographs_in_a_file_the_first_goes() -> None:
    made = BytesIO()
    drawn(0).save(made, "MPO", save_all=True, append_images=[drawn(1)])
    ending, written = written_anew(made.getvalue())
    assert ending == "jpg"
    assert opened(written).format == "JPEG"
    assert written.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_written_twice_a_picture_is_the_same_as_written_once(kind: str) -> None:
    _, once = written_anew(noted(kind))
    _, twice = written_anew(once)
    one, other = opened(once), opened(twice)
    assert mean(one, other) < 10 if kind == "JPEG" else farthest(one, other) == 0


def large(width: int, height: int) -> bytes:
    """A PNG that says that it is so large; what it shows is zeros, packed."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1 << 16)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("content", [large(60_000, 60_000), large(10_000, 5_001), large(20, 2_000_000_000)])
def test_a_small_file_that_would_grow_is_not_opened(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(Image.Image, "load", load)
    with pytest.raises((ValueError, Image.DecompressionBombError)):
        written_anew(content)


NONE = {
    "nothing": b"",
    "a page": b"<html><script>alert(1)</script>",
    "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "half": picture("whole")[:40],
    "an archive": b"PK\x03\x04" + bytes(30),
    "a paper": b"%PDF-1.7\n",
    "a film": b"\0\0\0\x18ftypmp42",
    "a script that begins as a picture": b"GIF89a<?php echo 1;",
    "too large": large(60_000, 60_000),
}


@pytest.mark.parametrize("content", NONE.values(), ids=NONE)
async def test_what_is_no_picture_in_its_content_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        await Cleaning().of(content)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "AVIF"])
async def test_kinds_that_are_not_written_anew_are_refused(kind: str) -> None:
    made = BytesIO()
    drawn(0).save(made, kind)
    with pytest.raises(Refused):
        await Cleaning().of(made.getvalue())


async def test_a_picture_is_written_in_a_process_that_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    spied = BytesIO()

    async def spy(*command: str, **options: object) -> asyncio.subprocess.Process:
        spied.write(repr((command, options.get("env"))).encode())
        return await started(*command, **options)  # type: ignore[arg-type]

    started = asyncio.create_subprocess_exec
    monkeypatch.setattr(asyncio, "create_subprocess_exec", spy)
    found = await Cleaning().of(noted("JPEG"))
    assert (found.ending, SECRET in found.content) == ("jpg", False)
    assert b"secret" not in spied.getvalue()
    assert pictures.__file__.encode() in spied.getvalue()
    assert b"{}" in spied.getvalue()


async def test_where_no_process_can_be_had_a_picture_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(Unreachable):
        await Cleaning().of(picture("red"))
