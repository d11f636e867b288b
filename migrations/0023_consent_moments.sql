-- When each member said the word that holds: of one said twice, here and in the file beside the database, the newer holds.
-- Of /relay on it is the moment of the command (Discord: Snowflakes); of /relay off nobody noted it, so the first start does.
ALTER TABLE members ADD COLUMN said_at INTEGER NOT NULL DEFAULT 0;
UPDATE members SET said_at = (stays_until >> 22) + 1420070400000 WHERE stays_until IS NOT NULL;
