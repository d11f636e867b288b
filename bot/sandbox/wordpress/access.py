"""Who may read which post and comment.

Does not refuse anything itself; each route has its own words for that.
"""

from __future__ import annotations

from bot.sandbox.wordpress.answers import RestRequest
from bot.sandbox.wordpress.site import Comment, Post, Site


def may_edit_post(request: RestRequest, post: Post) -> bool:
    """WordPress: the edit_post meta capability."""
    if request.user is None:
        return False
    if post.author != request.user.id:
        return request.may("edit_others_posts")
    return request.may("edit_published_posts" if post.status in {"publish", "future"} else "edit_posts")


def may_read_post(request: RestRequest, post: Post) -> bool:
    """May the caller see the post at all? A password opens a protected one."""
    if post.password and not may_edit_post(request, post) and request.params.get("password") != post.password:
        return False
    if post.status == "publish":
        return True
    if post.status == "private" and request.may("read_private_posts"):
        return True
    return may_edit_post(request, post)


def may_read_comment(request: RestRequest, site: Site, comment: Comment) -> bool:
    """WordPress: check_read_permission() of the comments route.

    Whoever may moderate but not edit the post cannot see its held or trashed comments here, though changing them is
    allowed.
    """
    post = site.posts.get(comment.post)
    if post and comment.status == "approved" and may_read_post(request, post):
        return True
    if request.user is None:
        return False
    if comment.author == request.user.id:
        return True
    return may_edit_post(request, post) if post else request.may("edit_posts")
