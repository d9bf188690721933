# SPDX-License-Identifier: MIT
"""`linkpool import chainlink`: jobs, bridges and keys of a Chainlink node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.accounts import keystore_address
from linkpool.chain.addresses import address
from linkpool.cli.command import reads
from linkpool.cli.operator import OperatorClient, operator_client
from linkpool.cli.output import Answer
from linkpool.cli.session import Session
from linkpool.errors import CheckFailed, UsageError
from linkpool.oracle.chainlink import Export, Item, Plan, Present, make_plan
from linkpool.oracle.chainlink.api import Credentials, signed_in
from linkpool.oracle.chainlink.folder import read
from linkpool.oracle.chainlink.take import Taken, take, wallet_name
from linkpool.settings import secret

app = typer.Typer(help="Come over from another node: its jobs, bridges and keys.")

_SHOWN = {"add": "taken", "have": "here", "leave": "not taken"}


@app.callback()
def noun() -> None:
    """Come over from another node: its jobs, bridges and keys."""


@reads(app, "chainlink", state=True)
async def chainlink(
    session: Session,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="of the running node's API")
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials", metavar="FILE", help="its API credentials: e-mail, then password"
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="FOLDER", help="*.toml, jobs.json, bridges.json, keys/*.json"
        ),
    ] = None,
    contract: Annotated[
        list[str] | None,
        typer.Option(
            "--contract", metavar="OLD=NEW", help="its Operator's address and the PoolStorage's"
        ),
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="only compare with its answers, send nothing")
    ] = False,
    keys_password_file: Annotated[
        Path | None,
        typer.Option(
            "--keys-password-file", metavar="FILE", help="take its keys, encrypted with this"
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="take what the plan says")] = False,
) -> Answer:
    """Shows what would be taken and what not, and why; takes it with --yes. Again: adds nothing."""
    contracts = dict(_pair(text) for text in contract or ())
    found = await _found(url, credentials, export, keys_password_file)
    async with operator_client(session, new=yes, empty=not yes) as client:
        plan = make_plan(found, await _present(session, client), contracts=contracts, shadow=shadow)
        if not yes:
            return _planned(plan)
        taken = await take(plan.additions, client, session.wallets)
    failed = [f"{one.item.kind} {one.item.name}: {one.error}" for one in taken if one.error]
    if failed:
        done = len(taken) - len(failed)
        raise CheckFailed(f"{done} of {len(taken)} were taken; again takes the rest", failed)
    return _done(plan, taken)


def _pair(text: str) -> tuple[ChecksumAddress, ChecksumAddress]:
    old, _, new = text.partition("=")
    if not new:
        raise UsageError(f"--contract {text!r}: expected OLD=NEW, two addresses")
    return address(old.strip()), address(new.strip())


async def _found(
    url: str | None, credentials: Path | None, export: Path | None, keys: Path | None
) -> Export:
    if (url is None) == (export is None):
        raise UsageError("give --url with --credentials for a running node, or --export FOLDER")
    if export is not None:
        return read(export)
    if url is None or credentials is None:
        raise UsageError("--url needs --credentials FILE: e-mail, then password")
    password = None if keys is None else secret(keys)
    async with signed_in(url, Credentials.load(credentials)) as api:
        return await api.export(keys_password=password)


async def _present(session: Session, client: OperatorClient) -> Present:
    suite = await session.suite()
    nodes = await suite.link_pool.nodes()
    jobs = await client.every("/v2/jobs")
    bridges = await client.every("/v2/bridge_types")
    return Present(
        chain_id=suite.connection.chain_id,
        storages={(await suite.storage(node)).address: node for node in nodes},
        jobs=frozenset(_identity(one) for one in jobs if "directRequestSpec" in one),
        bridges={str(one["name"]): str(one["url"]) for one in bridges},
        wallets=frozenset(_addresses(session.wallets)),
    )


def _identity(job: dict[str, Any]) -> tuple[str, ChecksumAddress]:
    spec = job["directRequestSpec"]
    return str(job["externalJobID"]), address(str(spec["contractAddress"]))


def _addresses(folder: Path) -> list[ChecksumAddress]:
    found = []
    for path in folder.glob("*.json"):
        try:
            found.append(keystore_address(path))
        except UsageError:
            continue  # no keystore: it hides no other
    return found


def _planned(plan: Plan) -> Answer:
    count = len(plan.additions)
    note = "Nothing was changed: --yes takes it." if count else "Nothing to take."
    return _shown(plan, f"{count} of {len(plan.items)} would be taken", note, {})


def _done(plan: Plan, taken: list[Taken]) -> Answer:
    secrets = {one.item.name: one.secret for one in taken if one.secret}
    told = [f"incoming token of bridge {name}: {secret}" for name, secret in secrets.items()]
    wallets = [wallet_name(one.item.name) for one in taken if one.item.kind == "key"]
    told += [f"wallet {name}: its password is the one it was exported with" for name in wallets]
    title = f"{len(taken)} of {len(plan.items)} were taken"
    return _shown(plan, title, "\n".join(told), secrets)


def _shown(plan: Plan, title: str, note: str, secrets: dict[str, str]) -> Answer:
    return Answer(
        title=title,
        data={
            "items": [_data(item) for item in plan.items],
            "incomingTokens": secrets,
        },
        columns=("", "name", "", "why"),
        rows=[
            (
                item.kind,
                item.name,
                _SHOWN[item.action],
                "; ".join((item.why, *item.notes)).strip("; "),
            )
            for item in plan.items
        ],
        note=note,
    )


def _data(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "name": item.name,
        "action": item.action,
        "why": item.why,
        "notes": list(item.notes),
    }
