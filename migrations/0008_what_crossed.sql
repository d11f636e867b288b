-- Which messages crossed under the operator's settings when they were last read: wider ones publish nothing older.

ALTER TABLE subscriptions ADD COLUMN crossed TEXT NOT NULL DEFAULT ''  -- replies, all or off; '' where nobody noted it
    CHECK (crossed IN ('', 'replies', 'all', 'off'));
