# SPDX-License-Identifier: MIT
"""Everything that can go wrong, split by whose fault it is. The number is the exit code of the
command line.

LinkPoolError            1  the root; raised as itself never
├── UsageError           2  the caller: an argument, a setting, an amount that is too high
├── ChainUnavailable     3  the RPC or the network: loops retry
├── WrongNetwork         4  the RPC answers for another chain than the one asked for
├── TxReverted           5  a contract refused: .reason is its string, shown as is
├── Unfunded             6  the wallet cannot pay amount and gas
├── SetupMissing         7  something that `make setup` or `make compile` provides is not there
├── PortInUse            8  something else listens where a service should
├── CheckFailed          9  a check ran and found differences; .findings has one line for each
├── TxUnconfirmed       10  sent, not seen in a block in time: it may still be mined
├── ManifestError       11  the manifest is of another chain, unreadable or not finished
├── Declined            12  the question before signing was answered with no
├── StateError          13  the state database: absent, full, read-only, damaged, in use, outdated
└── NotJudged           14  an audit gives no verdict, which is never a good one
"""

from __future__ import annotations

from collections.abc import Sequence


class LinkPoolError(Exception):
    """The text is the one line the user sees; it says what to do."""

    exit_code = 1


class UsageError(LinkPoolError):
    """The caller is at fault; nothing was sent."""

    exit_code = 2


class ChainUnavailable(LinkPoolError):
    """The RPC cannot be reached, or fails by itself; worth another try later."""

    exit_code = 3


class WrongNetwork(LinkPoolError):
    """The chain id is not the expected one; nothing was sent."""

    exit_code = 4


class TxReverted(LinkPoolError):
    """A contract refused a call, simulated or mined."""

    exit_code = 5

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(f"{what}: {reason}" if what else reason)
        self.reason = reason


class Unfunded(LinkPoolError):
    """The wallet has less than the amount plus the gas at today's fee."""

    exit_code = 6


class SetupMissing(LinkPoolError):
    """A file that the set-up makes is not there."""

    exit_code = 7


class PortInUse(LinkPoolError):
    """Another process listens on the port."""

    exit_code = 8


class CheckFailed(LinkPoolError):
    """Manifest and chain differ."""

    exit_code = 9

    def __init__(self, text: str, findings: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.findings = tuple(findings)


class TxUnconfirmed(LinkPoolError):
    """A transaction was sent and not mined in the time given."""

    exit_code = 10


class ManifestError(LinkPoolError):
    """A deployment manifest cannot be used here."""

    exit_code = 11


class Declined(LinkPoolError):
    """The user said no; nothing was sent."""

    exit_code = 12


class StateError(LinkPoolError):
    """The state database or its folder cannot be used as it is; nothing more was written."""

    exit_code = 13


class NotJudged(LinkPoolError):
    """No verdict about a deployment: endpoints disagree or fail, or nothing known stands there."""

    exit_code = 14

    def __init__(self, text: str, findings: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.findings = tuple(findings)


class StateInUse(StateError):
    """Another process has the state; it is sound."""


class StateUnavailable(ChainUnavailable):
    """The server of the state database cannot be reached: loops retry, as they do for an RPC."""


def reason_of(error: OSError) -> str:
    """The system's own words, to stand within a line: "permission denied"."""
    return (error.strerror or str(error) or "it failed").lower()
