"""What WordPress keeps of a comment's HTML and how it serves it: loopback blog and real WordPress alike.

Does not convert anything; the translators have tests of their own.
"""

from __future__ import annotations

import uuid

import pytest

from tests.support.wordpress import WordPress

# As sent; as stored for an account without unfiltered_html; as served ("" : the stored text in one paragraph).
FILTERED = [
    ("one\ntwo\n\nthree", "one\ntwo\n\nthree", "<p>one<br />\ntwo</p>\n<p>three</p>\n"),
    ("<p>one</p><p>two</p>x", "onetwox", ""),
    ("<u>u</u><ins>i</ins><h2>h</h2><ul><li>l</li></ul>", "uihl", ""),
    ("<script>alert(1)</script>", "alert(1)", ""),
    ("a <img src=x onerror=alert(1)> b", "a  b", ""),
    ("a < b > c & d </b>", "a <b> c &amp; d </b>", ""),
    ("3 > 2 & 1", "3 &gt; 2 &amp; 1", ""),
    ("x <:pepe:123> y < 5 > z", "x  y  z", ""),
    ("<3 you", "&lt;3 you", ""),
    ("<b>unclosed <i>two", "<b>unclosed <i>two", "<p><b>unclosed <i>two</i></b></p>\n"),
    ("</b>stray", "</b>stray", "<p>stray</p>\n"),
    (
        '<a href="javascript:alert(1)" onclick="x" title="t">x</a>',
        '<a href="alert(1)" title="t" rel="nofollow ugc">x</a>',
        "",
    ),
    ("<a href='https://x.org/?a=1&b=2'>l</a>", "<a href='https://x.org/?a=1&amp;b=2' rel=\"nofollow ugc\">l</a>", ""),
    (
        "<blockquote>a\nb\n\nc</blockquote>",
        "<blockquote>a\nb\n\nc</blockquote>",
        "<blockquote><p>a<br />\nb</p>\n<p>c</p></blockquote>\n",
    ),
    ("<blockquote>\nq\n</blockquote>", "<blockquote>\nq\n</blockquote>", "<blockquote><p>\nq\n</p></blockquote>\n"),
    ("bell\x07", "bell", ""),
    (
        "<code>one\n\ntwo</code>",
        "<code>one\n\ntwo</code>",
        "<p><code>one</p>\n<p>two</code></p>\n",
    ),
    ('<code>"a" -- b...</code>', '<code>"a" -- b...</code>', ""),
    ("&lt;b&gt; &amp;amp; &copy; &#39;", "&lt;b&gt; &amp;amp; &copy; &#039;", ""),
]
TEXTURE = [
    ("\"quoted\" 'single' it's '99", "&#8220;quoted&#8221; &#8216;single&#8217; it&#8217;s &#8217;99"),
    ("a -- b --- c - d e--f", "a &#8212; b &#8212; c &#8211; d e&#8211;f"),
    ("wait... (tm) 3x4 0x10", "wait&#8230; &#8482; 3&#215;4 0x10"),
    ('5" tall', "5&#8243; tall"),
    ("```", "&#8220;`"),
    ("hi :) and x:)", "hi 🙂 and x:)"),
    ("emoji 🙂 stays", "emoji 🙂 stays"),
    ("[gallery] [shortcode]", "[gallery] [shortcode]"),
    ("**bold** __x__ ||z||", "**bold** __x__ ||z||"),
    (
        "see https://a.example/p_(q), (www.b.example) me@c.example.",
        'see <a href="https://a.example/p_(q)" rel="nofollow ugc">https://a.example/p_(q)</a>, (www.b.example)'
        ' <a href="mailto:me@c.example">me@c.example</a>.',
    ),
]


async def stored_and_served(blog: WordPress, html: str, by: str) -> tuple[str, str]:
    """Raw and rendered text of one comment."""
    post = await blog.post(f"HTML {uuid.uuid4().hex[:12]}", "<p>Text.</p>")
    made = await blog.comment(post["id"], html, by=by)
    return made["content"]["raw"], made["content"]["rendered"]


@pytest.mark.parametrize(("sent", "stored", "served"), FILTERED, ids=[sent[:30] for sent, _, _ in FILTERED])
async def test_what_is_kept_of_the_bridges_markup(
    any_wordpress: WordPress, sent: str, stored: str, served: str
) -> None:
    raw, rendered = await stored_and_served(any_wordpress, sent, "bridge")
    assert raw == stored
    assert rendered == (served or f"<p>{stored}</p>\n")


@pytest.mark.parametrize(
    "tag", ["abbr", "b", "blockquote", "cite", "code", "del", "em", "i", "q", "s", "strike", "strong"]
)
async def test_tags_that_a_commenter_keeps(any_wordpress: WordPress, tag: str) -> None:
    raw, rendered = await stored_and_served(any_wordpress, f"<{tag}>kept</{tag}>", "bridge")
    assert raw == f"<{tag}>kept</{tag}>"
    assert f"<{tag}>" in rendered


@pytest.mark.parametrize("html", ["<script>alert(1)</script>", "<img src='x' onerror='alert(1)' />", "<h2>Big</h2>"])
async def test_an_editors_markup_is_kept_whatever_it_is(any_wordpress: WordPress, html: str) -> None:
    raw, _ = await stored_and_served(any_wordpress, html, "editor")
    assert raw == html


@pytest.mark.parametrize("by", ["bridge", "editor"])
async def test_links_are_marked_in_what_is_stored_and_the_blogs_own_less_so(any_wordpress: WordPress, by: str) -> None:
    sent = f'<a href="https://a.example/">a</a> <a href="{any_wordpress.url}/x/">b</a>'
    raw, _ = await stored_and_served(any_wordpress, sent, by)
    own = f'<a href="{any_wordpress.url}/x/" rel="ugc">b</a>'
    assert raw == f'<a href="https://a.example/" rel="nofollow ugc">a</a> {own}'


@pytest.mark.parametrize(("sent", "served"), TEXTURE, ids=[sent[:30] for sent, _ in TEXTURE])
async def test_how_plain_text_is_set(any_wordpress: WordPress, sent: str, served: str) -> None:
    _, rendered = await stored_and_served(any_wordpress, sent, "bridge")
    assert rendered == f"<p>{served}</p>\n"


@pytest.mark.parametrize(
    ("sent", "served"),
    [
        ("plain\ntext\n\nmore", "<p>plain<br />\ntext</p>\n<p>more</p>\n"),
        ("<h2>T</h2>\ntext", "<h2>T</h2>\n<p>text</p>\n"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n"),
        ("<blockquote><p>q</p></blockquote>", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
        ('<pre><code>x\n\n"y"</code></pre>', '<pre><code>x\n\n"y"</code></pre>\n'),
        ('<!-- wp:paragraph -->\n<p>"x"</p>\n<!-- /wp:paragraph -->', "\n<p>&#8220;x&#8221;</p>\n"),
    ],
)
async def test_how_a_post_is_set(any_wordpress: WordPress, sent: str, served: str) -> None:
    post = await any_wordpress.post(f"HTML {uuid.uuid4().hex[:12]}", sent)
    assert post["content"]["rendered"] == served
