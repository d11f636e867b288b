-- How much members bring to the blogs of a server: who brought what at which moment by Discord's time, kept for two days;
-- and until when what is over its measure waits.

CREATE TABLE turns (
    id        INTEGER PRIMARY KEY,
    guild_id  INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    act       TEXT    NOT NULL CHECK (act IN ('relay', 'edit', 'file')),
    at        INTEGER NOT NULL,            -- when it goes, by Discord's time: in the future while it waits
    bytes     INTEGER NOT NULL DEFAULT 0,  -- of a file
    about     INTEGER NOT NULL,            -- the message; of a file its own number
    action    INTEGER                      -- in the outbox; NULL for a file
) STRICT;

CREATE INDEX turns_of_member ON turns (guild_id, act, member_id, at);
CREATE INDEX turns_of_guild ON turns (guild_id, act, at);
CREATE INDEX turns_about ON turns (about);
CREATE INDEX turns_of_action ON turns (action);

ALTER TABLE outbox ADD COLUMN goes_at INTEGER NOT NULL DEFAULT 0;  -- by our own time; nothing hastens it
CREATE INDEX outbox_over_measure ON outbox (subscription_id, goes_at) WHERE state = 'ready' AND goes_at > 0;
