-- Whether a relay that is gone was put into the trash by the bot itself while readers saw it. Only then may its author's
-- new words bring it back to them. Of what was put away before this was noted, nobody knows: it comes back held.
ALTER TABLE comments ADD COLUMN was_public INTEGER NOT NULL DEFAULT 0 CHECK (was_public IN (0, 1));
