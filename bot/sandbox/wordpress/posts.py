"""The routes under /wp/v2/posts.

Does not keep revisions, tags, formats or sticky posts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.sandbox.wordpress import params
from bot.sandbox.wordpress.access import may_edit_post, may_read_post
from bot.sandbox.wordpress.answers import Json, RestAnswer, RestError, RestRequest
from bot.sandbox.wordpress.paging import paged
from bot.sandbox.wordpress.shapes import embedded, post_json
from bot.sandbox.wordpress.site import Post, Site

_STATUSES = ("publish", "draft", "future", "private", "trash")
_ORDERS: dict[str, Callable[[Post], Any]] = {
    "date": lambda post: (post.date_gmt, post.id),
    "modified": lambda post: (post.modified_gmt, post.id),
    "id": lambda post: post.id,
    "title": lambda post: post.title,
    "slug": lambda post: post.slug,
    "author": lambda post: (post.author, post.id),
    "include": lambda post: post.id,
}


def list_posts(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: List Posts. A page beyond the end is 400 here, unlike a page of comments."""
    given = request.params
    context = params.choice(given, "context", "view", ("view", "embed", "edit"))
    order = params.choice(given, "order", "desc", ("asc", "desc"))
    orderby = params.choice(given, "orderby", "date", tuple(_ORDERS))
    statuses = params.words(given, "status") or ["publish"]
    if context == "edit" and not request.may("edit_posts"):
        message = "Sorry, you are not allowed to edit posts in this post type."
        raise RestError(request.denied(), "rest_forbidden_context", message)
    if statuses != ["publish"] and not request.may("edit_posts"):
        raise params.invalid("status", "Status is forbidden.")
    found = [post for post in site.posts.values() if _matches(site, given, post) and post.status in statuses]
    found.sort(key=_ORDERS[orderby], reverse=order == "desc")
    if orderby == "include" and (wanted := params.integers(given, "include")):
        found.sort(key=lambda post: wanted.index(post.id))
    page = paged(site, request, found)
    if page.number > 1 and page.number > page.pages:
        message = "The page number requested is larger than the number of pages available."
        raise RestError(400, "rest_post_invalid_page_number", message)
    return page.answer([_shape(site, request, post, context) for post in page.items if _visible(request, post)])


def get_post(site: Site, request: RestRequest, post_id: int) -> RestAnswer:
    """WordPress REST: Retrieve a Post."""
    post = find_post(site, post_id)
    context = params.choice(request.params, "context", "view", ("view", "embed", "edit"))
    if context == "edit" and not may_edit_post(request, post):
        raise RestError(request.denied(), "rest_forbidden_context", "Sorry, you are not allowed to edit this post.")
    if not _visible(request, post):
        raise RestError(request.denied(), "rest_forbidden", "Sorry, you are not allowed to do that.")
    if post.password and request.params.get("password", post.password) != post.password:
        raise RestError(403, "rest_post_incorrect_password", "Incorrect post password.")
    return RestAnswer(_shape(site, request, post, context))


def create_post(site: Site, request: RestRequest) -> RestAnswer:
    """WordPress REST: Create a Post."""
    given = request.params
    if not request.may("edit_posts") or request.user is None:
        message = "Sorry, you are not allowed to create posts as this user."
        raise RestError(request.denied(), "rest_cannot_create", message)
    status = params.choice(given, "status", "draft", _STATUSES)
    if status != "draft" and not request.may("publish_posts"):
        raise RestError(
            request.denied(),
            "rest_cannot_publish",
            "Sorry, you are not allowed to publish posts in this post type.",
        )
    title, html = text_of(given.get("title")), text_of(given.get("content"))
    if not (title or html):
        raise RestError(400, "empty_content", "Content, title, and excerpt are empty.")
    post = new_post(site, title, html, author=request.user.id, status=status, slug=given.get("slug"))
    _apply(site, given, post)
    site.tell("post-created", {"id": post.id})
    answer = RestAnswer(post_json(site, post, edit=True), 201)
    answer.headers["Location"] = site.rest_url(f"/wp/v2/posts/{post.id}")
    return answer


def update_post(site: Site, request: RestRequest, post_id: int) -> RestAnswer:
    """WordPress REST: Update a Post. Publishing a trashed one leaves its comments post-trashed."""
    post = find_post(site, post_id)
    if not may_edit_post(request, post):
        raise RestError(request.denied(), "rest_cannot_edit", "Sorry, you are not allowed to edit this post.")
    given = request.params
    post.title = text_of(given["title"]) if "title" in given else post.title
    post.html = text_of(given["content"]) if "content" in given else post.html
    if given.get("slug"):
        rename_post(site, post, str(given["slug"]))
    post.status = params.choice(given, "status", post.status, _STATUSES)
    post.modified_gmt = site.now()
    _apply(site, given, post)
    site.tell("post-edited", {"id": post.id})
    return RestAnswer(post_json(site, post, edit=True))


def delete_post(site: Site, request: RestRequest, post_id: int) -> RestAnswer:
    """WordPress REST: Delete a Post."""
    post = find_post(site, post_id)
    if not may_edit_post(request, post):
        raise RestError(request.denied(), "rest_cannot_delete", "Sorry, you are not allowed to delete this post.")
    shape = post_json(site, post, edit=True)
    if params.flag(request.params, "force"):
        site.remove_post(post)
        return RestAnswer({"deleted": True, "previous": shape})
    if post.status == "trash":
        raise RestError(410, "rest_already_trashed", "The post has already been deleted.")
    site.trash_post(post)
    return RestAnswer(post_json(site, post, edit=True))


def find_post(site: Site, post_id: int) -> Post:
    """The stored post, or 404 rest_post_invalid_id."""
    if post_id not in site.posts:
        raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
    return site.posts[post_id]


def new_post(
    site: Site, title: str, html: str, *, author: int, status: str = "publish", slug: str | None = None
) -> Post:
    """Store a post. One published at once has its permalink for a guid, one that was a draft first has /?p=id."""
    number, now = site.next_id("content"), site.now()
    post = Post(number, title, html, site.slug_for(slug or title, number), author, now, now, guid="", status=status)
    post.guid = site.permalink(post) if status == "publish" else f"{site.url}/?p={number}"
    site.posts[number] = post
    return post


def rename_post(site: Site, post: Post, slug: str) -> None:
    """Give a post another slug; its old address redirects, its guid stays."""
    post.old_slugs.append(post.slug)
    post.slug = site.slug_for(slug, post.id)


def text_of(value: Any) -> str:
    """A text field, sent as a string or as {"raw": …}."""
    return str(value.get("raw", "") if isinstance(value, dict) else value or "")


def _apply(site: Site, given: Json, post: Post) -> None:
    for name, offset in (("date_gmt", timedelta()), ("date", site.utc_offset)):
        if (date := params.moment(given, name, offset)) is not None:
            post.date_gmt = date
    if post.status == "publish" and post.date_gmt > site.now() + timedelta(seconds=59):
        post.status = "future"
    if (categories := params.integers(given, "categories")) is not None:
        post.categories = [number for number in categories if number in site.terms]
    post.comment_status = params.choice(given, "comment_status", post.comment_status, ("open", "closed"))
    post.featured_media = params.integer(given, "featured_media", post.featured_media)
    post.password = str(given.get("password", post.password))


def _visible(request: RestRequest, post: Post) -> bool:
    """A protected post is listed for all, its text left out; the others by the ordinary rule."""
    return post.status == "publish" or may_read_post(request, post)


def _shape(site: Site, request: RestRequest, post: Post, context: str) -> Json:
    data = post_json(site, post, edit=context == "edit", unlocked=may_read_post(request, post))
    return embedded("post", data) if context == "embed" else data


def _matches(site: Site, given: Json, post: Post) -> bool:
    tests = (
        (params.integers(given, "include"), lambda wanted: post.id in wanted),
        (params.integers(given, "exclude"), lambda wanted: post.id not in wanted),
        (params.integers(given, "author"), lambda wanted: post.author in wanted),
        (params.integers(given, "categories"), lambda wanted: not set(wanted).isdisjoint(post.categories)),
        (params.words(given, "slug"), lambda wanted: post.slug in wanted),
        (given.get("search"), lambda wanted: str(wanted).lower() in f"{post.title}\n{post.html}".lower()),
        (params.moment(given, "after", site.utc_offset), lambda date: post.date_gmt > date),
        (params.moment(given, "before", site.utc_offset), lambda date: post.date_gmt < date),
        (params.moment(given, "modified_after", site.utc_offset), lambda date: post.modified_gmt > date),
        (params.moment(given, "modified_before", site.utc_offset), lambda date: post.modified_gmt < date),
    )
    return all(value is None or test(value) for value, test in tests)
