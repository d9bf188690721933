# SPDX-License-Identifier: MIT
"""`linkpool deploy`: put the suite on a chain, as far as it is not there yet."""

from __future__ import annotations

from typing import Annotated

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.sender import require_funds
from linkpool.chain.unsigned import transactions
from linkpool.cli import options
from linkpool.cli.command import ask, signs
from linkpool.cli.output import Answer, counted, print_json, progress_line, show_preview
from linkpool.cli.session import Session
from linkpool.deployment import (
    Choice,
    Manifest,
    Order,
    Planned,
    deploy,
    differences,
    open_manifest,
    plan,
    unsigned,
)
from linkpool.deployment.plan import total
from linkpool.deployment.steps import Part
from linkpool.errors import CheckFailed, UsageError
from linkpool.units import show_ether

app = typer.Typer()


@signs(app, "deploy", administrative=True)
async def deploy_(
    session: Session,
    part: Annotated[
        Part, typer.Argument(metavar="PART", help="owners (first, alone), pool, or all")
    ] = "all",
    show_plan: Annotated[bool, typer.Option("--plan", help="steps, gas and cost; no more")] = False,
    check: Annotated[bool, typer.Option("--check", help="compare manifest and chain")] = False,
    owner: Annotated[
        ChecksumAddress | None,
        options.account_option("--owner", "of the suite: a cold key or a Safe [the deployer]"),
    ] = None,
    receiver: Annotated[
        ChecksumAddress | None,
        options.account_option("--sale-wallet", "gets the sale's ETH [the owner]"),
    ] = None,
    owners: Annotated[
        ChecksumAddress | None, options.account_option("--owners", "an existing PoolOwners")
    ] = None,
    link: Annotated[
        ChecksumAddress | None, options.account_option("--link", "an existing LINK (local only)")
    ] = None,
    delay: Annotated[
        int | None, typer.Option("--delay", min=1, help="seconds that new powers wait")
    ] = None,
    penalty_life: Annotated[
        int | None, typer.Option("--penalty-life", min=1, help="seconds, below the delay")
    ] = None,
) -> Answer | None:
    """Deploy what is not there yet. Interrupt it anywhere, run it again: it goes on.

    Steps and outcome are kept in the manifest (deployments/NETWORK.json; for the local chain beside
    its state).
    """
    if session.safe is not None:
        raise UsageError(
            "a Safe cannot create contracts: deploy with a wallet and --owner SAFE; "
            "the deployer's key has no power over the pool once it is sealed"
        )
    if check:
        return await _check(session)
    choice = Choice(owner=owner, wallet=receiver, link=link, delay=delay, penalty_life=penalty_life)
    order = Order(
        part=part,
        profile=session.profile,
        choice=choice,
        owners=owners,
        bounds=session.fee_bounds,
    )
    connection = await session.connection()
    manifest = await open_manifest(connection, session.manifest_path, order, session.account())
    steps = await plan(connection, manifest, order)
    if show_plan:
        return _planned(steps, session)
    if session.unsigned:
        calls = await unsigned(connection, manifest, order)
        print_json(transactions(calls, chain_id=connection.chain_id, sender=manifest.deployer))
        return None
    if steps:
        await _confirm(session, manifest, steps)

    def told(name: str, number: int, count: int) -> None:
        if not session.as_json:
            progress_line(f"{number}/{count} {name}")

    path = session.manifest_path
    done = await deploy(connection, session.signer(), path, order, progress=told)
    return _deployed(done, session)


def _planned(steps: list[Planned], session: Session) -> Answer:
    gas, cost = total(steps)
    return Answer(
        title=f"{counted(len(steps), 'step')} left on {session.profile.name}",
        data={"steps": steps, "gas": gas, "cost": str(cost)},
        columns=("step", "gas", "cost now"),
        rows=[
            *((one.name, f"{one.gas:,}", show_ether(one.cost)) for one in steps),
            ("all", f"{gas:,}", show_ether(cost)),
        ],
    )


async def _confirm(session: Session, manifest: Manifest, steps: list[Planned]) -> None:
    """Unfunded, or the preview and the question."""
    gas, cost = total(steps)
    await require_funds(await session.connection(), manifest.deployer, cost)
    if not session.as_json:
        terms = manifest.terms
        facts = [
            ("from", f"{manifest.deployer} ({session.wallet_shown()})"),
            ("owner", terms.owner),
            ("delay", f"{terms.delay} s; a penalty lives {terms.penalty_life} s"),
            ("steps", str(len(steps))),
            ("gas", f"{gas:,}, about {show_ether(cost)}"),
        ]
        show_preview(facts, _warnings(manifest), title=f"deploy on {session.profile.name}")
    ask(session)


async def _check(session: Session) -> Answer:
    manifest = await session.manifest()
    findings = await differences(await session.connection(), manifest)
    if findings:
        raise CheckFailed(
            f"{counted(len(findings), 'difference')} from {session.manifest_path}", findings
        )
    return Answer(
        title="",
        data={"check": "ok", "contracts": len(manifest.contracts)},
        note=f"{len(manifest.contracts)} contracts are as {session.manifest_path} says",
    )


def _warnings(manifest: Manifest) -> list[str]:
    if manifest.terms.owner == manifest.deployer:
        return ["the deployer's key stays the owner of everything: --owner names another"]
    return ["PoolOwners is offered to the owner: it takes it with `linkpool owners accept`"]


def _deployed(manifest: Manifest, session: Session) -> Answer:
    return Answer(
        title=f"deployed on {manifest.network}",
        data={
            "manifest": session.manifest_path,
            "contracts": {name: one.address for name, one in manifest.contracts.items()},
        },
        columns=("contract", "address"),
        rows=[(name, one.address) for name, one in manifest.contracts.items()],
    )
