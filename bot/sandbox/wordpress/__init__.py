"""A loopback blog that answers as WordPress does: REST, feeds, pages, and faults on order.

Does not import anything of the product, and is no place to keep a blog: its content ends with the process.
"""

from bot.sandbox.wordpress.blog import LoopbackBlog
from bot.sandbox.wordpress.faults import KINDS, Call, Faults
from bot.sandbox.wordpress.site import Comment, Post

__all__ = ["KINDS", "Call", "Comment", "Faults", "LoopbackBlog", "Post"]
