# SPDX-License-Identifier: MIT
"""Proves what is claimed of the compiled contracts, and says what it could not: `make symbolic`.

`--only TEXT` takes claims with that text only and records nothing; otherwise
docs/explain/symbolic.json holds what came of each, of which byte code.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.symbolic import access, engine, money
from tests.symbolic.engine import LENGTHS, LOOPS, artefact
from tests.symbolic.outcome import PROVED, REFUTED, Claim, Outcome
from tests.symbolic.roles import RESTRICTED

RECORD = Path(__file__).parents[2] / "docs" / "explain" / "symbolic.json"


def all_claims() -> Iterator[Claim]:
    yield from access.claims(RESTRICTED)
    yield from money.claims()


def recorded(outcomes: list[Outcome], seconds: float) -> str:
    content = {
        "bounds": {"loop rounds": LOOPS, "lengths": LENGTHS, "seconds a claim": seconds},
        "code": {name: artefact(name)["runtime_hash"] for name in sorted(RESTRICTED)},
        "seconds": round(sum(one.seconds for one in outcomes)),
        "claims": {
            one.claim: f"{one.verdict}, {one.ways} ways" + (f": {one.why}" if one.why else "")
            for one in outcomes
        },
    }
    return json.dumps(content, indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="claims with this text")
    parser.add_argument("--seconds", type=float, default=120, help="for each claim, at most")
    parser.add_argument("--abi", type=Path, help="artefacts of other contracts than the released")
    options = parser.parse_args()
    if options.abi:
        engine.ABI = options.abi
    started = time.monotonic()
    outcomes = []
    for claim in all_claims():
        if options.only not in claim.text:
            continue
        one = claim.judged(options.seconds)
        outcomes.append(one)
        print(f"{one.verdict:12} {one.ways:5} ways {one.seconds:6.1f} s  {one.claim}  {one.why}")
        sys.stdout.flush()
    verdicts = Counter(one.verdict for one in outcomes)
    told = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
    print(f"symbolic: {told} in {time.monotonic() - started:.0f} s")
    if not options.only and not options.abi:
        RECORD.write_text(recorded(outcomes, options.seconds), encoding="utf-8", newline="\n")
    return 1 if verdicts[REFUTED] or not verdicts[PROVED] else 0


if __name__ == "__main__":
    sys.exit(main())
