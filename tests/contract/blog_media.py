"""The contract of the Blog port's media library: files put in, found again and taken out.

Not collected by itself; tests/contract/test_blog_contract.py holds every implementation against it.
"""

from __future__ import annotations

import uuid

from bot.core.domain import MediaId
from bot.core.errors import Refused
from bot.ports import Blog, File
from tests.contract.blog_sites import Site
from tests.contract.test_wordpress_media import PNG
from tests.contract.told import told

__all__ = ["PNG", "BlogMedia", "a_file"]


def a_file(name: str = "cat.png", content: bytes = PNG, key: str = "") -> File:
    return File(key or f"discord-{uuid.uuid4().int % 10**18}", name, content)


class BlogMedia:
    """The media library."""

    async def test_a_file_is_put_in_found_and_taken_out(self, site: Site, library: Blog) -> None:
        file = a_file()
        assert library.can_upload
        assert await library.find_media(file.key) is None
        media = await library.upload(file)
        assert await library.find_media(file.key) == media
        assert await library.find_media(file.key[:-1]) is None
        assert await site.served(media.url) == PNG
        await library.discard(media.id)
        assert await library.find_media(file.key) is None
        assert await site.served(media.url) is None
        await library.discard(media.id)

    async def test_two_files_of_one_name_or_of_one_key_are_two(self, site: Site, library: Blog) -> None:
        first, second = [await library.upload(a_file("same.txt", words)) for words in (b"one words", b"two words")]
        assert await site.served(first.url) == b"one words"
        assert await site.served(second.url) == b"two words"
        file = a_file()
        once, twice = await library.upload(file), await library.upload(file)
        assert once.id != twice.id
        assert await library.find_media(file.key) == once

    async def test_a_large_file_comes_through(self, site: Site, library: Blog) -> None:
        """More than PHP takes from a form (upload_max_filesize, post_max_size): the body of a request is not one."""
        content = PNG + b"\0" * (9 << 20)
        media = await library.upload(a_file(content=content))
        assert await site.served(media.url) == content

    async def test_what_is_not_taken_is_refused(self, library: Blog) -> None:
        for name, content in (("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("a.txt", b"")):
            file = a_file(name, content)
            with told(Refused):
                await library.upload(file)
            assert await library.find_media(file.key) is None

    async def test_an_account_without_the_capabilities(self, site: Site, library: Blog, blog: Blog) -> None:
        media = await library.upload(a_file())
        assert not blog.can_upload
        with told(Refused) as raised:
            await blog.upload(a_file())
        assert "may not upload" in raised.value.reason
        with told(Refused):
            await blog.discard(media.id)
        assert await site.served(media.url) == PNG

    async def test_a_file_that_never_was_is_gone_already(self, library: Blog) -> None:
        await library.discard(MediaId("999999"))
