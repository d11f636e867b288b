"""The Store port over SQLite: the only SQL in the house. Decides nothing."""
