"""RSS 2 and Atom feeds of posts and of comments, with WordPress's conditional GET.

Does not notice comment edits, late approvals or backdated comments in the validators: WordPress does not either.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from bot.sandbox.wordpress.site import Comment, Post, Site
from bot.sandbox.wordpress.texture import excerpt, render_comment, render_post, render_title

COMMENT_ITEMS = 10
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?")


@dataclass
class Feed:
    """What to serve: of posts (`post` None, `comments` False), of all comments, or of one post's."""

    comments: bool = False
    post: Post | None = None
    atom: bool = False


@dataclass
class Validators:
    """Last-Modified and ETag; the latter is made of the former and adds nothing."""

    modified: datetime
    last_modified: str
    etag: str

    def unchanged(self, headers: Mapping[str, str]) -> bool:
        """Does a conditional GET get 304? When both validators are sent both must match."""
        tag = headers.get("If-None-Match", "").removeprefix("W/").strip()
        since = headers.get("If-Modified-Since", "")
        fresh = False
        if since:
            try:
                fresh = parsedate_to_datetime(since).replace(tzinfo=None) >= self.modified
            except ValueError:
                fresh = False
        if since and tag:
            return fresh and tag == self.etag
        return fresh or tag == self.etag


def validators(site: Site, feed: Feed) -> Validators:
    """Newest modification of a published post and, for comment feeds, newest date of an approved comment."""
    dates = [max(post.modified_gmt, post.date_gmt) for post in site.published()]
    if feed.comments:
        dates += [comment.date_gmt for comment in site.comments.values() if comment.status == "approved"]
    newest = max(dates, default=datetime(1970, 1, 1))
    text = newest.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return Validators(newest, text, f'"{hashlib.md5(text.encode()).hexdigest()}"')  # noqa: S324  as the real thing


def render_feed(site: Site, feed: Feed, address: str, *, limit: int | None = None) -> str:
    """The feed's XML; `limit` cuts the number of items short."""
    modified = validators(site, feed).modified
    if not feed.comments:
        posts = site.published()[: site.settings["posts_per_rss"]][:limit]
        make_post = _atom_post if feed.atom else _rss_post
        items = [make_post(site, post) for post in posts]
    else:
        visible = [c for c in site.comments.values() if c.status == "approved" and _public(site, c)]
        if feed.post is not None:
            visible = [comment for comment in visible if comment.post == feed.post.id]
        visible.sort(key=lambda comment: (comment.date_gmt, comment.id), reverse=True)
        make_comment = _atom_comment if feed.atom else _rss_comment
        items = [make_comment(site, comment, feed) for comment in visible[:COMMENT_ITEMS][:limit]]
    frame = _atom_frame if feed.atom else _rss_frame
    return frame(_title(site, feed), address, _page(site, feed), modified, "".join(items))


def _public(site: Site, comment: Comment) -> bool:
    post = site.posts.get(comment.post)
    return post is not None and post.status == "publish"


def _title(site: Site, feed: Feed) -> str:
    if feed.post is not None:
        return f"Comments on: {render_title(feed.post.title)}"
    return f"Comments for {html.escape(site.title)}" if feed.comments else html.escape(site.title)


def _page(site: Site, feed: Feed) -> str:
    return site.permalink(feed.post) if feed.post is not None else site.url


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.replace(tzinfo=UTC))


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _pictured(text: str) -> str:
    """Emoji as pictures, as feeds have them."""

    def picture(match: re.Match[str]) -> str:
        code = "-".join(f"{ord(char):x}" for char in match[0] if char != "\ufe0f")
        source = f"https://s.w.org/images/core/emoji/15.0.3/72x72/{code}.png"
        return f'<img src="{source}" alt="{match[0]}" class="wp-smiley" style="height: 1em; max-height: 1em;" />'

    return _EMOJI.sub(picture, text)


def _post_texts(post: Post) -> tuple[str, str, str]:
    """Title, summary and content; a protected post shows a form instead of its text."""
    if post.password:
        form = '<form action="/wp-login.php?action=postpass" method="post"><input name="post_password" /></form>'
        return f"Protected: {render_title(post.title)}", "There is no excerpt because this is a protected post.", form
    content = render_post(post.html)
    return render_title(post.title), excerpt(content), _pictured(content)


def _comment_source(site: Site, comment: Comment) -> str:
    """The text with the line that names the parent, which WordPress puts in front of it in feeds only."""
    parent = site.comments.get(comment.parent)
    if parent is None:
        return comment.raw
    return f'In reply to <a href="{site.comment_link(parent)}">{parent.author_name}</a>.\n\n{comment.raw}'


def _comment_guid(site: Site, comment: Comment) -> str:
    return f"{site.posts[comment.post].guid}#comment-{comment.id}"


def _rss_post(site: Site, post: Post) -> str:
    title, summary, content = _post_texts(post)
    link = site.permalink(post)
    author = site.account(post.author)
    comments = len(site.comments_of(post.id))
    feed = f"{link}feed/" if site.pretty else f"{site.url}/?feed=rss2&#038;p={post.id}"
    categories = "".join(
        f"\n\t\t<category>{_cdata(site.terms[number].name)}</category>"
        for number in post.categories
        if number in site.terms
    )
    return f"""
\t<item>
\t\t<title>{title}</title>
\t\t<link>{link}</link>
\t\t<comments>{link}#{"comments" if comments else "respond"}</comments>
\t\t<dc:creator>{_cdata(author.name if author else "")}</dc:creator>
\t\t<pubDate>{_rfc822(post.date_gmt)}</pubDate>{categories}
\t\t<guid isPermaLink="false">{html.escape(post.guid)}</guid>
\t\t<description>{_cdata(summary)}</description>
\t\t<content:encoded>{_cdata(content)}</content:encoded>
\t\t<wfw:commentRss>{feed}</wfw:commentRss>
\t\t<slash:comments>{comments}</slash:comments>
\t</item>"""


def _rss_comment(site: Site, comment: Comment, feed: Feed) -> str:
    source = _comment_source(site, comment)
    on = "" if feed.post is not None else f"Comment on {render_title(site.posts[comment.post].title)} by "
    return f"""
\t<item>
\t\t<title>{on or "By: "}{html.escape(html.unescape(comment.author_name))}</title>
\t\t<link>{site.comment_link(comment)}</link>
\t\t<dc:creator>{_cdata(comment.author_name)}</dc:creator>
\t\t<pubDate>{_rfc822(comment.date_gmt)}</pubDate>
\t\t<guid isPermaLink="false">{html.escape(_comment_guid(site, comment))}</guid>
\t\t<description>{_cdata(_pictured(html.escape(html.unescape(source))))}</description>
\t\t<content:encoded>{_cdata(render_comment(source, site.host))}</content:encoded>
\t</item>"""


def _rss_frame(title: str, address: str, page: str, modified: datetime, items: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:wfw="http://wellformedweb.org/CommentAPI/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:atom="http://www.w3.org/2005/Atom"
\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"
\t>
<channel>
\t<title>{title}</title>
\t<atom:link href="{html.escape(address)}" rel="self" type="application/rss+xml" />
\t<link>{page}</link>
\t<description></description>
\t<lastBuildDate>{_rfc822(modified)}</lastBuildDate>
\t<language>en-US</language>
\t<sy:updatePeriod>hourly</sy:updatePeriod>
\t<sy:updateFrequency>1</sy:updateFrequency>{items}
</channel>
</rss>
"""


def _atom_post(site: Site, post: Post) -> str:
    title, summary, content = _post_texts(post)
    link = site.permalink(post)
    author = site.account(post.author)
    count = len(site.comments_of(post.id))
    return f"""
\t<entry>
\t\t<author><name>{html.escape(author.name if author else "")}</name></author>
\t\t<title type="html">{_cdata(title)}</title>
\t\t<link rel="alternate" type="text/html" href="{link}" />
\t\t<id>{html.escape(post.guid)}</id>
\t\t<updated>{_iso(post.modified_gmt)}</updated>
\t\t<published>{_iso(post.date_gmt)}</published>
\t\t<summary type="html">{_cdata(summary)}</summary>
\t\t<content type="html" xml:base="{link}">{_cdata(content)}</content>
\t\t<link rel="replies" type="text/html" href="{link}#comments" thr:count="{count}" />
\t\t<link rel="replies" type="application/atom+xml" href="{link}feed/atom/" thr:count="{count}" />
\t\t<thr:total>{count}</thr:total>
\t</entry>"""


def _atom_comment(site: Site, comment: Comment, feed: Feed) -> str:
    on = "" if feed.post is not None else f"Comment on {render_title(site.posts[comment.post].title)} by "
    name = html.escape(html.unescape(comment.author_name))
    parent = site.comments.get(comment.parent)
    reply = ""
    if parent is not None:
        where = html.escape(site.comment_link(parent))
        reply = f"""
\t\t<thr:in-reply-to ref="{html.escape(_comment_guid(site, parent))}" href="{where}" type="text/html" />"""
    return f"""
\t<entry>
\t\t<title>{on or "By: "}{name}</title>
\t\t<link rel="alternate" href="{html.escape(site.comment_link(comment))}" type="text/html" />
\t\t<author><name>{name}</name></author>
\t\t<id>{html.escape(_comment_guid(site, comment))}</id>
\t\t<updated>{_iso(comment.date_gmt)}</updated>
\t\t<published>{_iso(comment.date_gmt)}</published>
\t\t<content type="html">{_cdata(render_comment(_comment_source(site, comment), site.host))}</content>{reply}
\t</entry>"""


def _atom_frame(title: str, address: str, page: str, modified: datetime, items: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?><feed
\txmlns="http://www.w3.org/2005/Atom"
\txmlns:thr="http://purl.org/syndication/thread/1.0"
\txml:lang="en-US"
\t>
\t<title type="text">{title}</title>
\t<updated>{_iso(modified)}</updated>
\t<link rel="alternate" type="text/html" href="{page}" />
\t<id>{html.escape(address)}</id>
\t<link rel="self" type="application/atom+xml" href="{html.escape(address)}" />{items}
</feed>
"""
