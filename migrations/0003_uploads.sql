-- Which files of the blog's media library belong to which message, so that they go when it goes.

CREATE TABLE uploads (
    attachment_id INTEGER PRIMARY KEY,
    message_id    INTEGER NOT NULL,
    post_id       INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    media_id      TEXT,  -- NULL: begun, it may have arrived; or refused
    url           TEXT,
    refused       INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
    noted_at      INTEGER NOT NULL,
    CHECK ((media_id IS NULL) = (url IS NULL)),
    CHECK (media_id IS NULL OR refused = 0)
) STRICT;

CREATE INDEX uploads_message ON uploads (message_id);
