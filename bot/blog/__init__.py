"""The Blog port: a folder for each kind of blog. Knows nothing of Discord or of the database."""
