# SPDX-License-Identifier: MIT
"""Contracts with a fault each: a claim that does not see it proves nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import compiler
from tools.compile import text_of
from tools.sources import ARTEFACTS, CONTRACTS, ROOT

PROVER = ROOT / ".venv" / "symbolic" / "bin" / "python"

# contract, file, what stands there, what stands there now, the claim that has to fall
FAULTS = (
    (
        "PoolStorage.vy",
        "modules/custody.vy",
        "    ledger._pay(staker, paid)\n",
        "    ledger._pay(ledger.operations_wallet, paid)\n",
        "PoolStorage.release: LINK goes to",
    ),
    (
        "PoolStorage.vy",
        "modules/terms.vy",
        "    ledger._only_logic()\n    self._check_limits",
        "    self._check_limits",
        "PoolStorage.setPolicy: nobody but",
    ),
    (
        "PoolStorage.vy",
        "modules/terms.vy",
        "(term <= COST_CEILING and new > old)",
        "(term < COST_CEILING and new > old)",
        "PoolStorage.setTerm: raises nothing",
    ),
    (
        "PoolStorage.vy",
        "modules/oracle.vy",
        "self._check(self.commitments[requestId], payment, msg.sender,",
        "self._check(self.commitments[requestId], payment, ledger.operations_wallet,",
        "one commitment, one key",
    ),
    (
        "PoolStorage.vy",
        "modules/oracle.vy",
        '"storage: not expired")\n    self.commitments[requestId] = 0\n',
        '"storage: not expired")\n',
        "PoolStorage.cancelOracleRequest: not after",
    ),
    (
        "chainlink/Penalties.vy",
        "chainlink/Penalties.vy",
        "[reference] = word - amount",
        "[reference] = word",
        "Penalties.release: pays",
    ),
    (
        "PoolOwners.vy",
        "modules/owners_ledger.vy",
        "unsafe_add(target_held, amount)",
        "unsafe_add(target_held, amount + 1)",
        "PoolOwners.transfer: shares",
    ),
    (
        "Node.vy",
        "Node.vy",
        '    assert msg.sender == staticcall FACTORY.owner(), "node: caller is not owner"',
        '    assert msg.sender != staticcall FACTORY.owner(), "node: caller is not owner"',
        "Node.setStakeLimit: nobody but",
    ),
)


def planted(folder: Path, contract: str, file: str, old: str, new: str) -> None:
    """Compiles the changed contract into `folder`/abi, beside the artefacts of the others."""
    sources = folder / "contracts"
    shutil.copytree(CONTRACTS, sources)
    shutil.copytree(ARTEFACTS, folder / "abi")
    text = (sources / file).read_text()
    if text.count(old) != 1:
        raise ValueError(f"{file}: {text.count(old)} times {old!r}")
    (sources / file).write_text(text.replace(old, new))
    compiler.CONTRACTS, compiler.name_of = sources, str  # type: ignore[attr-defined]
    artefact = compiler.Source(sources / contract).artefact()
    (folder / "abi" / f"{artefact['name']}.json").write_text(
        text_of(json.loads(json.dumps(artefact)))
    )


def seen(fault: tuple[str, str, str, str, str]) -> bool:
    *change, claim = fault
    with TemporaryDirectory() as place:
        planted(Path(place), *change)
        command = [PROVER, "-m", "tests.symbolic.prove", "--abi", f"{place}/abi", "--only", claim]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode == 1 and done.stdout.startswith("REFUTED")


def main() -> int:
    missed = [fault for fault in FAULTS if not seen(fault)]
    for *_, claim in missed:
        print(f"symbolic: the claim {claim!r} does not see its fault", file=sys.stderr)
    if not missed:
        print(f"symbolic: {len(FAULTS)} planted faults are seen")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
