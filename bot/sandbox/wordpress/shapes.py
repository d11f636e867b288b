"""The JSON shapes of WordPress's REST answers.

Does not decide who may see them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.sandbox.wordpress.accounts import CAPABILITIES, Account
from bot.sandbox.wordpress.answers import Json
from bot.sandbox.wordpress.site import Comment, Media, Post, Site, Term
from bot.sandbox.wordpress.texture import excerpt, render_comment, render_post, render_title

_CURIES = [{"name": "wp", "href": "https://api.w.org/{rel}", "templated": True}]
_EMBEDDED_KEYS = {
    "comment": "id parent author author_name author_url date content link type author_avatar_urls _links",
    "post": "id date slug type link title excerpt author featured_media _links",
    "user": "id name url description link slug avatar_urls _links",
    "term": "id link name slug taxonomy _links",
    "media": "id date slug type link title author caption alt_text media_type mime_type media_details source_url"
    " _links",
}


def stamp(moment: datetime) -> str:
    """A date as REST writes it, without an offset."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def embedded(kind: str, data: Json) -> Json:
    """The part of an answer that belongs to context=embed."""
    keys = _EMBEDDED_KEYS[kind].split()
    return {key: value for key, value in data.items() if key in keys}


def avatars(site: Site, email: str) -> dict[str, str]:
    """Three sizes of one picture."""
    return {str(size): site.avatar(email, size) for size in (24, 48, 96)}


def comment_json(site: Site, comment: Comment, *, edit: bool = False) -> Json:
    """One comment; the edit view adds e-mail, IP, user agent and the raw text. There is no modified date."""
    content = {"rendered": render_comment(comment.raw, site.host)}
    data: Json = {
        "id": comment.id,
        "post": comment.post,
        "parent": comment.parent,
        "author": comment.author,
        "author_name": comment.author_name,
    }
    if edit:
        content["raw"] = comment.raw
        data["author_email"] = comment.author_email
    data["author_url"] = comment.author_url
    if edit:
        data |= {"author_ip": comment.author_ip, "author_user_agent": comment.author_user_agent}
    data |= {
        "date": stamp(comment.date_gmt + site.utc_offset),
        "date_gmt": stamp(comment.date_gmt),
        "content": content,
        "link": site.comment_link(comment),
        "status": comment.status,
        "type": comment.type,
    }
    if site.settings["show_avatars"]:
        data["author_avatar_urls"] = avatars(site, comment.author_email)
    return data | {"meta": [], "_links": _comment_links(site, comment)}


def _comment_links(site: Site, comment: Comment) -> Json:
    links: Json = {
        "self": [{"href": site.rest_url(f"/wp/v2/comments/{comment.id}")}],
        "collection": [{"href": site.rest_url("/wp/v2/comments")}],
    }
    if comment.author:
        links["author"] = [{"embeddable": True, "href": site.rest_url(f"/wp/v2/users/{comment.author}")}]
    if comment.post in site.posts:
        up = site.rest_url(f"/wp/v2/posts/{comment.post}")
        links["up"] = [{"embeddable": True, "post_type": "post", "href": up}]
    if comment.parent:
        links["in-reply-to"] = [{"embeddable": True, "href": site.rest_url(f"/wp/v2/comments/{comment.parent}")}]
    if any(child.parent == comment.id for child in site.comments.values()):
        links["children"] = [{"embeddable": True, "href": site.rest_url("/wp/v2/comments", parent=comment.id)}]
    return links


def post_json(site: Site, post: Post, *, edit: bool = False, unlocked: bool = True) -> Json:
    """One post; `unlocked` is whether a password, if there is one, was given. It carries no comment count."""
    rendered = render_post(post.html) if unlocked else ""
    short = excerpt(rendered)
    data: Json = {
        "id": post.id,
        "date": stamp(post.date_gmt + site.utc_offset),
        "date_gmt": stamp(post.date_gmt),
        "guid": {"rendered": post.guid.replace("&", "&#038;")},
        "modified": stamp(post.modified_gmt + site.utc_offset),
        "modified_gmt": stamp(post.modified_gmt),
        "slug": post.slug,
        "status": post.status,
        "type": "post",
        "link": site.permalink(post),
        "title": {"rendered": ("Protected: " if post.password else "") + render_title(post.title)},
        "content": {"rendered": rendered, "protected": bool(post.password)},
        "excerpt": {"rendered": f"<p>{short}</p>\n" if short else "", "protected": bool(post.password)},
        "author": post.author,
        "featured_media": post.featured_media,
        "comment_status": post.comment_status,
        "ping_status": "open",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": {"footnotes": ""},
        "categories": list(post.categories),
        "tags": [],
    }
    if edit:
        data["title"]["raw"], data["content"]["raw"] = post.title, post.html
    return data | {"_links": _post_links(site, post)}


def _post_links(site: Site, post: Post) -> Json:
    def term(taxonomy: str, route: str) -> Json:
        return {"taxonomy": taxonomy, "embeddable": True, "href": site.rest_url(route, post=post.id)}

    links: Json = {
        "self": [{"href": site.rest_url(f"/wp/v2/posts/{post.id}")}],
        "collection": [{"href": site.rest_url("/wp/v2/posts")}],
        "about": [{"href": site.rest_url("/wp/v2/types/post")}],
        "author": [{"embeddable": True, "href": site.rest_url(f"/wp/v2/users/{post.author}")}],
        "replies": [{"embeddable": True, "href": site.rest_url("/wp/v2/comments", post=post.id)}],
    }
    if post.featured_media:
        picture = site.rest_url(f"/wp/v2/media/{post.featured_media}")
        links["wp:featuredmedia"] = [{"embeddable": True, "href": picture}]
    links["wp:term"] = [term("category", "/wp/v2/categories"), term("post_tag", "/wp/v2/tags")]
    return links | {"curies": _CURIES}


def user_json(site: Site, account: Account, *, edit: bool = False) -> Json:
    """One account; the edit view of one's own adds e-mail, roles and capabilities."""
    data: Json = {"id": account.id}
    if edit:
        granted: dict[str, bool] = dict.fromkeys(sorted(CAPABILITIES[account.role]), True)
        granted[account.role] = True
        data |= {"username": account.username, "email": account.email, "roles": [account.role]}
        data |= {"capabilities": granted, "extra_capabilities": {account.role: True}}
    return data | {
        "name": account.name,
        "url": "",
        "description": "",
        "link": f"{site.url}/author/{account.username}/",
        "slug": account.username,
        "avatar_urls": avatars(site, account.email),
        "meta": [],
        "_links": {
            "self": [{"href": site.rest_url(f"/wp/v2/users/{account.id}")}],
            "collection": [{"href": site.rest_url("/wp/v2/users")}],
        },
    }


def term_json(site: Site, term: Term) -> Json:
    """One category."""
    return {
        "id": term.id,
        "count": sum(term.id in post.categories for post in site.published()),
        "description": "",
        "link": f"{site.url}/category/{term.slug}/",
        "name": term.name,
        "slug": term.slug,
        "taxonomy": "category",
        "parent": 0,
        "meta": [],
        "_links": {
            "self": [{"href": site.rest_url(f"/wp/v2/categories/{term.id}")}],
            "collection": [{"href": site.rest_url("/wp/v2/categories")}],
            "wp:post_type": [{"href": site.rest_url("/wp/v2/posts", categories=term.id)}],
            "curies": _CURIES,
        },
    }


def media_json(site: Site, media: Media) -> Json:
    """One attachment; the only size is the full one."""
    full: dict[str, Any] = {"file": media.address.rsplit("/", 1)[1], "mime_type": media.content_type}
    return {
        "id": media.id,
        "date": stamp(media.date_gmt + site.utc_offset),
        "slug": media.slug,
        "status": "inherit",
        "type": "attachment",
        "link": f"{site.url}/?attachment_id={media.id}",
        "title": {"rendered": render_title(media.title)},
        "author": media.author,
        "caption": {"rendered": ""},
        "alt_text": media.alt,
        "media_type": "image" if media.content_type.startswith("image/") else "file",
        "mime_type": media.content_type,
        "media_details": {"sizes": {"full": full | {"source_url": media.address}}},
        "source_url": media.address,
        "_links": {"self": [{"href": site.rest_url(f"/wp/v2/media/{media.id}")}]},
    }
