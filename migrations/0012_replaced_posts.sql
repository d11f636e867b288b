-- Posts whose number the blog has given to another post: their threads stay as they are, and are served no more.

ALTER TABLE posts ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0 CHECK (replaced IN (0, 1));
