-- Who owns what: blogs, known by what they say of themselves; subscriptions, which belong to a server and keep their own
-- settings; accounts, sealed; members, whose word holds for a whole server.

CREATE TABLE blogs (
    id      INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL DEFAULT 'wordpress',
    url     TEXT NOT NULL,              -- where it is asked
    home    TEXT NOT NULL DEFAULT '',   -- what it calls its home; '' until it has answered once
    title   TEXT NOT NULL DEFAULT '',
    newest  TEXT NOT NULL DEFAULT '[]', -- its newest posts when it last said who it is, as JSON: [[id, published_at], …]
    seen_at INTEGER                     -- when it last said who it is
) STRICT;

INSERT INTO blogs (url) SELECT DISTINCT blog_url FROM subscriptions ORDER BY id;

CREATE TABLE owned (
    id                   INTEGER PRIMARY KEY,
    blog                 INTEGER NOT NULL REFERENCES blogs (id),
    channel_id           INTEGER NOT NULL,  -- where new posts open their threads
    guild_id             INTEGER NOT NULL,
    status               TEXT    NOT NULL DEFAULT 'active'
        -- resting: another blog answers at its address, or its blog was replaced; nothing is read and nothing written
        CHECK (status IN ('active', 'resting', 'disconnected')),
    why                  TEXT    NOT NULL DEFAULT '',  -- of its status, one sentence for moderators
    paused               INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    from_settings        INTEGER NOT NULL DEFAULT 0 CHECK (from_settings IN (0, 1)),  -- named by the operator's settings
    announces            INTEGER NOT NULL DEFAULT 1 CHECK (announces IN (0, 1)),      -- 0: only its old threads are served
    style                TEXT    NOT NULL DEFAULT 'persona' CHECK (style IN ('persona', 'card')),
    relay                TEXT    NOT NULL DEFAULT 'replies' CHECK (relay IN ('replies', 'all', 'off')),
    relay_status         TEXT    NOT NULL DEFAULT 'approved' CHECK (relay_status IN ('approved', 'blog')),
    uploads              INTEGER NOT NULL DEFAULT 1 CHECK (uploads IN (0, 1)),
    first_posts          INTEGER NOT NULL DEFAULT 1 CHECK (first_posts BETWEEN 0 AND 10),
    retract_share        REAL    NOT NULL DEFAULT 0.3 CHECK (retract_share BETWEEN 0 AND 1),
    moderator_channel_id INTEGER,
    connected_at         INTEGER,
    connected_by         INTEGER,                      -- the member who connected it by command
    greeted              INTEGER NOT NULL DEFAULT 0 CHECK (greeted IN (0, 1)),  -- first contact has been made
    greeted_at           INTEGER,
    greeted_with         TEXT,     -- the highest post number known then
    newest_at            INTEGER,  -- when the newest post of the last good look was published
    etag                 TEXT,
    last_modified        TEXT,
    body_hash            TEXT,
    polled_at            INTEGER,
    poll_error           TEXT    NOT NULL DEFAULT ''
) STRICT;

INSERT INTO owned (id, blog, channel_id, guild_id, from_settings, paused, greeted, greeted_at, greeted_with, newest_at, etag,
                   last_modified, body_hash, polled_at, poll_error)
SELECT subscriptions.id, blogs.id, channel_id, guild_id, 1, paused, greeted, greeted_at, greeted_with, newest_at, etag,
       last_modified, body_hash, polled_at, poll_error
  FROM subscriptions JOIN blogs ON blogs.url = subscriptions.blog_url;

CREATE TABLE consents (
    guild_id    INTEGER NOT NULL,
    member_id   INTEGER NOT NULL,
    stays_until INTEGER,  -- what was written up to this id of Discord's stays; NULL: all, until they say otherwise
    PRIMARY KEY (guild_id, member_id)
) STRICT, WITHOUT ROWID;

INSERT INTO consents
SELECT guild_id, member_id, CASE WHEN count(stays_until) < count(*) THEN NULL ELSE max(stays_until) END
  FROM members JOIN subscriptions ON subscriptions.id = subscription_id GROUP BY guild_id, member_id;

DROP TABLE members;
ALTER TABLE consents RENAME TO members;
DROP TABLE subscriptions;
ALTER TABLE owned RENAME TO subscriptions;

-- A blog is mirrored into a channel once.
CREATE UNIQUE INDEX subscriptions_of_channel ON subscriptions (blog, channel_id) WHERE status = 'active' AND announces;
CREATE INDEX subscriptions_of_guild ON subscriptions (guild_id);

ALTER TABLE posts ADD COLUMN channel_id INTEGER;  -- where its thread stands; NULL until it is open
UPDATE posts SET channel_id = (SELECT channel_id FROM subscriptions WHERE id = subscription_id)
 WHERE thread_id IS NOT NULL;

CREATE TABLE accounts (
    blog     INTEGER NOT NULL REFERENCES blogs (id) ON DELETE CASCADE,
    guild_id INTEGER NOT NULL,  -- whose moderators gave it; another server's never use it
    sealed   TEXT    NOT NULL,  -- user name and application password, encrypted
    added_at INTEGER NOT NULL,
    added_by INTEGER NOT NULL,
    PRIMARY KEY (blog, guild_id)
) STRICT, WITHOUT ROWID;
