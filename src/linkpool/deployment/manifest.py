# SPDX-License-Identifier: MIT
"""What was deployed where, and the one transaction that may be on its way. Every write is atomic.

The step on its way is written down, with its signed bytes, before it is broadcast: whoever finds
the file later can ask the chain for it, and never has to guess whether it was sent.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, TypedDict

from eth_typing import ChecksumAddress

from linkpool.deployment.fields import Fields
from linkpool.deployment.profiles import Terms
from linkpool.errors import ManifestError, UsageError
from linkpool.units import Juels, Ppm, Wei

FORMAT = 2

_MONEY = ("valuation", "hard_cap", "minimum_cap", "link_minimum", "agreement_payment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One contract. `tx` None: adopted, made by somebody else."""

    address: ChecksumAddress
    arguments: dict[str, str]
    code_hash: str
    block: int | None
    tx: str | None
    gas: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call of the deployment. `tx` None: found done on the chain."""

    block: int | None
    tx: str | None
    gas: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The step that was signed last and not seen mined; replacements share its nonce."""

    step: str
    nonce: int
    txs: tuple[str, ...]
    raw: str
    """Signed bytes of the last of them, hexadecimal."""
    ceiling: int
    """What it pays at most for a unit of gas, wei."""
    tip: int


class _Mined(TypedDict):
    block: int | None
    tx: str | None
    gas: int | None


@dataclass(slots=True, kw_only=True)
class Manifest:
    """One deployment on one chain; `genesis` tells a local chain from the one before it."""

    network: str
    chain_id: int
    genesis: str
    deployer: ChecksumAddress
    terms: Terms
    contracts: dict[str, Deployed] = field(default_factory=dict)
    calls: dict[str, Called] = field(default_factory=dict)
    candidates: dict[str, Deployed] = field(default_factory=dict)
    """Logic contracts deployed for an upgrade that is not executed yet, by name."""
    pending: Pending | None = None

    def address(self, name: str) -> ChecksumAddress:
        """ManifestError where the contract is not deployed yet."""
        if name not in self.contracts:
            raise ManifestError(
                f"{name} is not deployed on {self.network} yet: run `linkpool deploy`"
            )
        return self.contracts[name].address

    def first_block(self) -> int:
        """Nothing of this deployment happened before it."""
        blocks = [one.block for one in self.contracts.values() if one.block is not None]
        return min(blocks, default=0)

    def save(self, path: Path) -> None:
        """Replace the file as a whole, on disk before this returns."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".tmp")
        with fresh.open("w") as file:
            file.write(json.dumps(self._content(), indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def _content(self) -> dict[str, Any]:
        """As JSON: what may pass 2**53 is decimal text."""
        content = {"format": FORMAT, **asdict(self)}
        content["terms"] |= {name: str(content["terms"][name]) for name in _MONEY}
        return content

    @classmethod
    def load(cls, path: Path) -> Self:
        """ManifestError where there is none, or none that this version understands."""
        try:
            content = Fields(path, "", json.loads(path.read_text()))
        except FileNotFoundError:
            raise ManifestError(
                f"no deployment at {path}: run `linkpool deploy`, or name its file (--manifest)"
            ) from None
        except (OSError, ValueError, RecursionError):
            raise ManifestError(
                f"{path} is not readable as a manifest: restore it, or name another (--manifest)"
            ) from None
        if content.number("format") != FORMAT:
            raise ManifestError(f"{path} has another format than {FORMAT}: use its version")
        return cls(
            network=content.text("network"),
            chain_id=content.number("chain_id"),
            genesis=content.text("genesis"),
            deployer=content.address("deployer"),
            terms=_terms(content.inner("terms")),
            contracts={n: _deployed(one) for n, one in content.inner("contracts").each()},
            calls={n: Called(**_mined(one)) for n, one in content.inner("calls").each()},
            candidates={n: _deployed(one) for n, one in content.inner("candidates").each()},
            pending=_pending(content.inner("pending")) if content.has("pending") else None,
        )

    @staticmethod
    @contextmanager
    def alone(path: Path) -> Iterator[None]:
        """UsageError where another process is deploying into the same folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise UsageError(
                f"another deployment into {path.parent} is running: wait for it"
            ) from None
        finally:
            os.close(handle)

    def require_chain(self, path: Path, chain_id: int, genesis: str) -> None:
        """ManifestError where the file belongs to another chain."""
        if self.chain_id != chain_id:
            raise ManifestError(
                f"{path} is of chain {self.chain_id}, the RPC is chain {chain_id}: "
                "choose another --network, --rpc or --manifest"
            )
        if self.genesis != genesis:
            raise ManifestError(
                f"{path} is of another chain with the same id (its genesis differs): "
                "the chain was started afresh, move the file away or choose another --manifest"
            )


def _terms(of: Fields) -> Terms:
    return Terms(
        owner=of.address("owner"),
        wallet=of.address("wallet"),
        link=of.address("link") if of.has("link") else None,
        delay=of.number("delay"),
        penalty_life=of.number("penalty_life"),
        loss_cap=Ppm(of.number("loss_cap")),
        valuation=Wei(of.number("valuation")),
        hard_cap=Wei(of.number("hard_cap")),
        sale_end=of.number("sale_end"),
        minimum_cap=Juels(of.number("minimum_cap")),
        link_minimum=Juels(of.number("link_minimum")),
        answer_time=of.number("answer_time"),
        late_time=of.number("late_time"),
        penalty_margin=of.number("penalty_margin"),
        agreement_payment=Juels(of.number("agreement_payment")),
    )


def _deployed(of: Fields) -> Deployed:
    arguments = of.inner("arguments")
    return Deployed(
        address=of.address("address"),
        arguments={name: arguments.text(name) for name in arguments.content},
        code_hash=of.text("code_hash"),
        **_mined(of),
    )


def _mined(of: Fields) -> _Mined:
    return {
        "block": of.number("block") if of.has("block") else None,
        "tx": of.text("tx") if of.has("tx") else None,
        "gas": of.number("gas") if of.has("gas") else None,
    }


def _pending(of: Fields) -> Pending:
    return Pending(
        step=of.text("step"),
        nonce=of.number("nonce"),
        txs=of.texts("txs"),
        raw=of.text("raw"),
        ceiling=of.number("ceiling"),
        tip=of.number("tip"),
    )
