-- The outbox and what was heard of deletions belong to a subscription: none of its questions reads another one's rows.

ALTER TABLE outbox ADD COLUMN subscription_id INTEGER REFERENCES subscriptions (id) ON DELETE CASCADE;
UPDATE outbox SET subscription_id = (SELECT subscription_id FROM posts WHERE id = post_id);

CREATE TRIGGER outbox_moves_with_its_post AFTER UPDATE OF subscription_id ON posts
BEGIN
    UPDATE outbox SET subscription_id = new.subscription_id WHERE post_id = new.id;
END;

DROP INDEX outbox_open;
DROP INDEX outbox_done;
CREATE INDEX outbox_of_subscription ON outbox (subscription_id, state, not_before);
CREATE INDEX outbox_queues ON outbox (subscription_id, post_id, side) WHERE state = 'ready';
CREATE INDEX outbox_kinds ON outbox (subscription_id, kind, id) WHERE state <> 'done';
CREATE INDEX outbox_done ON outbox (subscription_id, done_at) WHERE state = 'done';

CREATE TABLE heard (
    subscription_id INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    message_id      INTEGER NOT NULL,
    heard_at        INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, message_id)
) STRICT, WITHOUT ROWID;

-- Of which subscription an old row was is not known; a message id is never another message's.
INSERT INTO heard SELECT subscriptions.id, message_id, heard_at FROM deletions JOIN subscriptions;
DROP TABLE deletions;
ALTER TABLE heard RENAME TO deletions;
