# SPDX-License-Identifier: MIT
"""
UsageError
└── SpecError    a job file is wrong: the text says where, and what was expected
LinkPoolError
└── TaskError    a task of a run failed: the requester's data or the source is at fault
    └── TryLater the chain could not be reached: the request is taken up again
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from linkpool.errors import LinkPoolError, UsageError

MAX_FINDINGS: Final = 50


class SpecError(UsageError):
    """The job cannot be run as written. Lines and columns count from 1; 0 is unknown. `findings`
    are the job's other mistakes, one line each.
    """

    def __init__(self, text: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}, column {column}: {text}" if line else text)
        self.line = line
        self.column = column
        self.findings: tuple[str, ...] = ()


def together(errors: Sequence[SpecError]) -> SpecError:
    """One error of several (one at least): the first of the file, the others as findings."""
    ordered = sorted(errors, key=lambda error: (error.line, error.column))
    lines = [text for error in ordered for text in (str(error), *error.findings)]
    first = ordered[0]
    first.findings = tuple(lines[1 : MAX_FINDINGS + 1])
    return first


class TaskError(LinkPoolError):
    """This run cannot be finished. `root` is the failure that led to this one; empty where this is
    the first.
    """

    def __init__(self, text: str = "", *, root: str = "") -> None:
        super().__init__(text)
        self.root = root


class TryLater(TaskError):
    """The chain is at fault, not the request."""
