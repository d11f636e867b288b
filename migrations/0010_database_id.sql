-- By which a database is told from every other one, so that none repeats the nonces of another.

CREATE TABLE database_id (id TEXT NOT NULL) STRICT;
INSERT INTO database_id VALUES (hex(randomblob(16)));
