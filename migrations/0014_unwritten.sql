-- What became of members' messages that are not on the blog, so that answers to them find what they answered, and the
-- author of a refused one may word it anew. And where an answer would stand if what it answers did.

ALTER TABLE outbox ADD COLUMN fate TEXT NOT NULL DEFAULT '' CHECK (fate IN ('', 'refused', 'deleted'));
ALTER TABLE outbox ADD COLUMN answers INTEGER;                  -- of a Write that is done: what its message answered
ALTER TABLE outbox ADD COLUMN digest TEXT NOT NULL DEFAULT '';  -- of a message that was refused

UPDATE outbox SET fate = 'deleted' WHERE kind = 'write' AND state = 'done' AND reason = 'deleted before it left';

ALTER TABLE comments ADD COLUMN wanted_parent TEXT;  -- of a relay whose parent did not stand when it was written
