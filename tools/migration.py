# SPDX-License-Identifier: MIT
"""Writes the next version of the state database: what turns the newest one into store/tables.py.

    python -m tools.migration "runs remember their price"
    python -m tools.migration --replace        the newest again, while nothing was released with it

Read what it wrote, move the rows that have to move, and set HEAD in store/versions.py.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import api, produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import Connection

from linkpool.store import migrations
from linkpool.store.database import Database
from linkpool.store.tables import metadata
from tools.sources import ROOT

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("title", nargs="?", help="what the new version is for")
    parser.add_argument("--replace", action="store_true", help="write the newest one again")
    given = parser.parse_args()
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
