-- The categories of a post as its thread was last given them, so that no tag goes that moderators set.

ALTER TABLE posts ADD COLUMN categories TEXT NOT NULL DEFAULT '[]';  -- as JSON

UPDATE posts SET categories = coalesce(json_extract(latest, '$.categories'), '[]')
 WHERE thread_id IS NOT NULL AND latest IS NOT NULL;
