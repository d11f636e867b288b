"""The blog's HTML pages: home, one post with its comment tree, and "not found"; and the avatars' pictures.

Does not take comments: there is no form, and no style beyond a few lines.
"""

from __future__ import annotations

import hashlib
import html

from bot.sandbox.wordpress.site import Comment, Post, Site
from bot.sandbox.wordpress.texture import excerpt, render_comment, render_post, render_title

_STYLE = (
    ":root{color-scheme:light dark}body{font:17px/1.6 Georgia,serif;max-width:42em;margin:2em auto;padding:0 1em}"
    "ol{list-style:none;padding-left:1.2em;border-left:1px solid #8884}.by{font:14px system-ui}"
)


def home_page(site: Site) -> str:
    """The newest posts, and the links by which feed and REST root are found."""
    items = "".join(
        f'<article><h2><a href="{html.escape(site.permalink(post))}">{render_title(post.title)}</a></h2>'
        f"<p>{excerpt(render_post(post.html))}</p></article>\n"
        for post in site.published()[:10]
    )
    return _page(site, html.escape(site.title), "", items)


def post_page(site: Site, post: Post) -> str:
    """A post and its comments as a reader sees them: nothing below a comment that is not approved."""
    feed = f"{site.permalink(post)}feed/" if site.pretty else f"{site.url}/?feed=rss2&#038;p={post.id}"
    title = render_title(post.title)
    head = (
        _alternate(f"{html.escape(site.title)} &raquo; {title} Comments Feed", feed)
        + f'<link rel="alternate" title="JSON" type="application/json" '
        f'href="{html.escape(site.rest_url(f"/wp/v2/posts/{post.id}"))}" />\n'
        + f"<link rel='shortlink' href='{site.url}/?p={post.id}' />\n"
    )
    body = f"<article><h1>{title}</h1>{render_post(post.html)}</article>\n{_tree(site, post)}"
    return _page(site, f"{title} &#8211; {html.escape(site.title)}", head, body)


def not_found_page(site: Site) -> str:
    """What a wrong address shows."""
    return _page(site, f"Page not found &#8211; {html.escape(site.title)}", "", "<h1>Page not found</h1>")


def avatar_svg(key: str) -> str:
    """A small picture that depends on nothing but `key`: a face of five by five squares, in one hue."""
    digest = hashlib.sha256(key.encode()).digest()
    hue = digest[0] * 360 // 256
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="1" height="1"/>'
        for y in range(5)
        for x in range(5)
        if digest[1 + y * 3 + min(x, 4 - x)] % 2
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 7 7" width="96" height="96">'
        f'<rect x="-1" y="-1" width="7" height="7" fill="hsl({hue} 45% 90%)"/>'
        f'<g fill="hsl({hue} 55% 42%)">{squares}</g></svg>'
    )


def _page(site: Site, title: str, head: str, body: str) -> str:
    name = html.escape(site.title)
    posts, comments = ("/feed/", "/comments/feed/") if site.pretty else ("/?feed=rss2", "/?feed=comments-rss2")
    return (
        f'<!DOCTYPE html>\n<html lang="en-US">\n<head>\n<meta charset="UTF-8" />\n<title>{title}</title>\n'
        + _alternate(f"{name} &raquo; Feed", site.url + posts)
        + _alternate(f"{name} &raquo; Comments Feed", site.url + comments)
        + f'<link rel="https://api.w.org/" href="{html.escape(site.rest_url())}" />\n{head}<style>{_STYLE}</style>\n'
        f'</head>\n<body>\n<p class="by"><a href="{site.url}/">{name}</a></p>\n{body}\n</body>\n</html>\n'
    )


def _alternate(title: str, address: str) -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{address}" />\n'


def _tree(site: Site, post: Post) -> str:
    approved = sorted(site.comments_of(post.id), key=lambda comment: (comment.date_gmt, comment.id))
    children: dict[int, list[Comment]] = {}
    for comment in approved:
        children.setdefault(comment.parent, []).append(comment)
    deepest = int(site.settings["thread_comments_depth"])
    out = ['<section id="comments"><ol>']
    # A stack instead of recursion: a tree may be deeper than Python's own. The end tag goes where the branch ends.
    stack: list[Comment | str] = [*reversed(children.get(0, []))]
    depth = {0: 0}
    while stack:
        entry = stack.pop()
        if isinstance(entry, str):
            out.append(entry)
            continue
        depth[entry.id] = level = depth.get(entry.parent, 0) + 1
        out.append(_entry(site, entry))
        below = children.get(entry.id, [])
        nested = level < deepest
        out.append('<ol class="children">' if below and nested else "" if below else "</li>\n")
        if below:
            stack += ["</ol></li>\n"] if nested else []
            out += [] if nested else ["</li>\n"]
            stack += reversed(below)
    return "".join(out) + "</ol></section>"


def _entry(site: Site, comment: Comment) -> str:
    name = html.escape(html.unescape(comment.author_name))
    by = (
        f'<a href="{html.escape(html.unescape(comment.author_url))}" rel="ugc nofollow">{name}</a>'
        if comment.author_url
        else name
    )
    picture = f'<img alt="" width="24" height="24" src="{html.escape(site.avatar(comment.author_email, 24))}" /> '
    picture = picture if site.settings["show_avatars"] else ""
    return f'<li id="comment-{comment.id}"><p class="by">{picture}{by}</p>{render_comment(comment.raw, site.host)}'
