# SPDX-License-Identifier: MIT
"""Writes the next version of the state database: what turns the newest one into store/tables.py.

    python -m tools.migration "runs remember their price"
    python -m tools.migration --replace        the newest again, while nothing was released with it

Read what it wrote, move the rows that have to move, and set HEAD in store/versions.py. Then keep a
database of it for the tests of later versions:

    python -m tools.migration --fixture
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import api, produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import Connection, insert

from linkpool.store import migrations
from linkpool.store.database import Database
from linkpool.store.state import FILE, open_state
from linkpool.store.tables import metadata
from linkpool.store.versions import HEAD
from tools.sources import ROOT

FIXTURES = ROOT / "tests" / "linkpool" / "store" / "releases"
FOLDER = migrations.FOLDER / "versions"
PAGE = '''# SPDX-License-Identifier: MIT
"""{title}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
    {body}
'''


BLOCK, SOURCE = "0x" + "22" * 32, "0x0000000000000000000000000000000000000001"
ROWS: list[tuple[str, dict[str, object]]] = [
    ("blocks", {"hash": BLOCK, "number": 5, "parent": "0x" + "21" * 32, "timestamp": 1700000060}),
    ("sources", {"address": SOURCE, "since": 0, "next_block": 6, "live": 6}),
    (
        "logs",
        {
            "block_hash": BLOCK,
            "log_index": 0,
            "block": 5,
            "address": SOURCE,
            "topic0": "0x" + "33" * 32,
            "topic1": "0x" + "44" * 32,
            "data": b"\1\2",
            "tx": "0x" + "55" * 32,
        },
    ),
    ("log_events", {"seq": 1, "kind": "added", "block_hash": BLOCK, "log_index": 0, "block": 5}),
    ("cursors", {"consumer": "oracle", "seq": 1}),
    ("leases", {"name": "oracle", "holder": "a", "token": 3, "expires": 1700000000.5}),
    ("accounts", {"address": SOURCE, "next_nonce": 7}),
]


def body_after(version: str | None) -> str:
    """Python that turns a database of that version into the present tables."""

    def compare(connection: Connection) -> str:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = produce_migrations(context, metadata).upgrade_ops
        assert isinstance(found, ops.UpgradeOps)
        return api.render_python_code(found, render_as_batch=version is not None)

    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{folder}/empty.db")
        try:
            if version is not None:
                migrations.upgrade(database, version)
            return database.write_now(compare)
        finally:
            database.close()


def write(path: Path, title: str, revision: int) -> None:
    before = f"{revision - 1:04}" if revision > 1 else None
    body = re.sub(r"\n? *# ### [^\n]*###\n?", "\n", body_after(before)).strip()
    path.write_text(
        PAGE.format(title=title, revision=f"{revision:04}", before=repr(before), body=body)
    )
    for command in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", path], check=True)
    print(f"wrote {path.relative_to(ROOT)}")


def write_fixture() -> None:
    """A database of the present version with a few rows, as SQL."""
    with tempfile.TemporaryDirectory() as folder:
        state = open_state(Path(folder), chain_id=31337, genesis="0x" + "11" * 32)
        try:
            state.write_now(
                lambda c: [c.execute(insert(metadata.tables[name]), row) for name, row in ROWS]
            )
        finally:
            state.close()
        with closing(sqlite3.connect(Path(folder) / FILE)) as raw:
            dump = "\n".join(raw.iterdump())
    path = FIXTURES / f"{HEAD}.sql"
    title = f"-- SPDX-License-Identifier: MIT\n-- A state of version {HEAD}.\n"
    path.write_text(f"{title}{dump}\n")
    print(f"wrote {path.relative_to(ROOT)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("title", nargs="?", help="what the new version is for")
    parser.add_argument("--replace", action="store_true", help="write the newest one again")
    parser.add_argument("--fixture", action="store_true", help="keep a database of the newest one")
    given = parser.parse_args()
    if given.fixture:
        write_fixture()
        return
    known = sorted(FOLDER.glob("v*.py"))
    if given.replace:
        newest = known[-1]
        write(newest, newest.read_text().split('"""')[1], len(known))
    elif given.title:
        name = "_".join(re.findall(r"[a-z0-9]+", given.title.lower())[:4])
        revision = len(known) + 1
        write(FOLDER / f"v{revision:04}_{name}.py", given.title, revision)
    else:
        parser.error("give a title, or --replace")


if __name__ == "__main__":
    main()
