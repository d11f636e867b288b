-- Members who decided that their words stay in Discord. Who never did has no row.

CREATE TABLE members (
    subscription_id INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    member_id       INTEGER NOT NULL,
    stays_until     INTEGER,  -- what was written up to this id of Discord's stays; NULL: all, until they say otherwise
    PRIMARY KEY (subscription_id, member_id)
) STRICT, WITHOUT ROWID;
