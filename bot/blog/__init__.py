"""The Blog port: one module per kind of blog. Knows nothing of Discord or of the database."""
