-- When all of a thread was last held against what is mapped, and how far the look that is under way has come.

ALTER TABLE posts ADD COLUMN audited_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN audited_to INTEGER;  -- the last message of it; NULL where none is under way
