"""Feeds: what is read of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.blog.web.feed import Entry, read_feed
from bot.core.errors import NotUnderstood

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Notes &#038; more</title>
<item><title>One</title><link>https://b.example/one/</link><guid isPermaLink="false">https://b.example/?p=28</guid>
<dc:creator><![CDATA[Zoë &amp; Co]]></dc:creator></item>
<item><title>Two</title><link>https://b.example/two/?a=1&#038;b=2</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Notes</title><entry><id>urn:1</id>
<link rel="alternate" href="https://b.example/1"/><author><name>Ann</name></author><title>x</title></entry></feed>"""


async def read(text: str | bytes, kind: str = "application/rss+xml") -> tuple[Entry, ...]:
    body = text.encode() if isinstance(text, str) else text
    return (await read_feed(body, url="https://b.example/feed/", content_type=kind)).entries


async def test_rss_with_guid_link_and_author() -> None:
    assert await read(RSS) == (
        Entry("https://b.example/?p=28", "https://b.example/one/", "Zoë & Co"),
        Entry("https://b.example/two/?a=1&b=2", "https://b.example/two/?a=1&b=2", ""),
    )


async def test_atom() -> None:
    assert await read(ATOM, "application/atom+xml") == (Entry("urn:1", "https://b.example/1", "Ann"),)


async def test_the_title_is_plain_text() -> None:
    assert (await read_feed(RSS.encode(), url="https://b.example/feed/", content_type="")).title == "Notes & more"


@pytest.mark.parametrize("kind", ["text/xml", "text/plain", "application/octet-stream", ""])
async def test_the_content_type_is_no_verdict(kind: str) -> None:
    assert len(await read(RSS, kind)) == 2


async def test_a_feed_without_entries_is_a_feed() -> None:
    assert await read('<rss version="2.0"><channel><title>New</title></channel></rss>') == ()


async def test_encodings_and_marks() -> None:
    assert len(await read(b"\xef\xbb\xbf" + RSS.encode())) == 2
    assert len(await read(RSS.replace("UTF-8", "UTF-16").encode("utf-16"))) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<!DOCTYPE html><html><body>Hello</body></html>", "web page"),
        ("  <html><head><title>x</title></head></html>", "web page"),
        ('{"code":"rest_no_route"}', "not a feed"),
        ("", "not a feed"),
        ("<opml version='2.0'><head/></opml>", "not a feed"),
        ('<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">]>' + RSS[38:], "document type"),
        ('<?xml version="1.0"?>' + "<!-- pad -->" * 2000 + "<!DOCTYPE rss>" + RSS[38:], "document type"),
    ],
)
async def test_what_is_no_feed_is_refused_in_one_sentence(body: str, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        await read(body)


async def test_a_hidden_document_type_in_another_encoding_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="document type"):
        await read('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE rss []><rss/>'.encode("utf-16"))


async def test_a_body_that_is_a_path_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(RSS)
    with pytest.raises(NotUnderstood, match="not a feed"):
        await read(str(secret))


async def test_script_links_are_dropped() -> None:
    (entry,) = await read('<rss version="2.0"><channel><item><link>javascript:alert(1)</link></item></channel></rss>')
    assert entry.link == ""
