"""The Store port: a folder for each kind of database. Decides nothing."""
