"""The Store port over one SQLite file: the only SQL in the house. Decides nothing."""
