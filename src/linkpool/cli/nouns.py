# SPDX-License-Identifier: MIT
"""Every command and noun of the program with its module: only the one in use is imported.

To add a noun: a line in NOUNS, with the text of its app's own help (a test compares them).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class Entry:
    """`module` below linkpool.cli; `help` is the one line of the program's own --help."""

    module: str
    help: str
    noun: bool = True


def _command(module: str, help: str) -> Entry:
    return Entry(module, help, noun=False)


ENTRIES: Final[dict[str, Entry]] = {
    # ---- Commands of their own ----
    "up": _command(
        "up",
        "A local chain, three nodes, stakers, a consumer: watch LINK being earned, until Ctrl-C.",
    ),
    "reset": _command("up", "Forgets the local chain and everything else that `up` keeps."),
    "demo": _command(
        "demo",
        "Stake, serve, earn, distribute, withdraw: once, on a chain of its own; 0 if all was "
        "right.",
    ),
    "stake": _command("stake", "Stake LINK behind a node, straight into its PoolStorage."),
    "withdraw": _command(
        "stake", "Take stake out, income included; `all` takes everything that is not at risk."
    ),
    "distribute": _command(
        "stake",
        "Pay the owners' and the operator's part of a node's income; anyone may.",
    ),
    "claim-exit": _command(
        "stake", "Pay what a leaver kept as claims on penalties that are closed now; anyone may."
    ),
    "deploy": _command(
        "deploy", "Deploy what is not there yet. Interrupt it anywhere, run it again: it goes on."
    ),
    "check": _command(
        "check",
        "Whether a node can start here: RPC, clock, disk, state, keys, balances, pool, jobs, port.",
    ),
    "audit": _command(
        "audit",
        "Whether a deployment is what was released and holds all that it owes; for anybody.",
    ),
    # ---- Nouns with commands ----
    "node": Entry("node", "Create nodes, look at them, change their policy and terms."),
    "owners": Entry("owners", "The pool's shares: their sale, their holders, their income."),
    "whitelist": Entry(
        "whitelist", "Where penalties may go: public, announced ahead, narrowed at once."
    ),
    "penalty": Entry(
        "penalty", "A node's stake put up as collateral for agreements, and fetched back."
    ),
    "agreement": Entry(
        "agreement", "One question to several oracles, with collateral behind each answer."
    ),
    "reputation": Entry(
        "reputation", "What reputation providers know of oracles, and joining them."
    ),
    "bidding": Entry(
        "bidding", "What the nodes decided about agreements: bids, refusals and their reasons."
    ),
    "upgrade": Entry(
        "upgrade", "Replace a logic contract for every node: deploy, announce, wait, execute."
    ),
    "wallet": Entry("wallet", "Wallets: keystore v3 files, encrypted with a password."),
    "key": Entry("key", "Keys that nodes sign with: kept as wallets."),
    "config": Entry("config", "The settings in force, and where each comes from."),
    "db": Entry("db", "The state database: its version, its soundness."),
    "job": Entry("job", "Job specs: check them, try them, serve them."),
    "run": Entry("runs", "Runs of jobs: what became of requests, task by task."),
    "tx": Entry("tx", "Transactions of a node: list them, send again, replace, cancel."),
    "user": Entry("user", "Users of the operator API: view, run, edit or admin."),
    "bridge": Entry("bridge", "Bridges: external adapters, by the names that jobs know."),
    "adapter": Entry("adapter", "External adapters: run those of the package."),
    "import": Entry("import_", "Come over from another node: its jobs, bridges and keys."),
    "oracle": Entry("oracle", "Run an oracle node."),
    "economics": Entry(
        "economics", "What nodes earn and stakers get, at which prices and gas, with what risk."
    ),
}


def load(name: str) -> Any:
    """The command or group of one entry."""
    entry = ENTRIES[name]
    around = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    app = import_module(f"linkpool.cli.{entry.module}").app
    around.add_typer(app, name=name if entry.noun else None)
    return get_group(around).commands[name]
