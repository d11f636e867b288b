-- Which members' messages show already that they wait.

ALTER TABLE outbox ADD COLUMN seen_waiting INTEGER NOT NULL DEFAULT 0 CHECK (seen_waiting IN (0, 1));
