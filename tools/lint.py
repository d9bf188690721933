# SPDX-License-Identifier: MIT
"""Every check that needs no test run; all of them run, then the failures are shown."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.sources import ROOT

PYTHON = [sys.executable, "-m"]
WORKERS = 2
CHECKS = {
    "mypy": [*PYTHON, "mypy"],
    "ruff": [*PYTHON, "ruff", "check", "--output-format", "concise", "."],
    "format": [*PYTHON, "ruff", "format", "--check", "--quiet", "."],
    "import layers": [str(Path(sys.executable).parent / "lint-imports")],
    "natrix": [*PYTHON, "tools.natrix_rules"],
    "contract rules": [*PYTHON, "tools.vyper_rules"],
    "ways out": [*PYTHON, "tools.doors"],
    "surface": [*PYTHON, "tools.surface"],
    "dependency tree": [*PYTHON, "tools.deptree", "--check"],
    "reference pages": [*PYTHON, "tools.docs", "--check"],
}


def check(name: str) -> tuple[bool, str]:
    """Whether it passed, and what it printed."""
    started = time.monotonic()
    done = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"lint: {name} {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    return done.returncode == 0, done.stdout + done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*CHECKS, []], help="only these")
    names = parser.parse_args().names or list(CHECKS)
    with ThreadPoolExecutor(WORKERS) as pool:
        results = dict(zip(names, pool.map(check, names), strict=True))
    for name, (passed, output) in results.items():
        if not passed:
            print(f"\n---- {name} ----\n{output.strip()}", file=sys.stderr)
    return 0 if all(passed for passed, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
