# SPDX-License-Identifier: MIT
"""
UsageError
└── SpecError    a job file is wrong: the text names the field or the place
LinkPoolError
└── TaskError    a task of a run failed: the requester's data or the source is at fault
    └── TryLater the chain could not be reached: the request is taken up again
"""

from linkpool.errors import LinkPoolError, UsageError


class SpecError(UsageError):
    """The job cannot be run as written."""


class TaskError(LinkPoolError):
    """This run cannot be finished."""


class TryLater(TaskError):
    """The chain is at fault, not the request."""
