# SPDX-License-Identifier: MIT
"""Takes what the economics' model needs from the last run of bench.gas into the package."""

from __future__ import annotations

import json
import sys

from tools.sources import ROOT, name_of

MEASURED = ROOT / "bench" / "out" / "gas.json"
FIGURES = ROOT / "src" / "linkpool" / "economics" / "measured.json"
SIZES = (1, 3, 5, 16, 31)
ACTIONS = (
    "stake.direct.new",
    "withdraw.direct.all",
    "node.create",
    "distribute.300",
    "oracle.request.again",
    "oracle.fulfil",
    "agreement",
    "bid.provider",
    "answer",
    "deposit",
    "release.full",
    *(f"{action}.{size}" for action in ("start", "settle.good") for size in SIZES),
)


def main() -> int:
    if not MEASURED.exists():
        print(f"{name_of(MEASURED)} is not there: run `make bench-gas` first", file=sys.stderr)
        return 1
    report = json.loads(MEASURED.read_text(encoding="utf-8"))
    gas = {row["action"]: row["gas"] for row in report["rows"]}
    kept = {action: gas[action] for action in ACTIONS}
    FIGURES.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"{len(kept)} figures in {name_of(FIGURES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
