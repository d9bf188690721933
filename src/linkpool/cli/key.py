# SPDX-License-Identifier: MIT
"""`linkpool key …`: the keys that nodes sign with. They are wallets (one folder, one format); here
they come from and go to other nodes, and it is seen which of them a running node uses.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from linkpool.chain.accounts import (
    decrypted,
    encrypted,
    keystore_address,
    new_keystore,
    read_key,
    write_secret,
)
from linkpool.cli.command import offline, operates
from linkpool.cli.operator import operator_client, part
from linkpool.cli.output import Answer, counted
from linkpool.cli.session import Session
from linkpool.cli.wallet import Name, written
from linkpool.errors import UsageError, reason_of
from linkpool.settings import secret
from linkpool.units import Wei, show_ether

app = typer.Typer(help="Keys that nodes sign with: kept as wallets.")


def _password_option(name: str, text: str) -> Any:
    option: Any = typer.Option(name, metavar="FILE", help=f"{text} [default: ask]")
    return option


@operates(app, "list")
async def listing(session: Session) -> Answer:
    """Every key with who uses it; balances where a node runs."""
    async with operator_client(session, empty=True) as client:
        keys = await client.get("/v2/keys/evm")
    return Answer(
        title=counted(len(keys), "key"),
        data={"keys": keys},
        columns=("name", "address", "ether", "in use"),
        rows=[
            (
                key["name"] or "kept elsewhere",
                key["address"],
                show_ether(Wei(int(key["ethBalance"]))) if key["ethBalance"] else "",
                "" if key["disabled"] else "yes",
            )
            for key in keys
        ],
    )


@offline(app, "new", password=True)
async def new(session: Session, name: Name) -> Answer:
    """Make a key for a node and keep it encrypted: `oracle run --node-key NAME`."""
    return written(session, name, None)


@offline(app, "import", password=True)
async def import_(
    session: Session,
    name: Name,
    keystore: Annotated[
        Path, typer.Option("--keystore", metavar="FILE", help="keystore v3 file of another node")
    ],
    old: Annotated[
        Path | None, _password_option("--old-password-file", "the file's own password")
    ] = None,
) -> Answer:
    """Keep the key of another node's keystore file; never run both nodes with it."""
    new_keystore(session.wallets, name)
    try:
        content = json.loads(keystore.read_text())
    except (OSError, ValueError, RecursionError):
        raise UsageError(f"{keystore} is no readable keystore v3 file") from None
    password = _other_password(session, f"password of {keystore.name}", old, confirm=False)
    return written(session, name, decrypted(content, password, keystore.name))


@offline(app, "export", password=True)
async def export(
    session: Session,
    name: Name,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="written anew")],
    new: Annotated[
        Path | None, _password_option("--new-password-file", "password of the new file")
    ] = None,
) -> Answer:
    """A keystore v3 file for another node, with a password of its own."""
    path = _file(session, name)
    if out.exists():
        raise UsageError(f"{out} exists already: choose another file")
    key = read_key(path, session.password(f"password of {name}"))
    text = encrypted(key, _other_password(session, f"password of {out.name}", new, confirm=True))
    try:
        write_secret(out, text)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {reason_of(error)}") from None
    account = keystore_address(path)
    return Answer(
        title="",
        data={"name": name, "address": account, "file": out},
        facts=[("address", account), ("file", str(out))],
        note="Whoever has file and password can sign as this node.",
    )


@operates(app, "delete")
async def delete(
    session: Session,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="for ever")] = False,
) -> Answer:
    """Remove a key that no node uses."""
    account = keystore_address(_file(session, name))
    if not yes:
        raise UsageError("a deleted key is lost: `linkpool key export` first, then say --yes")
    async with operator_client(session, empty=True) as client:
        await client.delete(f"/v2/keys/evm/{part(account)}", hard=True)
    return Answer(title="", data={"deleted": name, "address": account}, note=f"{name} is deleted")


def _file(session: Session, name: str) -> Path:
    path = session.wallets / f"{name}.json"
    if not path.is_file():
        raise UsageError(f"no key {name!r}: see `linkpool key list`")
    return path


def _other_password(session: Session, prompt: str, file: Path | None, *, confirm: bool) -> str:
    """Of a file that is not ours."""
    if file is not None:
        return secret(file)
    settings = session.settings.model_copy(update={"password_file": None})
    return Session(settings=settings).password(prompt, confirm=confirm)
