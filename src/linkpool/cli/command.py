# SPDX-License-Identifier: MIT
"""How every command runs: common options, one event loop, one line for an error, one exit code.

A command is an async function of a Session and its own arguments. `reads` ones return an Answer;
`signs` ones return a Proposal, which is simulated, shown, asked about, signed and waited for, or
printed for somebody else to sign.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from eth_typing import ChecksumAddress

from linkpool import telemetry
from linkpool.chain.calls import Call, Receipt
from linkpool.chain.sender import Sender, preview
from linkpool.chain.unsigned import safe_batch, transactions
from linkpool.cli import options
from linkpool.cli.output import Answer, print_json, show, show_preview
from linkpool.cli.session import Session
from linkpool.errors import Declined, UsageError
from linkpool.settings import Settings
from linkpool.units import show_ether

Facts = list[tuple[str, str]]
Outcome = Callable[[Receipt], Awaitable[tuple[Facts, dict[str, Any]]]]

_READS: dict[str, tuple[Any, Any]] = {
    "network": (options.Network, None),
    "rpc": (options.Rpc, None),
    "manifest": (options.ManifestFile, None),
    "as_json": (options.AsJson, False),
}
_SIGNS: dict[str, tuple[Any, Any]] = {
    "wallet": (options.WalletName, None),
    "password_file": (options.PasswordFile, None),
    "yes": (options.Yes, False),
    "unsigned": (options.Unsigned, False),
    "sender": (options.From, None),
}
_OPERATES: dict[str, tuple[Any, Any]] = {
    "state": (options.StateFolder, None),
    "network": (options.Network, None),
    "as_json": (options.AsJson, False),
}
_SAFE: dict[str, tuple[Any, Any]] = {"safe": (options.Safe, None)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One transaction to be signed, with what its signer should know."""

    call: Call
    facts: Facts
    warnings: Sequence[str] = field(default=())
    outcome: Outcome | None = None
    """What came of it, read from the receipt: for people, and as JSON."""


def reads(
    app: typer.Typer, name: str, *, wallet: bool = False, state: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Register a command that signs nothing. It may be told which `wallet` it is about, and which
    node's `state`.
    """
    return _register(app, name, _picked(wallet=wallet, state=state) | _READS)


def offline(
    app: typer.Typer, name: str, *, password: bool = False, state: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Register a command that needs no chain. It may ask for a `password`, and be told which node's
    `state` it is about.
    """
    picked = _picked(password_file=password, state=state)
    return _register(app, name, picked | {"as_json": (options.AsJson, False)})


def operates(app: typer.Typer, name: str) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Register a command that speaks to the node of a state folder, or works on its database."""
    return _register(app, name, _OPERATES)


def signs(
    app: typer.Typer, name: str, *, administrative: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Register a command that may sign; an administrative one can become a Safe batch."""
    return _register(app, name, _READS | _SIGNS | (_SAFE if administrative else {}))


def _picked(**wanted: bool) -> dict[str, tuple[Any, Any]]:
    return {name: (_SIGNS | _OPERATES)[name] for name, is_wanted in wanted.items() if is_wanted}


def _register(
    app: typer.Typer, name: str, common: dict[str, tuple[Any, Any]]
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    def decorate(command: Callable[..., Any]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
        added = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for key, (kind, default) in common.items()
        ]
        keyword = [
            one.replace(
                kind=inspect.Parameter.KEYWORD_ONLY, annotation=options.shown(one.annotation)
            )
            for one in own
        ]

        @functools.wraps(command)
        def run(context: typer.Context, **given: Any) -> None:
            settings = settings_of(context)
            if given.get("state") is not None:
                settings = settings.with_options({"state": given["state"]})
            # A command says what went wrong in one line; loops, which log, configure it again.
            quiet = settings.log_level != "debug"
            telemetry.configure(level="critical" if quiet else "debug", form=settings.log_form)
            session = Session.of(settings, given)
            mine = {one.name: given[one.name] for one in own}
            asyncio.run(_execute(session, command(session, **mine)))

        context = inspect.Parameter(
            "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        run.__signature__ = inspect.Signature([context, *keyword, *added])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in (context, *keyword, *added)}
        app.command(name)(run)
        return run

    return decorate


def settings_of(context: typer.Context) -> Settings:
    """Read when the first command asks, so that --help needs none."""
    file: Path | None = context.find_root().params.get("settings")
    return Settings.from_env(os.environ, file=file)


async def _execute(session: Session, work: Awaitable[Answer | Proposal | None]) -> None:
    try:
        result = await work
        if isinstance(result, Proposal):
            result = await _propose(session, result)
        if result is not None:
            show(result, as_json=session.as_json)
    finally:
        await session.close()


async def _propose(session: Session, proposal: Proposal) -> Answer | None:
    connection = await session.connection()
    call = proposal.call
    if session.unsigned and session.safe is not None:
        raise UsageError("--unsigned prints and --safe writes the same call: choose one")
    if session.unsigned:
        calls = transactions([call], chain_id=connection.chain_id, sender=session.sender)
        print_json(calls)
        return None
    if session.safe is not None:
        return _batch(call, session.safe, connection.chain_id, session.sender)
    account = session.account()
    bounds = session.fee_bounds
    ready = await preview(connection, call, sender=account, bounds=bounds)
    if not session.as_json:
        shown = [("from", f"{account} ({session.wallet_shown()})"), *proposal.facts]
        if call.value:
            shown.append(("sends", show_ether(call.value)))
        shown.append(("gas", f"{ready.gas:,}, about {show_ether(ready.cost)}"))
        title = f"{call.what} on {session.profile.name}"
        show_preview(shown, proposal.warnings, title=title)
    ask(session)
    depth = session.profile.confirmations
    sender = Sender(connection, session.signer(), confirmations=depth, bounds=bounds)
    receipt = await sender.send(call, shown=ready)
    return await _report(proposal, receipt)


def _batch(call: Call, file: Path, chain_id: int, safe: ChecksumAddress | None) -> Answer:
    batch = safe_batch([call], chain_id=chain_id, safe=safe, name=call.what)
    file.write_text(json.dumps(batch, indent=2) + "\n")
    return Answer(title="", data={"safe": file}, note=f"wrote {file}: load it in the Safe app")


async def _report(proposal: Proposal, receipt: Receipt) -> Answer:
    facts: Facts = [
        ("transaction", receipt.tx),
        ("block", str(receipt.block)),
        ("gas", f"{receipt.gas:,}, {show_ether(receipt.cost)}"),
    ]
    data: dict[str, Any] = {
        "tx": receipt.tx,
        "block": receipt.block,
        "gas": receipt.gas,
        "cost": str(receipt.cost),
        "warnings": proposal.warnings,
    }
    if proposal.outcome is not None:
        more, fields = await proposal.outcome(receipt)
        facts += more
        data |= fields
    return Answer(title="done", data=data, facts=facts)


def ask(session: Session) -> None:
    """Go on only with --yes or a yes; a program has to say --yes."""
    if session.yes:
        return
    if session.as_json or not sys.stdin.isatty():
        raise UsageError("nobody is there to ask: add --yes to sign")
    if not typer.confirm("sign and send?", default=False, err=True):
        raise Declined("not signed, nothing was sent")
