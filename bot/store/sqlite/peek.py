"""Look at the map from outside the running bot, as the sqlite3 shell would. Writes nothing, takes no lock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

_ROWS = """-- Every message of ours and every relay, with the comment or the post that it shows.
SELECT posts.thread_id, posts.starter_id AS message_id, posts.blog_id AS post_id, NULL AS comment_id,
       NULL AS parent_id, 1 AS part, 'blog' AS origin
  FROM posts WHERE starter_id IS NOT NULL
UNION ALL
SELECT links.thread_id, links.message_id, posts.blog_id, comments.blog_id, comments.parent_blog_id, links.part,
       comments.origin
  FROM links JOIN comments ON comments.id = links.comment JOIN posts ON posts.id = comments.post_id
 ORDER BY message_id
"""


def map_rows(path: Path) -> list[dict[str, Any]]:
    """The map as rows with the keys thread_id, message_id, post_id, comment_id, parent_id, part, origin."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(_ROWS)]
