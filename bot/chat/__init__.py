"""The Chat port over discord.py. Knows nothing of the blog or of the database."""
