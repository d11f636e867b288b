-- What members wrote before a subscription's rule let it cross stays in Discord: no change of a setting publishes the past.

ALTER TABLE subscriptions ADD COLUMN words_since INTEGER NOT NULL DEFAULT 0;  -- an id of Discord's: ids grow with time
