# SPDX-License-Identifier: MIT
"""What an endpoint says to a raw transaction, in nine words.

Clients agree on codes for nothing here (almost all is -32000), so the words decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from linkpool.chain.reverts import revert_reason


class SendOutcome(StrEnum):
    """Best first: of several endpoints' outcomes the first in this order counts."""

    ACCEPTED = "accepted"
    ALREADY_KNOWN = "already_known"  # this very transaction waits there, or is mined
    NONCE_TOO_LOW = "nonce_too_low"  # another with its nonce is mined, or itself: ask the receipt
    UNDERPRICED = "underpriced"  # fee below the base fee, the minimum or the one to be replaced
    INSUFFICIENT_FUNDS = "insufficient_funds"
    REVERTED = "reverted"
    FATAL = "fatal"  # these bytes will never be taken
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"  # the endpoint, not the transaction: try again


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one broadcast."""

    outcome: SendOutcome
    message: str = ""
    """The endpoint's words where it did not accept."""

    @property
    def known(self) -> bool:
        """An endpoint has it."""
        return self.outcome in (SendOutcome.ACCEPTED, SendOutcome.ALREADY_KNOWN)


_REVERTED: Final = 3
_JOINED: Final = str.maketrans("", "", " -_'")
_CODES: Final = {
    -32602: SendOutcome.FATAL,  # wrong parameters: the bytes are none
    -32600: SendOutcome.UNAVAILABLE,
    -32601: SendOutcome.UNAVAILABLE,  # an endpoint that takes no transactions
    -32603: SendOutcome.UNAVAILABLE,
    -32005: SendOutcome.UNAVAILABLE,
    429: SendOutcome.UNAVAILABLE,
}

ACCEPTED: Final = Sent(SendOutcome.ACCEPTED)

# Looked for in this order in the message in lower case without spaces, dashes and underscores:
# Nethermind and Erigon write in one word what the others write in sentences.
_WORDS: Final[tuple[tuple[SendOutcome, tuple[str, ...]], ...]] = (
    (
        SendOutcome.ALREADY_KNOWN,
        (
            "alreadyknown",
            "knowntransaction",
            "alreadyimported",
            "alreadyexists",
            "alreadyin",  # the pool, the mempool, the chain
            "samehash",
        ),
    ),
    (
        SendOutcome.UNDERPRICED,
        (
            "underpriced",
            "feetoolow",
            "replacementnotallowed",
            "couldnotreplaceexisting",
            "gaspricetoolow",
            "gaspricebelow",
            "blockbasefee",  # max fee per gas less than …
            "belowcurrentbasefee",
            "belowbasefee",
            "belowminimum",
            "belowconfiguredminimum",
        ),
    ),
    (SendOutcome.NONCE_TOO_LOW, ("noncetoolow", "oldnonce", "noncebelow", "nonceisalreadyused")),
    (
        SendOutcome.INSUFFICIENT_FUNDS,
        ("insufficientfunds", "insufficientbalance", "exceedsaccountbalance"),
    ),
    (
        SendOutcome.FATAL,
        (
            "chainid",
            "intrinsicgas",
            "floordatagas",
            "gaslimit",
            "initcode",
            "oversizeddata",
            "toolarge",
            "toolong",
            "sizeexceeded",
            "invalidsender",
            "failedtoresolvesender",
            "senderiscontract",
            "sendernotaneoa",
            "invalidsignature",
            "invalidtransaction",
            "invalidtxtype",
            "typenotsupported",
            "onlyreplayprotected",
            "rlp:",
            "decode",
            "unmarshal",
            "priorityfeepergashigherthan",
            "tipabovefeecap",
        ),
    ),
    (
        SendOutcome.UNAVAILABLE,
        (
            "exceedstheconfiguredcap",  # this endpoint's rule, as the next two
            "feecapexceeded",
            "notauthorized",
            "isfull",
            "limitreached",
            "limitexceeded",
            "noncetoohigh",
            "noncegap",
            "gappednonce",
            "toofarinfuture",
            "toodistant",
            "toomanyrequests",
            "ratelimit",
            "timeout",
            "timedout",
            "syncing",
            "notavailable",
            "internalerror",
            "tryagain",
        ),
    ),
)


def classify(message: str, code: int = 0) -> SendOutcome:
    """The outcome behind the error of an `eth_sendRawTransaction`.

    >>> classify("replacement transaction underpriced", -32000)
    <SendOutcome.UNDERPRICED: 'underpriced'>
    """
    if code == _REVERTED or revert_reason(message, None) is not None:
        return SendOutcome.REVERTED
    words = message.lower().translate(_JOINED)
    for outcome, phrases in _WORDS:
        if any(phrase in words for phrase in phrases):
            return outcome
    return _CODES.get(code, SendOutcome.UNKNOWN)


def best(outcomes: Iterable[Sent]) -> Sent:
    """What counts of several endpoints' outcomes for one transaction."""
    order = list(SendOutcome)
    return min(outcomes, key=lambda sent: order.index(sent.outcome))
