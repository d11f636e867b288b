-- The map between a blog's comment trees and Discord, and the outbox of what is still to be carried across.
-- Times are milliseconds since 1970-01-01 UTC. Ids of Discord are integers; ids of a blog are text.

CREATE TABLE subscriptions (
    id            INTEGER PRIMARY KEY,
    blog_url      TEXT    NOT NULL,
    channel_id    INTEGER NOT NULL,
    guild_id      INTEGER NOT NULL,
    paused        INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    greeted       INTEGER NOT NULL DEFAULT 0 CHECK (greeted IN (0, 1)),  -- first contact has been made
    etag          TEXT,
    last_modified TEXT,
    body_hash     TEXT,
    polled_at     INTEGER,
    poll_error    TEXT    NOT NULL DEFAULT '',
    UNIQUE (blog_url, channel_id)
) STRICT;

CREATE TABLE posts (
    id               INTEGER PRIMARY KEY,
    subscription_id  INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    blog_id          TEXT    NOT NULL,
    guid             TEXT    NOT NULL,
    url              TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    announced        INTEGER NOT NULL DEFAULT 0 CHECK (announced IN (0, 1)),  -- 0: known, left without a thread
    thread_id        INTEGER UNIQUE,
    starter_id       INTEGER UNIQUE,
    digest           TEXT    NOT NULL DEFAULT '',
    revision         INTEGER NOT NULL DEFAULT 0,
    generation       INTEGER NOT NULL DEFAULT 0,  -- how often a moderator had it announced anew
    backfilled       INTEGER NOT NULL DEFAULT 0 CHECK (backfilled IN (0, 1)),
    removals_allowed INTEGER NOT NULL DEFAULT 0 CHECK (removals_allowed IN (0, 1)),
    watermark        INTEGER,  -- the thread has been read up to here, in order and without a gap
    latest           TEXT,     -- the post as the blog last listed it, as JSON; digest above is of what the starter shows
    lost             TEXT    NOT NULL DEFAULT '',  -- why the thread cannot be used any more
    served_at        INTEGER NOT NULL DEFAULT 0,   -- when an action of this post was last claimed
    backfill_total   INTEGER NOT NULL DEFAULT 0,   -- comments of a backfill that is worth a word
    backfill_since   INTEGER,
    progress_id      INTEGER,  -- the message that tells how far it has come
    progress_step    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (subscription_id, blog_id),
    CHECK ((thread_id IS NULL) = (starter_id IS NULL)),
    CHECK (thread_id IS NULL OR announced = 1)
) STRICT;

-- A comment that is on both sides, was, or is just arriving.
CREATE TABLE comments (
    id             INTEGER PRIMARY KEY,
    post_id        INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    blog_id        TEXT    NOT NULL,
    parent_blog_id TEXT,
    origin         TEXT    NOT NULL CHECK (origin IN ('blog', 'discord')),
    author         TEXT    NOT NULL,
    digest         TEXT    NOT NULL,
    revision       INTEGER NOT NULL,
    standing       TEXT    NOT NULL
        CHECK (standing IN ('arriving', 'live', 'held', 'tombstone', 'hidden', 'gone')),
    shown_parent   INTEGER,
    parent_digest  TEXT    NOT NULL DEFAULT '',
    recorded_at    INTEGER NOT NULL,
    UNIQUE (post_id, blog_id)
) STRICT;

-- Message id <-> (comment, part). A comment too long for one message has several parts. Rows stay when their message
-- is gone or replaced, so that an answer to it still finds its comment.
CREATE TABLE links (
    message_id INTEGER PRIMARY KEY,
    comment    INTEGER NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    thread_id  INTEGER NOT NULL,
    part       INTEGER NOT NULL CHECK (part >= 1),
    state      TEXT    NOT NULL DEFAULT 'shown' CHECK (state IN ('shown', 'leftover', 'gone')),  -- leftover: to delete
    digest     TEXT    NOT NULL DEFAULT ''  -- of a member's message; empty for a mirror
) STRICT;

CREATE UNIQUE INDEX links_shown ON links (comment, part) WHERE state = 'shown';
CREATE INDEX links_comment ON links (comment);

-- Messages whose deletion was heard of before anything else of them.
CREATE TABLE deletions (
    message_id INTEGER PRIMARY KEY,
    heard_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id    INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    side       TEXT    NOT NULL  -- with the post: the lane
        CHECK (side IN ('chat', 'blog', 'marks', 'progress', 'moderators')),
    key        TEXT    NOT NULL,
    subject    TEXT    NOT NULL,  -- in a lane nothing overtakes an earlier action about the same
    kind       TEXT    NOT NULL,
    payload    TEXT,  -- the action as JSON; emptied once it is done
    state      TEXT    NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'sending', 'done', 'dead')),
    urgency    INTEGER NOT NULL CHECK (urgency IN (0, 1)),  -- 0 live, 1 backfill
    rank       INTEGER NOT NULL DEFAULT 0,  -- the order among equally urgent ones, before id
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    yields     INTEGER NOT NULL DEFAULT 0 CHECK (yields IN (0, 1)),     -- while it waits, others of its lane go ahead
    half_done  INTEGER NOT NULL DEFAULT 0 CHECK (half_done IN (0, 1)),  -- may have arrived: probe first
    superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)), -- no plan wants it: only look whether it arrived
    anchor     INTEGER,  -- our newest message in the thread before the first attempt
    reason     TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    claimed_at INTEGER,
    done_at    INTEGER,
    UNIQUE (post_id, key),
    CHECK ((payload IS NULL) = (state = 'done'))
) STRICT;

CREATE INDEX outbox_waiting ON outbox (post_id, side, urgency, rank, id) WHERE state = 'ready';
CREATE INDEX outbox_subject ON outbox (post_id, side, subject, id) WHERE state <> 'done';
CREATE INDEX outbox_open ON outbox (id) WHERE kind = 'open';
CREATE INDEX outbox_done ON outbox (done_at) WHERE state = 'done';
-- One action of a lane is under way at a time.
CREATE UNIQUE INDEX outbox_under_way ON outbox (post_id, side) WHERE state = 'sending';
CREATE INDEX comments_parent ON comments (post_id, parent_blog_id);

-- What is said once, and again only when it changes.
CREATE TABLE said (
    key     TEXT PRIMARY KEY,
    value   TEXT    NOT NULL,
    said_at INTEGER NOT NULL
) STRICT;

-- For people: SELECT * FROM map;
CREATE VIEW map AS
SELECT links.message_id,
       posts.title            AS post,
       posts.thread_id,
       comments.blog_id       AS comment_id,
       links.part,
       comments.parent_blog_id AS parent_comment_id,
       (SELECT first.message_id
          FROM comments AS parent JOIN links AS first ON first.comment = parent.id AND first.part = 1
         WHERE parent.post_id = comments.post_id AND parent.blog_id = comments.parent_blog_id
           AND first.state = 'shown') AS parent_message_id,
       comments.author,
       comments.origin,
       comments.standing
  FROM links
  JOIN comments ON comments.id = links.comment
  JOIN posts ON posts.id = comments.post_id
 WHERE links.state = 'shown'
 ORDER BY links.message_id;
