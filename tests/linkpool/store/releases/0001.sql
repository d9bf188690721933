-- SPDX-License-Identifier: MIT
-- A state of version 0001.
BEGIN TRANSACTION;
CREATE TABLE accounts (
	address TEXT NOT NULL, 
	next_nonce BIGINT NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (address)
);
INSERT INTO "accounts" VALUES('0x0000000000000000000000000000000000000001',7);
CREATE TABLE agreements (
	contract TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	bid_deadline BIGINT NOT NULL, 
	bidders TEXT NOT NULL, 
	content TEXT NOT NULL, 
	CONSTRAINT pk_agreements PRIMARY KEY (contract, id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE api_keys (
	access_key TEXT NOT NULL, 
	email TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT pk_api_keys PRIMARY KEY (access_key), 
	CONSTRAINT fk_api_keys_email FOREIGN KEY(email) REFERENCES users (email) ON DELETE CASCADE
);
CREATE TABLE attempts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	intent INTEGER NOT NULL, 
	nonce BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	raw BLOB NOT NULL, 
	ceiling TEXT NOT NULL, 
	tip TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	since BIGINT, 
	broadcast DOUBLE, 
	broadcasts INTEGER NOT NULL, 
	error TEXT, 
	gas_used BIGINT, 
	price TEXT, 
	succeeded BOOLEAN, 
	CONSTRAINT fk_attempts_intent FOREIGN KEY(intent) REFERENCES intents (id), 
	CONSTRAINT uq_attempts_hash UNIQUE (hash)
);
CREATE TABLE biddings (
	contract TEXT NOT NULL, 
	agreement BIGINT NOT NULL, 
	oracle TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	posted TEXT NOT NULL, 
	reference BIGINT, 
	amount TEXT NOT NULL, 
	intent TEXT, 
	updated DOUBLE NOT NULL, 
	CONSTRAINT pk_biddings PRIMARY KEY (contract, agreement, oracle)
);
CREATE TABLE blocks (
	hash TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	parent TEXT NOT NULL, 
	timestamp BIGINT NOT NULL, 
	CONSTRAINT pk_blocks PRIMARY KEY (hash), 
	CONSTRAINT uq_blocks_number UNIQUE (number)
);
INSERT INTO "blocks" VALUES('0x2222222222222222222222222222222222222222222222222222222222222222',5,'0x2121212121212121212121212121212121212121212121212121212121212121',1700000060);
CREATE TABLE bridge_cache (
	bridge TEXT NOT NULL, 
	task TEXT NOT NULL, 
	body TEXT NOT NULL, 
	received DOUBLE NOT NULL, 
	CONSTRAINT pk_bridge_cache PRIMARY KEY (bridge, task)
);
CREATE TABLE bridges (
	name TEXT NOT NULL, 
	url TEXT NOT NULL, 
	confirmations INTEGER NOT NULL, 
	minimum_payment TEXT NOT NULL, 
	incoming_salt TEXT NOT NULL, 
	incoming_hash TEXT NOT NULL, 
	outgoing_token TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	updated DOUBLE NOT NULL, 
	CONSTRAINT pk_bridges PRIMARY KEY (name)
);
CREATE TABLE comparisons (
	run INTEGER NOT NULL, 
	verdict TEXT NOT NULL, 
	ours TEXT, 
	theirs TEXT, 
	theirs_tx TEXT, 
	created DOUBLE NOT NULL, 
	CONSTRAINT pk_comparisons PRIMARY KEY (run), 
	CONSTRAINT fk_comparisons_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE cursors (
	consumer TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_cursors PRIMARY KEY (consumer)
);
INSERT INTO "cursors" VALUES('oracle',1);
CREATE TABLE intents (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	account TEXT NOT NULL, 
	nonce BIGINT NOT NULL, 
	recipient TEXT, 
	data BLOB NOT NULL, 
	value TEXT NOT NULL, 
	gas BIGINT NOT NULL, 
	what TEXT NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT, 
	cancel BOOLEAN NOT NULL, 
	"replace" BOOLEAN NOT NULL, 
	attempt BIGINT, 
	block BIGINT, 
	block_hash TEXT, 
	created DOUBLE NOT NULL, 
	sent DOUBLE, 
	settled DOUBLE, 
	CONSTRAINT uq_intents_nonce UNIQUE (account, nonce), 
	CONSTRAINT uq_intents_key UNIQUE ("key")
);
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	external_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	contract TEXT NOT NULL, 
	node TEXT NOT NULL, 
	toml TEXT NOT NULL, 
	shadow BOOLEAN NOT NULL, 
	created DOUBLE NOT NULL, 
	archived DOUBLE, 
	CONSTRAINT uq_jobs_external_id UNIQUE (external_id, contract)
);
CREATE TABLE leases (
	name TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	token BIGINT NOT NULL, 
	expires DOUBLE NOT NULL, 
	CONSTRAINT pk_leases PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('oracle','a',3,1700000000.5);
CREATE TABLE log_events (
	seq BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	block_hash TEXT NOT NULL, 
	log_index INTEGER NOT NULL, 
	block BIGINT NOT NULL, 
	CONSTRAINT pk_log_events PRIMARY KEY (seq)
);
INSERT INTO "log_events" VALUES(1,'added','0x2222222222222222222222222222222222222222222222222222222222222222',0,5);
CREATE TABLE logs (
	block_hash TEXT NOT NULL, 
	log_index INTEGER NOT NULL, 
	block BIGINT NOT NULL, 
	address TEXT NOT NULL, 
	topic0 TEXT NOT NULL, 
	topic1 TEXT, 
	topic2 TEXT, 
	topic3 TEXT, 
	data BLOB NOT NULL, 
	tx TEXT NOT NULL, 
	CONSTRAINT pk_logs PRIMARY KEY (block_hash, log_index)
);
INSERT INTO "logs" VALUES('0x2222222222222222222222222222222222222222222222222222222222222222',0,5,'0x0000000000000000000000000000000000000001','0x3333333333333333333333333333333333333333333333333333333333333333','0x4444444444444444444444444444444444444444444444444444444444444444',NULL,NULL,X'0102','0x5555555555555555555555555555555555555555555555555555555555555555');
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('chain_id','31337');
INSERT INTO "meta" VALUES('genesis','0x1111111111111111111111111111111111111111111111111111111111111111');
CREATE TABLE orphaned_logs (
	block_hash TEXT NOT NULL, 
	log_index INTEGER NOT NULL, 
	block BIGINT NOT NULL, 
	address TEXT NOT NULL, 
	topic0 TEXT NOT NULL, 
	topic1 TEXT, 
	topic2 TEXT, 
	topic3 TEXT, 
	data BLOB NOT NULL, 
	tx TEXT NOT NULL, 
	CONSTRAINT pk_orphaned_logs PRIMARY KEY (block_hash, log_index)
);
CREATE TABLE resumptions (
	task_run TEXT NOT NULL, 
	value TEXT, 
	error TEXT, 
	received DOUBLE NOT NULL, 
	CONSTRAINT pk_resumptions PRIMARY KEY (task_run)
);
CREATE TABLE runs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	job INTEGER, 
	origin TEXT NOT NULL, 
	contract TEXT, 
	spec_id TEXT, 
	state TEXT NOT NULL, 
	reason TEXT, 
	request TEXT, 
	requester TEXT, 
	payment TEXT, 
	expires BIGINT, 
	block BIGINT, 
	block_hash TEXT, 
	log_index INTEGER, 
	ready BIGINT, 
	input TEXT NOT NULL, 
	outputs TEXT, 
	errors TEXT, 
	intent TEXT, 
	depth INTEGER, 
	attempt INTEGER NOT NULL, 
	answer_tx TEXT, 
	created DOUBLE NOT NULL, 
	finished DOUBLE, 
	CONSTRAINT uq_runs_log UNIQUE (block_hash, log_index), 
	CONSTRAINT fk_runs_job FOREIGN KEY(job) REFERENCES jobs (id)
);
CREATE TABLE sessions (
	digest TEXT NOT NULL, 
	email TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	seen DOUBLE NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (digest), 
	CONSTRAINT fk_sessions_email FOREIGN KEY(email) REFERENCES users (email) ON DELETE CASCADE
);
CREATE TABLE sources (
	address TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	next_block BIGINT NOT NULL, 
	live BIGINT NOT NULL, 
	CONSTRAINT pk_sources PRIMARY KEY (address)
);
INSERT INTO "sources" VALUES('0x0000000000000000000000000000000000000001',0,6,6);
CREATE TABLE task_runs (
	id TEXT NOT NULL, 
	run INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	output TEXT, 
	error TEXT, 
	intent TEXT, 
	attempts INTEGER NOT NULL, 
	started DOUBLE NOT NULL, 
	finished DOUBLE, 
	CONSTRAINT pk_task_runs PRIMARY KEY (id), 
	CONSTRAINT fk_task_runs_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE users (
	email TEXT NOT NULL, 
	role TEXT NOT NULL, 
	password TEXT NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (email)
);
CREATE INDEX ix_logs_topics ON logs (address, topic0, topic1);
CREATE INDEX ix_logs_block ON logs (block);
CREATE INDEX ix_orphaned_logs_block ON orphaned_logs (block);
CREATE INDEX ix_log_events_block ON log_events (block);
CREATE INDEX ix_intents_waiting ON intents (account, state, nonce);
CREATE INDEX ix_jobs_contract ON jobs (contract);
CREATE INDEX ix_agreements_state ON agreements (state);
CREATE INDEX ix_attempts_intent ON attempts (intent);
CREATE INDEX ix_runs_job ON runs (job, id);
CREATE INDEX ix_runs_request ON runs (contract, request);
CREATE INDEX ix_runs_intent ON runs (intent);
CREATE INDEX ix_runs_finished ON runs (finished);
CREATE INDEX ix_runs_state ON runs (state);
CREATE INDEX ix_task_runs_run ON task_runs (run);
DELETE FROM "sqlite_sequence";
COMMIT;
