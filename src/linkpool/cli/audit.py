# SPDX-License-Identifier: MIT
"""`linkpool audit`: is a deployment what was released, and is everybody's LINK there?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from eth_typing import ChecksumAddress

from linkpool import __version__
from linkpool.audit import Expected, Order, Report, Verdict, audit
from linkpool.audit.independence import place_of, twins
from linkpool.audit.words import day
from linkpool.chain.connection import Connection, host_of, split
from linkpool.chain.networks import NAMES, chain_name
from linkpool.cli import options
from linkpool.cli.command import offline
from linkpool.cli.output import Answer, counted, show
from linkpool.cli.session import Session
from linkpool.deployment import PROFILES, Manifest
from linkpool.errors import CheckFailed, NotJudged, UsageError

app = typer.Typer()


@offline(app, "audit")
async def audit_(
    session: Session,
    urls: Annotated[
        list[str] | None,
        typer.Option(
            "--rpc", metavar="URL", help="Ethereum RPC [default: the setting]; several are compared"
        ),
    ] = None,
    chain: Annotated[
        Literal["local", "sepolia", "mainnet"] | None,
        typer.Option("--network", help="refuse any other chain"),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--manifest", metavar="FILE", help="deployment [default: the chain's]"),
    ] = None,
    link_pool: Annotated[
        ChecksumAddress | None,
        options.account_option("--link-pool", "a LinkPool to audit without a manifest"),
    ] = None,
    first: Annotated[
        int | None,
        typer.Option("--from", min=0, metavar="BLOCK", help="before its first [default: found]"),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option("--block", min=0, metavar="BLOCK", help="to judge [default: the newest]"),
    ] = None,
) -> Answer | None:
    """Whether a deployment is what was released and holds all that it owes; for anybody.

    Reads one block and sends nothing. Needs no key. Exit code 0: nothing deviates; 9: something
    does; any other: there is no verdict.
    """
    async with _opened(session, urls, chain) as connections:
        manifest, path = await _manifest(session, file, link_pool, connections)
        chain_id = next(iter(connections.values())).chain_id
        expected = Expected.of(chain_id, manifest, path)
        order = Order(expected=expected, link_pool=link_pool, first=first, block=block)
        report = await audit(connections, order)
    answer = _answer(report, expected)
    if report.verdict is Verdict.OK:
        return answer
    show(answer, as_json=session.as_json)
    if report.verdict is Verdict.DEVIATES:
        raise CheckFailed(_line(report))
    raise NotJudged(_line(report))


@asynccontextmanager
async def _opened(
    session: Session, urls: list[str] | None, chain: str | None
) -> AsyncIterator[dict[str, Connection]]:
    """A connection to each endpoint alone, all of one chain."""
    wanted = None if chain is None else PROFILES[chain].chain_id
    given = _named(urls) if urls else _set(session, chain)
    async with AsyncExitStack() as stack:
        found: dict[str, Connection] = {}
        for url in given:
            connection = await Connection.open(
                [url],
                chain_id=wanted,
                timeout=session.settings.rpc_seconds,
                limits=session.settings.endpoints,
            )
            await stack.enter_async_context(connection)
            wanted = connection.chain_id
            name = connection.host
            found[name if name not in found else f"{name}#{len(found)}"] = connection
        yield found


def _named(urls: list[str]) -> list[str]:
    """Those of the command line: each speaks for itself."""
    given = [one for text in urls for one in split(text)]
    if not all(split(text) for text in urls):
        raise UsageError("--rpc names no address: give http://, https://, ws:// or wss:// and host")
    for url in given:
        host_of(url)
    same = twins(given)
    if same is not None:
        raise UsageError(
            f"--rpc number {same[0]} and {same[1]} are the same endpoint "
            f"({host_of(given[same[1] - 1])}): it would agree with itself, name another"
        )
    return given


def _set(session: Session, chain: str | None) -> list[str]:
    """The addresses of the settings, as long as they are of the chain that was named, each endpoint
    once.
    """
    if chain not in (None, session.settings.network):
        raise UsageError(f"which RPC of {chain}? give --rpc URL")
    urls = session.settings.rpc_urls()
    return list({place_of(url): url for url in reversed(urls)}.values())[::-1]


async def _manifest(
    session: Session,
    file: Path | None,
    link_pool: ChecksumAddress | None,
    connections: dict[str, Connection],
) -> tuple[Manifest | None, Path | None]:
    """The one that was named, else the chain's; with --link-pool none is needed."""
    connection = next(iter(connections.values()))
    path = file
    if path is None and link_pool is None:
        name = NAMES.get(connection.chain_id)
        if name is not None:
            path = session.settings.with_options({"network": name}).manifest_path()
        if path is None or not path.exists():
            raise UsageError(
                f"no manifest of {chain_name(connection.chain_id)} here: "
                "give --manifest FILE or --link-pool ADDRESS"
            )
    if path is None:
        return None, None
    manifest = Manifest.load(path)
    manifest.require_chain(path, connection.chain_id, await connection.genesis())
    return manifest, path


def _answer(report: Report, expected: Expected) -> Answer:
    moment = report.moment
    facts = [
        ("chain", chain_name(moment.chain_id)),
        ("block", f"{moment.number} of {day(moment.time)}, {moment.hash}"),
        ("compared with", f"linkpool {__version__}, {expected.path or 'no manifest'}"),
        ("asked", _asked(report)),
    ]
    return Answer(
        title=f"audit of {counted(report.nodes, 'node')}",
        data={
            "verdict": report.verdict,
            "line": _line(report),
            "chainId": moment.chain_id,
            "block": moment.number,
            "blockHash": moment.hash,
            "time": moment.time,
            "release": __version__,
            "manifest": expected.path,
            "endpoints": report.endpoints,
            "believed": len(report.endpoints) == 1,
            "nodes": report.nodes,
            "findings": report.findings,
        },
        facts=facts,
        columns=("check", "what", "found", "expected", "verdict"),
        rows=[
            (one.check, one.what, one.found, one.expected, one.verdict) for one in report.findings
        ],
        note=_line(report),
        spare=("expected",),
    )


def _asked(report: Report) -> str:
    names = ", ".join(report.endpoints)
    if len(report.endpoints) == 1:
        return f"{names} alone: every word of it was believed; a second --rpc is compared"
    return f"{names}: they agree on code, storage and logs"


def _line(report: Report) -> str:
    """The verdict in one line."""
    remarks = len(report.of(Verdict.LOOK))
    known = f"; {counted(remarks, 'line')} to look at" if remarks else ""
    match report.verdict:
        case Verdict.OK:
            return f"ok: nothing deviates from what was released{known}"
        case Verdict.DEVIATES:
            bad = report.of(Verdict.DEVIATES)
            more = "" if len(bad) == 1 else f" and {len(bad) - 1} more"
            first = bad[0]
            return f"DEVIATES: {first.check}, {first.what}: {first.found}{more}{known}"
        case _:
            bad = report.of(Verdict.UNKNOWN)
            first = bad[0]
            return (
                f"no verdict: {counted(len(bad), 'check')} could not be judged, the first "
                f"{first.check}, {first.what}: {first.found}"
            )
