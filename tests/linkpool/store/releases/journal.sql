-- SPDX-License-Identifier: MIT
-- The first release's journal of one node.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    block INTEGER NOT NULL,
    block_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    tx TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX requests_by_state ON requests (state, block);
INSERT INTO facts VALUES ('chain', '0x1111111111111111111111111111111111111111111111111111111111111111'), ('cursor', '7');
INSERT INTO requests VALUES ('0xaa', 5, '0xbb', 'answered', '0xcc', '');
