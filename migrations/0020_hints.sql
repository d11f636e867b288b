-- Who was told in a thread how to write so that it crosses, which is said once; and whether that is said at all.

ALTER TABLE subscriptions ADD COLUMN hints INTEGER NOT NULL DEFAULT 1 CHECK (hints IN (0, 1));

CREATE TABLE hinted (
    post_id   INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    member_id INTEGER NOT NULL,
    PRIMARY KEY (post_id, member_id)
) STRICT, WITHOUT ROWID;
