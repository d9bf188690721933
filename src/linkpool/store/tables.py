# SPDX-License-Identifier: MIT
"""Every table of the state database: the chain as it was seen, what was sent, what was run.

Hashes, addresses and identifiers are text as people read them (0x-hexadecimal, addresses
checksummed); calldata and logs are bytes; amounts that may pass 64 bits (wei, juels) are decimal
text; moments are seconds since 1970; `json` columns hold JSON text. A database belongs to one chain
(`meta`).
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)
# SQLite counts by itself only in a column that is INTEGER to the letter; `sqlite_autoincrement`
# keeps it from giving the number of a deleted last row away again.
Counted: Final = BigInteger().with_variant(Integer, "sqlite")

# ---- The database itself ----

meta: Final = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),  # "chain_id", "genesis"
    Column("value", Text, nullable=False),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),  # grows with every change of holder
    Column("expires", Double, nullable=False),
)

# ---- What the chain said (follower) ----

blocks: Final = Table(
    "blocks",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("parent", Text, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
)

sources: Final = Table(  # whose logs are followed, and how far they have been read
    "sources",
    metadata,
    Column("address", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("next_block", BigInteger, nullable=False),  # history: everything below it is read
    Column("live", BigInteger, nullable=False),  # new blocks: everything from it on is read
)


def _log_columns() -> list[Column[Any]]:
    return [
        Column("block_hash", Text, primary_key=True),
        Column("log_index", Integer, primary_key=True),
        Column("block", BigInteger, nullable=False, index=True),
        Column("address", Text, nullable=False),
        Column("topic0", Text, nullable=False),
        Column("topic1", Text),
        Column("topic2", Text),
        Column("topic3", Text),
        Column("data", LargeBinary, nullable=False),
        Column("tx", Text, nullable=False),
    ]


# Of the canonical chain: those of a replaced block go, and `log_events` says so.
logs: Final = Table(
    "logs", metadata, *_log_columns(), Index("ix_logs_topics", "address", "topic0", "topic1")
)
# Of replaced blocks, for as long as an event may still be read that names them.
orphaned_logs: Final = Table("orphaned_logs", metadata, *_log_columns())

log_events: Final = Table(  # what consumers read in turn: a log came, or went with its block
    "log_events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),  # "added" | "removed"
    Column("block_hash", Text, nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("block", BigInteger, nullable=False, index=True),
)

cursors: Final = Table(
    "cursors",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the last event taken
)

# ---- What is sent (transactions) ----

accounts: Final = Table(
    "accounts",
    metadata,
    Column("address", Text, primary_key=True),
    Column("next_nonce", BigInteger, nullable=False),
)

intents: Final = Table(
    "intents",
    metadata,
    Column("id", Counted, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("recipient", Text),  # null creates a contract
    Column("data", LargeBinary, nullable=False),
    Column("value", Text, nullable=False),  # wei
    Column("gas", BigInteger, nullable=False),  # limit
    Column("what", Text, nullable=False),  # for people
    Column("state", Text, nullable=False),
    Column("reason", Text),  # why it failed, why it was cancelled, or what it waits for
    Column("cancel", Boolean, nullable=False, default=False),  # fill its nonce with nothing
    Column("replace", Boolean, nullable=False, default=False),  # sign again at a higher fee
    Column("attempt", BigInteger),  # the attempt that was mined
    Column("block", BigInteger),
    Column("block_hash", Text),
    Column("created", Double, nullable=False),
    Column("sent", Double),  # first broadcast
    Column("settled", Double),  # final, failed or cancelled for good
    UniqueConstraint("account", "nonce", name="uq_intents_nonce"),
    Index("ix_intents_waiting", "account", "state", "nonce"),
    sqlite_autoincrement=True,
)

attempts: Final = Table(
    "attempts",
    metadata,
    Column("id", Counted, primary_key=True, autoincrement=True),
    Column("intent", ForeignKey("intents.id"), nullable=False, index=True),
    Column("nonce", BigInteger, nullable=False),  # another than its intent's: it can never be mined
    Column("kind", Text, nullable=False),  # "call" | "cancel": a transfer of nothing to oneself
    Column("hash", Text, nullable=False, unique=True),
    Column("raw", LargeBinary, nullable=False),
    Column("ceiling", Text, nullable=False),  # wei per gas
    Column("tip", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("since", BigInteger),  # the head when an endpoint first had it
    Column("broadcast", Double),  # last time
    Column("broadcasts", Integer, nullable=False, default=0),
    Column("error", Text),  # what the RPC said last
    Column("gas_used", BigInteger),
    Column("price", Text),  # wei per gas paid
    Column("succeeded", Boolean),  # of a mined one
    sqlite_autoincrement=True,
)

# ---- What is run (oracle) ----

jobs: Final = Table(
    "jobs",
    metadata,
    Column("id", Counted, primary_key=True, autoincrement=True),
    Column("external_id", Text, nullable=False),  # UUID with dashes, lower case
    Column("name", Text, nullable=False),
    Column("contract", Text, nullable=False, index=True),
    Column("node", Text, nullable=False),  # the address that answers
    Column("toml", Text, nullable=False),  # as it was given
    Column("shadow", Boolean, nullable=False, default=False),  # compares, sends nothing
    Column("created", Double, nullable=False),
    Column("archived", Double),
    UniqueConstraint("external_id", "contract", name="uq_jobs_external_id"),  # nodes share files
    sqlite_autoincrement=True,
)

runs: Final = Table(
    "runs",
    metadata,
    Column("id", Counted, primary_key=True, autoincrement=True),
    Column("job", ForeignKey("jobs.id")),  # null: a request for a job that is not here
    Column("origin", Text, nullable=False),  # "request" | "manual"
    Column("contract", Text),  # where it was asked; null for a manual run
    Column("spec_id", Text),  # as the request named its job
    Column("state", Text, nullable=False, index=True),
    Column("reason", Text),  # why refused, failed, cancelled, expired or orphaned
    Column("request", Text),  # 0x request id; null for a manual run
    Column("requester", Text),
    Column("payment", Text),  # juels
    Column("expires", BigInteger),
    Column("block", BigInteger),
    Column("block_hash", Text),
    Column("log_index", Integer),
    Column("ready", BigInteger),  # the head from which on it has its confirmations
    Column("input", Text, nullable=False),  # json: {"log": …} of a request, or {"variables": …}
    Column("outputs", Text),  # json: of the last tasks
    Column("errors", Text),  # json
    Column("intent", Text, index=True),  # key of the answer's intent
    Column("depth", Integer),  # blocks on the answer that complete the run; null: finality
    Column("attempt", Integer, nullable=False, default=0),  # answers before that came to nothing
    Column("answer_tx", Text),
    Column("created", Double, nullable=False),
    Column("finished", Double, index=True),
    # A requester may use an id again once it is answered: the log is what is unique.
    UniqueConstraint("block_hash", "log_index", name="uq_runs_log"),
    Index("ix_runs_request", "contract", "request"),
    Index("ix_runs_job", "job", "id"),
    sqlite_autoincrement=True,
)

task_runs: Final = Table(
    "task_runs",
    metadata,
    Column("id", Text, primary_key=True),  # UUID
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),  # "completed" | "errored" | "suspended"
    Column("output", Text),  # json
    Column("error", Text),
    Column("intent", Text),  # of an ethtx
    Column("attempts", Integer, nullable=False, default=1),
    Column("started", Double, nullable=False),
    Column("finished", Double),
)

comparisons: Final = Table(  # of shadow jobs: our answer beside the one that was really given
    "comparisons",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("verdict", Text, nullable=False),  # "agreed" | "differed" | "missing"
    Column("ours", Text),  # 0x calldata of the answer; null: no answer from us
    Column("theirs", Text),  # null: no answer from them
    Column("theirs_tx", Text),
    Column("created", Double, nullable=False),
)

resumptions: Final = Table(  # answers of asynchronous adapters, kept from the moment they arrive
    "resumptions",
    metadata,
    Column("task_run", Text, primary_key=True),
    Column("value", Text),  # json
    Column("error", Text),
    Column("received", Double, nullable=False),
)

# ---- What is bid for (agreements) ----

agreements: Final = Table(  # the network's agreements, as the canonical logs have them
    "agreements",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False, index=True),
    Column("bid_deadline", BigInteger, nullable=False),  # unix seconds
    Column("bidders", Text, nullable=False),  # oracles in their order, with spaces between
    Column("content", Text, nullable=False),  # json: terms, bids, who was asked, what became
)

biddings: Final = Table(  # what each node of this process decided about an agreement
    "biddings",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("agreement", BigInteger, primary_key=True, autoincrement=False),
    Column("oracle", Text, primary_key=True),
    Column("verdict", Text, nullable=False),  # "waiting" | "refused" | "bid" | "placed" | "missed"
    Column("kind", Text, nullable=False),  # of the reason
    Column("reason", Text, nullable=False),  # for people; empty for a bid
    Column("posted", Text, nullable=False),  # what it was decided about: hash of the terms
    Column("reference", BigInteger),  # the deposit that a bid reserves of
    Column("amount", Text, nullable=False),  # juels that it reserves
    Column("intent", Text),  # key of the bid's intent
    Column("updated", Double, nullable=False),
)

# ---- What an operator sets up ----

bridges: Final = Table(
    "bridges",
    metadata,
    Column("name", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("confirmations", Integer, nullable=False, default=0),
    Column("minimum_payment", Text, nullable=False, default="0"),  # juels
    Column("incoming_salt", Text, nullable=False),
    Column("incoming_hash", Text, nullable=False),
    Column("outgoing_token", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
)

bridge_cache: Final = Table(
    "bridge_cache",
    metadata,
    Column("bridge", Text, primary_key=True),
    Column("task", Text, primary_key=True),  # "<job id>:<task name>"
    Column("body", Text, nullable=False),
    Column("received", Double, nullable=False),
)

users: Final = Table(
    "users",
    metadata,
    Column("email", Text, primary_key=True),
    Column("role", Text, nullable=False),  # "view" | "run" | "edit" | "admin"
    Column("password", Text, nullable=False),  # scrypt, salt and parameters within
    Column("created", Double, nullable=False),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the cookie
    Column("email", ForeignKey("users.email", ondelete="CASCADE"), nullable=False),
    Column("created", Double, nullable=False),
    Column("seen", Double, nullable=False),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("access_key", Text, primary_key=True),
    Column("email", ForeignKey("users.email", ondelete="CASCADE"), nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of the secret, which has 256 random bits
    Column("created", Double, nullable=False),
)
