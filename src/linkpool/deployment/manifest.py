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
from typing import Any, Self

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.deployment.profiles import Terms
from linkpool.errors import ManifestError, UsageError
from linkpool.units import Juels, Ppm, Wei

FORMAT = 1

_MONEY = ("valuation", "hard_cap", "minimum_cap", "link_minimum")


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
            content: dict[str, Any] = json.loads(path.read_text())
        except FileNotFoundError:
            raise ManifestError(f"no deployment at {path}: run `linkpool deploy`") from None
        except (OSError, ValueError):
            raise ManifestError(f"{path} is not readable as a manifest: restore it") from None
        try:
            if content.pop("format") != FORMAT:
                raise ManifestError(f"{path} has another format than {FORMAT}: use its version")
            return cls(
                network=content["network"],
                chain_id=int(content["chain_id"]),
                genesis=content["genesis"],
                deployer=address(content["deployer"]),
                terms=_terms(content["terms"]),
                contracts={n: _deployed(one) for n, one in content["contracts"].items()},
                calls={n: Called(**one) for n, one in content["calls"].items()},
                candidates={n: _deployed(one) for n, one in content["candidates"].items()},
                pending=_pending(content["pending"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ManifestError(f"{path} is no complete manifest ({error}): restore it") from None

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


def _terms(content: dict[str, Any]) -> Terms:
    return Terms(
        owner=address(content["owner"]),
        wallet=address(content["wallet"]),
        link=address(content["link"]) if content["link"] else None,
        delay=int(content["delay"]),
        penalty_life=int(content["penalty_life"]),
        loss_cap=Ppm(content["loss_cap"]),
        valuation=Wei(int(content["valuation"])),
        hard_cap=Wei(int(content["hard_cap"])),
        sale_end=int(content["sale_end"]),
        minimum_cap=Juels(int(content["minimum_cap"])),
        link_minimum=Juels(int(content["link_minimum"])),
    )


def _deployed(content: dict[str, Any]) -> Deployed:
    return Deployed(**{**content, "address": address(content["address"])})


def _pending(content: dict[str, Any] | None) -> Pending | None:
    return None if content is None else Pending(**{**content, "txs": tuple(content["txs"])})
