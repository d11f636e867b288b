"""The Blog port over WordPress's REST interface and feed. Knows nothing of Discord or of the database."""
