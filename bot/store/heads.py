"""Which action may be claimed next: the head of each free lane. Changes nothing."""

from __future__ import annotations

PATIENCE = 6
"""After so many attempts an action that waits no longer holds up its lane."""

# The head of each free lane, unless its patience is spent and it still has to wait. Threads open one after the other.
NEXT = """
WITH heads AS (
    SELECT outbox.*, row_number() OVER (PARTITION BY outbox.post_id, side ORDER BY urgency, outbox.id) AS place
      FROM outbox
      JOIN posts ON posts.id = outbox.post_id
      JOIN subscriptions ON subscriptions.id = posts.subscription_id
     WHERE state = 'ready' AND NOT paused AND urgency <= ?3 AND NOT (attempts >= ?2 AND not_before > ?1)
       AND NOT EXISTS (SELECT 1 FROM outbox AS busy
                        WHERE busy.post_id = outbox.post_id AND busy.side = outbox.side AND busy.state = 'sending')
       AND NOT (kind = 'open' AND EXISTS (
               SELECT 1 FROM outbox AS earlier JOIN posts AS other ON other.id = earlier.post_id
                WHERE earlier.kind = 'open' AND earlier.id < outbox.id AND earlier.state IN ('ready', 'sending')
                  AND other.subscription_id = posts.subscription_id AND earlier.attempts < ?2))
)
SELECT id, post_id, kind, payload, attempts, half_done, anchor
  FROM heads WHERE place = 1 AND not_before <= ?1 ORDER BY urgency, id LIMIT 1
"""

# Our newest message in the thread; the thread itself before there is any.
ANCHOR = """
SELECT max(coalesce(max(links.message_id), 0), coalesce(posts.starter_id, 0))
  FROM posts LEFT JOIN comments ON comments.post_id = posts.id AND comments.origin = 'blog'
       LEFT JOIN links ON links.comment = comments.id
 WHERE posts.id = ?
"""
