# SPDX-License-Identifier: MIT
"""Holds the drills' measurements and writes them into the page; `make drills`."""

from __future__ import annotations

import sys

from bench.chain import Chain
from bench.drills.figures import measure, text
from bench.drills.leaving import SIZES
from bench.drills.page import PAGE, written
from bench.drills.pool import Pool
from tools.sources import name_of


def main() -> int:
    with Chain.start() as chain:
        found = text(measure(Pool.build(chain), mined=SIZES))
    print(found)
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    print(f"\nkept in {name_of(PAGE)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
