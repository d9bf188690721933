# SPDX-License-Identifier: MIT
"""Libraries that most people never need, and how to get one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from linkpool.errors import SetupMissing

EXTRAS: Final = {"plotly": ("plotly>=6.1", "charts"), "numpy": ("numpy>=2.3", "simulation")}
"""As pyproject.toml has them: what pip is asked for, and the extra."""


def missing(library: str, what: str) -> SetupMissing:
    """One line with the command that works where this runs: this environment's own pip, and the
    library by its own name, since this package need not be in any index.
    """
    wanted, extra = EXTRAS[library]
    pip = _pip(Path(sys.executable), Path.cwd())
    return SetupMissing(
        f"{what} needs {library}: {pip} install '{wanted}' (the extra linkpool[{extra}])"
    )


def _pip(python: Path, here: Path) -> str:
    pip = python.with_name("pip")
    if not pip.exists():
        return f"{_near(python, here)} -m pip"
    return _near(pip, here)


def _near(path: Path, here: Path) -> str:
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
