-- When an action was put back: a clock that is behind that moment was put back itself, and makes nothing wait.

ALTER TABLE outbox ADD COLUMN postponed_at INTEGER NOT NULL DEFAULT 0;
