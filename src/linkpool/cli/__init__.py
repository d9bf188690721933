# SPDX-License-Identifier: MIT
"""The command line. A command parses, calls one function, prints."""

from linkpool.cli.app import main, run

__all__ = ["main", "run"]
