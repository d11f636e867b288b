"""Lets a real WordPress run a plugin of a test's own for a while.

Does not undo what the plugin has done to the blog's data, and knows no plugin of anybody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from tests.support.wordpress.client import WordPress


@contextmanager
def plugin(blog: WordPress, php: str) -> Iterator[None]:
    """``php`` (without its opening tag) runs at each request until the block ends: a must-use plugin."""
    folder = blog.site / "wp-content" / "mu-plugins"
    folder.mkdir(exist_ok=True)
    file = folder / f"test-{uuid4().hex}.php"
    file.write_text(f"<?php\n{php}\n")
    try:
        yield
    finally:
        file.unlink()
