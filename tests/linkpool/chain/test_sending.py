# SPDX-License-Identifier: MIT
"""What each client says to a raw transaction, and what we make of it."""

from __future__ import annotations

import pytest

from linkpool.chain.sending import ACCEPTED, SendOutcome, Sent, best, classify

KNOWN = SendOutcome.ALREADY_KNOWN
LOW = SendOutcome.NONCE_TOO_LOW
CHEAP = SendOutcome.UNDERPRICED
POOR = SendOutcome.INSUFFICIENT_FUNDS
FATAL = SendOutcome.FATAL
LATER = SendOutcome.UNAVAILABLE

GETH = [
    (-32000, "already known", KNOWN),
    (-32000, "nonce too low: next nonce 5, tx nonce 4", LOW),
    (-32000, "replacement transaction underpriced", CHEAP),
    (-32000, "transaction underpriced: gas tip cap 0, minimum needed 1", CHEAP),
    (-32000, "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1", CHEAP),
    (-32000, "insufficient funds for gas * price + value: balance 0, tx cost 21000", POOR),
    (-32000, "intrinsic gas too low: gas 20000, minimum needed 21000", FATAL),
    (-32000, "insufficient gas for floor data gas cost: gas 21000, minimum needed 25000", FATAL),
    (-32000, "exceeds block gas limit", FATAL),
    (-32000, "transaction gas limit too high (cap: 16777216, tx: 20000000)", FATAL),
    (-32000, "max initcode size exceeded: code size 50000, limit 49152", FATAL),
    (-32000, "oversized data: transaction size 200000, limit 131072", FATAL),
    (-32000, "invalid sender: invalid chain id for signer: have 1 want 31337", FATAL),
    (-32000, "max priority fee per gas higher than max fee per gas", FATAL),
    (-32000, "tx fee (10.00 ether) exceeds the configured cap (1.00 ether)", LATER),
    (-32000, "transaction type not supported", FATAL),
    (-32000, "only replay-protected (EIP-155) transactions allowed over RPC", FATAL),
    (-32000, "rlp: expected input list for types.DynamicFeeTx", FATAL),
    (-32602, "invalid argument 0: json: cannot unmarshal hex string of odd length", FATAL),
    (-32000, "txpool is full", LATER),
    (-32000, "in-flight transaction limit reached for delegated accounts", LATER),
    (-32000, "gapped-nonce tx from delegated accounts", LATER),
]
ANVIL = [
    (-32003, "transaction already imported", KNOWN),
    (-32003, "nonce too low", LOW),
    (-32003, "replacement transaction underpriced", CHEAP),
    (-32003, "max fee per gas less than block base fee", CHEAP),
    (-32003, "Insufficient funds for gas * price + value", POOR),
    (-32003, "intrinsic gas too low", FATAL),
    (-32602, "Failed to decode transaction", FATAL),
]
ERIGON = [
    (-32000, "existing tx with same hash", KNOWN),
    (-32000, "ALREADY_EXISTS: already known", KNOWN),
    (-32000, "nonce too low", LOW),
    (-32000, "underpriced", CHEAP),
    (-32000, "fee too low", CHEAP),
    (-32000, "could not replace existing tx", CHEAP),
    (-32000, "insufficient funds", POOR),
    (-32000, "IntrinsicGas", FATAL),
    (-32000, "RLPTooLong", FATAL),
    (-32000, "initcode too large", FATAL),
    (-32000, "pending sub-pool is full", LATER),
]
NETHERMIND = [
    (-32010, "AlreadyKnown", KNOWN),
    (-32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 4", LOW),
    (-32010, "FeeTooLow, FeePerGas needs to be higher than 7", CHEAP),
    (-32010, "FeeTooLowToCompete", CHEAP),
    (-32010, "ReplacementNotAllowed", CHEAP),
    (-32010, "InsufficientFunds, Account balance: 0, cumulative cost: 21000", POOR),
    (-32010, "GasLimitExceeded, Gas limit: 30000000, gas limit of rejected tx: 40000000", FATAL),
    (-32010, "SenderIsContract", FATAL),
    (-32010, "FailedToResolveSender", FATAL),
    (-32010, "InvalidTxType", FATAL),
    (-32010, "NonceGap, Future nonce. Expected nonce: 5", LATER),
    (-32010, "NonceTooFarInFuture", LATER),
]
BESU = [
    (-32000, "Known transaction", KNOWN),
    (-32001, "Nonce too low", LOW),
    (-32009, "Gas price too low", CHEAP),
    (-32009, "Gas price below configured minimum gas price", CHEAP),
    (-32000, "Replacement transaction underpriced", CHEAP),
    (-32004, "Upfront cost exceeds account balance", POOR),
    (-32003, "Intrinsic gas exceeds gas limit", FATAL),
    (-32005, "Transaction gas limit exceeds block gas limit", FATAL),
    (-32000, "Wrong chainId", FATAL),
    (-32002, "Invalid signature", FATAL),
    (-32007, "Sender account not authorized to send transactions", LATER),
    (-32000, "Transaction fee cap exceeded", LATER),
    (-32000, "Transaction nonce is too distant from current sender nonce", LATER),
]
PROVIDERS = [
    (429, "Your app has exceeded its capacity", LATER),
    (-32005, "daily request count exceeded, request rate limited", LATER),
    (-32603, "Internal error", LATER),
    (-32601, "the method eth_sendRawTransaction does not exist/is not available", LATER),
    (-32000, "execution reverted: storage: no such request", SendOutcome.REVERTED),
    (3, "something", SendOutcome.REVERTED),
    (-32000, "", SendOutcome.UNKNOWN),
    (0, "it did not work", SendOutcome.UNKNOWN),
]


@pytest.mark.parametrize(
    ("code", "message", "outcome"),
    [*GETH, *ANVIL, *ERIGON, *NETHERMIND, *BESU, *PROVIDERS],
)
def test_every_clients_words(code: int, message: str, outcome: SendOutcome) -> None:
    assert classify(message, code) == outcome


def test_of_several_outcomes_the_first_in_the_order_counts() -> None:
    known, low, later = Sent(KNOWN), Sent(LOW), Sent(LATER)
    assert best([later, low, ACCEPTED, known]) is ACCEPTED
    assert best([later, low, known]) is known
    assert best([later, Sent(FATAL), low]) is low
    assert best([later, Sent(SendOutcome.UNKNOWN)]).outcome == SendOutcome.UNKNOWN
    assert [one.known for one in (ACCEPTED, known, low, later)] == [True, True, False, False]
