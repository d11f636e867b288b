-- Posts that appeared with an old date among many, as after an import: a moderator's word announces them.

ALTER TABLE posts ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0 CHECK (held_back IN (0, 1));
