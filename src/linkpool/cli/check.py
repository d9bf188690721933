# SPDX-License-Identifier: MIT
"""`linkpool check`: is everything there that a node needs? It runs before every start, too."""

from __future__ import annotations

import asyncio
import resource
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from linkpool.api.operator import read_place
from linkpool.api.operator.connections import MOST as CONNECTIONS
from linkpool.api.operator.server import listen
from linkpool.chain.accounts import Signer
from linkpool.chain.addresses import ZERO
from linkpool.chain.connection import Connection, host_of
from linkpool.chain.signers.base import SignerUnavailable
from linkpool.chain.signers.web3signer import Web3Signer
from linkpool.cli import findings
from linkpool.cli.command import reads
from linkpool.cli.findings import Finding, Level, Probe, fatal, ok, warning
from linkpool.cli.output import Answer, counted, show
from linkpool.cli.session import Session
from linkpool.cli.state import opened
from linkpool.deployment.check import differences
from linkpool.errors import CheckFailed, LinkPoolError, StateInUse, UsageError, reason_of
from linkpool.oracle.bridges import registry
from linkpool.oracle.runs import jobs
from linkpool.telemetry import hide_tokens, logger

FILES: Final = 200  # besides sources and the operator API
LOG = logger("check")

app = typer.Typer()


@reads(app, "check", state=True)
async def check(
    session: Session,
    node_key: Annotated[
        list[str] | None,
        typer.Option("--node-key", metavar="WALLET", help="a node's own key, as for `oracle run`"),
    ] = None,
) -> Answer | None:
    """Whether a node can start here: RPC, clock, disk, state, keys, balances, pool, jobs, port."""
    found = [*await surroundings(session), *await _state(session)]
    found += await nodes(session, {name: _signer(session, name) for name in node_key or []})
    answer = _answer(found)
    bad = sum(one.level is Level.FATAL for one in found)
    if not bad:
        return answer
    show(answer, as_json=session.as_json)
    raise CheckFailed(f"{bad} of {len(found)} checks failed: no node can start")


async def before_start(session: Session, signers: Mapping[str, Signer]) -> None:
    """Logs what is worth knowing; CheckFailed where a start makes no sense, PortInUse where it is
    the port alone. `signers` by name.
    """
    found = [*await surroundings(session), *await nodes(session, signers)]
    for one in found:
        if one.level is Level.WARNING:
            LOG.warning("check.warning", what=one.what, text=one.text)
    bad = [one for one in found if one.level is Level.FATAL]
    if [one.what for one in bad] == ["port"]:
        listen(session.settings.api).close()  # raises what says so by its exit code, or is free now
    elif bad:
        texts = [f"{one.what}: {one.text}" for one in bad]
        raise CheckFailed("this node cannot start: `linkpool check` says more", texts)


# ---- What is around a node ----


async def surroundings(session: Session) -> list[Finding]:
    """RPC, clock, disk, folder, descriptors, port."""
    settings = session.settings
    found: list[Finding] = []
    try:
        urls = settings.rpc_urls()
    except UsageError as error:
        return [fatal("RPC", str(error))]
    probes = await asyncio.gather(*(probe(session, url) for url in urls))
    found += findings.endpoints(probes, chain_id=session.profile.chain_id)
    times = [one.timestamp for one in probes if one.timestamp is not None]
    more = [
        findings.heads(probes, lag=settings.endpoints.lag_blocks),
        findings.clock(max(times, default=None), time.time(), local=settings.network == "local"),
        folder(settings.state),
        descriptors(session),
        port(session),
    ]
    return found + [one for one in more if one is not None]


async def probe(session: Session, url: str) -> Probe:
    """One address by itself."""
    name, expected = host_of(url), session.profile.chain_id
    try:
        connection = await Connection.open(
            url, timeout=min(session.settings.rpc_seconds, 10), limits=session.settings.endpoints
        )
    except LinkPoolError as error:
        return Probe(name, error=hide_tokens(str(error)))
    async with connection:
        if connection.chain_id != expected:
            return Probe(name, connection.chain_id)
        try:
            head = await connection.block_number()
            return Probe(name, expected, head, await connection.timestamp(head))
        except LinkPoolError as error:
            return Probe(name, error=hide_tokens(str(error)))


def folder(state: Path) -> Finding:
    """Whether the state can be written, and for how long. What is not there is not made: then it
    depends on the folder that it would be made in.
    """
    whole = state.absolute()
    try:
        there = next(one for one in (whole, *whole.parents) if one.exists())
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"x")
        return findings.disk(shutil.disk_usage(there).free, str(state))
    except OSError as error:
        reason = reason_of(error)
        return fatal("state", f"{state} cannot be written: {reason}; choose another folder")


def descriptors(session: Session) -> Finding:
    """Whether sources and strangers cannot take all of them; RPC, database and logs need some."""
    settings = session.settings
    needed = 2 * settings.http.parallel + FILES  # strangers' hosts count apart
    needed += CONNECTIONS if settings.api.enabled else 0
    return findings.descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[1], needed)


def port(session: Session) -> Finding:
    """Whether the operator API can listen where the settings say."""
    api = session.settings.api
    if not api.enabled:
        return ok("port", "the operator API is switched off")
    place = read_place(session.settings.state)
    try:
        listen(api).close()
    except LinkPoolError as error:
        if place is not None and place.url.endswith(f":{api.port}"):
            return warning("port", f"a node (process {place.pid}) listens at {place.url}")
        return fatal("port", str(error))
    return ok("port", f"{api.address} port {api.port} is free")


# ---- What a node keeps ----


async def _state(session: Session) -> list[Finding]:
    """Database and the jobs in it; a node that runs has them open."""
    try:
        async with opened(session, empty=True) as database:
            book, missing = await database.read(
                lambda c: (
                    found := jobs.read(c),
                    {
                        number: absent
                        for number, job in found.jobs.items()
                        if (absent := registry.missing(c, job.bridges))
                    },
                )
            )
    except StateInUse as error:
        return [warning("database", f"{error}")]
    except LinkPoolError as error:
        return [fatal("database", str(error))]
    found = [ok("database", "sound, of this version")]
    return found + findings.jobs(len(book.jobs), book.broken, missing)


# ---- Who answers ----


async def nodes(session: Session, signers: Mapping[str, Signer | Finding]) -> list[Finding]:
    """Pool, payment, keys, balances, registrations."""
    found = [await _pool(session)]
    if found[0].level is not Level.FATAL:
        found.append(await _payment(session))
    for name, signer in signers.items():
        if isinstance(signer, Finding):
            found.append(signer)
            continue
        name = hide_tokens(name)  # of a remote signer's address
        found.append(await _key(name, signer))
        if found[0].level is not Level.FATAL:
            found += await _node(session, name, signer)
    return found


async def _pool(session: Session) -> Finding:
    try:
        manifest = await session.manifest()
        found = await differences(await session.connection(), manifest)
        await session.suite()
    except LinkPoolError as error:
        return fatal("pool", hide_tokens(str(error)))
    if found:
        return fatal("pool", f"{session.manifest_path} differs from the chain: {found[0]}")
    return ok("pool", f"{session.manifest_path} is what the chain has")


async def _payment(session: Session) -> Finding:
    try:
        fees = await (await session.connection()).fees()
    except LinkPoolError as error:
        return warning("payment", hide_tokens(str(error)))
    settings = session.settings
    return findings.payment(settings.runs, fees.expected, local=settings.network == "local")


def _signer(session: Session, name: str) -> Signer | Finding:
    try:
        return session.signer(name)
    except LinkPoolError as error:
        return fatal(f"key {hide_tokens(name)}", str(error))


async def _key(name: str, signer: Signer) -> Finding:
    """A key in this process, or in KMS, has shown its address; Web3Signer's is only claimed yet."""
    try:
        if isinstance(signer, Web3Signer):
            await signer.check()
    except SignerUnavailable as error:
        return warning(f"key {name}", f"{error}; it is asked again for each answer")
    except LinkPoolError as error:
        return fatal(f"key {name}", str(error))
    return ok(f"key {name}", f"signs for {signer.address}")


async def _node(session: Session, name: str, signer: Signer) -> list[Finding]:
    try:
        connection, suite = await session.connection(), await session.suite()
        found = [findings.balance(name, signer.address, await connection.balance(signer.address))]
        try:
            storage = await suite.storage(signer.address)
            return [*found, ok(f"node {name}", f"registered, its PoolStorage is {storage.address}")]
        except UsageError:
            approval = await suite.link_pool.approval_of(signer.address)
    except LinkPoolError as error:
        return [warning(f"node {name}", hide_tokens(str(error)))]
    if approval.operator == ZERO:
        text = f"neither registered nor approved: linkpool node approve {signer.address}"
        return [*found, warning(f"node {name}", text)]
    return [*found, ok(f"node {name}", "approved: it registers itself when it starts")]


def _answer(found: Sequence[Finding]) -> Answer:
    worst = Level.FATAL if any(one.level is Level.FATAL for one in found) else Level.OK
    warnings = sum(one.level is Level.WARNING for one in found)
    verdict = "a node can start" if worst is Level.OK else "a node cannot start"
    return Answer(
        title=f"{verdict}, {counted(warnings, 'warning')}",
        data={
            "canStart": worst is Level.OK,
            "checks": [
                {"check": one.what, "level": str(one.level), "text": one.text} for one in found
            ],
        },
        columns=("check", "", "what was found"),
        rows=[(one.what, str(one.level), one.text) for one in found],
    )
