# SPDX-License-Identifier: MIT
"""What may become of a run."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    WAITING = "waiting"  # for confirmations, or for its turn
    RUNNING = "running"
    SUSPENDED = "suspended"  # a task waits for something outside, more tasks follow
    SENDING = "sending"  # all that is left is that its answer gets deep enough
    COMPLETED = "completed"
    ERRORED = "errored"
    REFUSED = "refused"  # never started; the reason says why
    CANCELLED = "cancelled"  # by its requester, or by the operator who cancelled its transaction
    ORPHANED = "orphaned"  # its block is no longer part of the chain


UNFINISHED: Final = frozenset({State.WAITING, State.RUNNING, State.SUSPENDED, State.SENDING})
FINISHED: Final = frozenset(State) - UNFINISHED
