# SPDX-License-Identifier: MIT
"""What came of one claim."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PROVED = "proved"
REFUTED = "REFUTED"
UNFINISHED = "not finished"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ways` are the ways that were followed to their end; `why` says what is wrong or missing."""

    claim: str
    verdict: str
    ways: int
    seconds: float
    why: str = ""


class Refuted(Exception):
    """A way that the claim says there is not."""


class Stuck(Exception):
    """A way that the interpreter cannot follow to its end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`check` yields for every way that it has followed, and raises where one leads too far."""

    text: str
    check: Callable[[], Iterator[object]]

    def judged(self, seconds: float) -> Outcome:
        """Follows all ways, for so long at most."""
        is_late = False

        def stop(_signal: int, _frame: object) -> None:
            nonlocal is_late
            is_late = True
            raise TimeoutError(f"more ways than {seconds:.0f} s suffice for")

        started = time.monotonic()
        ways = 0
        verdict, why = PROVED, ""
        before = signal.signal(signal.SIGALRM, stop)
        # Again and again: what is raised while an object is being deleted is lost.
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
        try:
            for _ in self.check():
                ways += 1
        except Refuted as found:
            verdict, why = REFUTED, str(found)
        except (TimeoutError, Stuck, NotImplementedError) as limit:  # the last is halmos' own
            verdict, why = UNFINISHED, str(limit).partition("\n")[0]
        except Exception:
            if not is_late:
                raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        if is_late and verdict != REFUTED:
            # Whoever was interrupted may have called it something else, or nothing.
            verdict, why = UNFINISHED, f"more ways than {seconds:.0f} s suffice for"
        return Outcome(self.text, verdict, ways, time.monotonic() - started, why)
