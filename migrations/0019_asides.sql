-- Answers to an announcement that members wrote in its channel, outside of the thread, and how far a channel was read.

CREATE TABLE asides (
    message_id INTEGER PRIMARY KEY,
    post_id    INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE channels_read (
    subscription_id INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    channel_id      INTEGER NOT NULL,
    since           INTEGER NOT NULL,  -- what was written before is left alone
    watermark       INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, channel_id)
) STRICT, WITHOUT ROWID;
