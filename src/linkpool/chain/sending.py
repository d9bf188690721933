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


ACCEPTED: Final = Sent(SendOutcome.ACCEPTED)

# Looked for in this order in the lower-case message with its spaces, dashes and underscores taken
# out: Nethermind and Besu write in one word what the others write in sentences.
_WORDS: Final[tuple[tuple[SendOutcome, tuple[str, ...]], ...]] = (
    (
        SendOutcome.ALREADY_KNOWN,
        (
            "alreadyknown",
            "knowntransaction",
            "alreadyimported",
            "alreadyinthepool",
            "alreadyexists",
            "alreadyinmempool",
            "hashalreadyinpool",
            "transactionalreadyinpool",
        ),
    ),
    (
        SendOutcome.UNDERPRICED,
        (
            "underpriced",
            "replacementnotallowed",
            "feetoolow",
            "gaspricetoolow",
            "gaspricebelow",
            "feecaplessthanblockbasefee",
            "feepergaslessthanblockbasefee",
            "feepergasisless",
            "lessthanblockbasefee",
            "belowbasefee",
            "belowcurrentbasefee",
            "lowerthanthecurrentbasefee",
            "feeislessthan",
            "couldnotreplaceexistingtransaction",
            "feetoolowtocompete",
            "tipbelowminimum",
            "tipcaptoolow",
            "belowtheminimum",
            "belowminimum",
            "belowconfiguredminimum",
        ),
    ),
    (
        SendOutcome.NONCE_TOO_LOW,
        (
            "noncetoolow",
            "noncebelow",
            "oldnonce",
            "noncealreadyused",
            "nonceisalreadyused",
            "invalidnonce;mustbeatleast",
        ),
    ),
    (
        SendOutcome.INSUFFICIENT_FUNDS,
        (
            "insufficientfunds",
            "insufficientbalance",
            "upfrontcostexceedsaccountbalance",
            "upfrontcostexceeds",
            "notenoughfunds",
            "overshot",
        ),
    ),
    (
        SendOutcome.UNAVAILABLE,
        (
            "txpoolisfull",
            "txpooldisabled",
            "txpoollimitexceeded",
            "transactionpoolisfull",
            "poolisfull",
            "poolfull",
            "accountlimitexceeded",
            "inflighttransactionlimit",
            "noncetoohigh",
            "noncetoofar",
            "noncegap",
            "nonceistoofar",
            "toofarinfuture",
            "toomanyrequests",
            "ratelimit",
            "limitexceeded",
            "timeout",
            "timedout",
            "syncing",
            "notavailable",
            "internalerror",
            "tryagain",
            "serverbusy",
            "connection",
        ),
    ),
    (
        SendOutcome.FATAL,
        (
            "chainid",
            "intrinsicgas",
            "gaslimit",
            "exceedsblockgaslimit",
            "maxinitcodesize",
            "initcodesize",
            "oversizeddata",
            "toolarge",
            "sizeexceeded",
            "invalidsender",
            "invalidsignature",
            "invalidtransaction",
            "malformedtransaction",
            "typenotsupported",
            "invalidtransactiontype",
            "transactiontypenotsupported",
            "onlyreplay-protected",
            "onlyreplayprotected",
            "rlp",
            "decode",
            "tiphigherthanfeecap",
            "tipabovefeecap",
            "priorityfeegreaterthanmaxfee",
            "exceedsmaxfeepergas",
            "exceedstheconfiguredcap",
            "feecapveryhigh",
            "sendernoteoa",
            "sendernotaneoa",
            "floordatagas",
            "invalidparams",
        ),
    ),
)


def classify(message: str, code: int = 0) -> SendOutcome:
    """The outcome behind the error of an `eth_sendRawTransaction`.

    >>> classify("replacement transaction underpriced", -32000)
    <SendOutcome.UNDERPRICED: 'underpriced'>
    """
    words = "".join(one for one in message.lower() if one not in " -_")
    for outcome, phrases in _WORDS:
        if any(phrase.replace("-", "") in words for phrase in phrases):
            return outcome
    if code == 3 or revert_reason(message, None) is not None:
        return SendOutcome.REVERTED
    if code in (-32601, -32602, -32600):  # no such method, wrong parameters, no valid request
        return SendOutcome.FATAL if code == -32602 else SendOutcome.UNAVAILABLE
    if code in (-32603, -32005, 429):
        return SendOutcome.UNAVAILABLE
    return SendOutcome.UNKNOWN


def best(outcomes: Iterable[Sent]) -> Sent:
    """What counts of several endpoints' outcomes for one transaction."""
    order = list(SendOutcome)
    return min(outcomes, key=lambda sent: order.index(sent.outcome))
