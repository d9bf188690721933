# SPDX-License-Identifier: MIT
"""
UsageError
└── SpecError    a job file is wrong: the text says where, and what was expected
LinkPoolError
└── TaskError    a task of a run failed: the requester's data or the source is at fault
    └── TryLater the chain could not be reached: the request is taken up again
"""

from __future__ import annotations

from linkpool.errors import LinkPoolError, UsageError


class SpecError(UsageError):
    """The job cannot be run as written. Lines and columns count from 1; 0 is unknown."""

    def __init__(self, text: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}, column {column}: {text}" if line else text)
        self.line = line
        self.column = column


class TaskError(LinkPoolError):
    """This run cannot be finished. `root` is the failure that led to this one; empty where this is
    the first.
    """

    def __init__(self, text: str = "", *, root: str = "") -> None:
        super().__init__(text)
        self.root = root


class TryLater(TaskError):
    """The chain is at fault, not the request."""
