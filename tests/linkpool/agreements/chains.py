# SPDX-License-Identifier: MIT
"""A simulated chain with the agreements' contracts on it, as far as a bidder sees them: their state
belongs to a block and goes with it.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eth_abi.abi import decode, encode
from eth_typing import ChecksumAddress
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import to_checksum_address

from linkpool.agreements.book import Places
from linkpool.agreements.facts import Agreement, Deposit, Network, Node
from linkpool.agreements.reads import Member, Owned
from linkpool.chain.calls import Call
from linkpool.chain.codec import codec
from linkpool.chain.contracts.agreements import digest_of
from linkpool.chain.facts import AgreementTerms
from linkpool.chain.rpc import RpcRefused
from linkpool.chain.testing import SimulatedChain
from linkpool.chain.testing.answers import Block, known
from linkpool.chain.testing.signed import Transaction
from linkpool.errors import ChainUnavailable, TxReverted
from linkpool.units import link
from tests.linkpool.agreements.makers import (
    AGGREGATOR,
    BENEFICIARY,
    CONTRACT,
    NETWORK,
    PENALTIES,
    deposit,
    node,
)

PLACES = Places(agreements=CONTRACT, aggregator=AGGREGATOR, penalties=PENALTIES)


def written(contract: str, name: str, **fields: Any) -> tuple[list[bytes], bytes]:
    """Topics and data of an event."""
    known = codec(contract)
    [topic] = known.topics([name])
    inputs = known.events[topic]["inputs"]
    topics = [topic]
    plain: list[tuple[str, Any]] = []
    for one in inputs:
        kind = collapse_if_tuple(one)  # type: ignore[arg-type]
        if one["indexed"]:
            topics.append(encode([kind], [fields[one["name"]]]))
        else:
            plain.append((kind, fields[one["name"]]))
    return topics, encode([kind for kind, _ in plain], [value for _, value in plain])


def terms(one: Agreement) -> AgreementTerms:
    """As it was posted."""
    names = set(AgreementTerms.__slots__) - {"beneficiary"}
    return AgreementTerms(**{name: getattr(one, name) for name in names}, beneficiary=BENEFICIARY)


def created(one: Agreement) -> tuple[list[bytes], bytes]:
    """The log of its posting."""
    return written(
        "ServiceAgreements", "AgreementCreated",
        id=one.id, consumer=one.consumer, jobId=one.job, terms=terms(one).words,
    )  # fmt: skip


def digest(one: Agreement) -> bytes:
    """What a bid has to name."""
    return digest_of(one.consumer, terms(one))


@dataclass
class State:
    """Of the contracts at one block."""

    agreements: dict[int, Agreement] = field(default_factory=dict)
    stages: dict[int, str] = field(default_factory=dict)
    bids: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    reserved: dict[tuple[str, int], int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Transactions that were mined without effect."""


class AgreementsChain(SimulatedChain):
    """`post`, `others_bid`, `answer` happen in the next block."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.next: list[tuple[str, Any]] = []
        self.collateral = link("20")
        super().__init__()

    @property
    def state(self) -> State:
        return self.states[self.head.hash]

    def post(self, one: Agreement) -> None:
        self.next.append(("post", one))

    def others_bid(self, number: int, oracle: str) -> None:
        self.next.append(("bid", (number, oracle, 0)))

    def answer(self, number: int, oracle: str) -> None:
        self.next.append(("answer", (number, oracle)))

    def _block(self, parent: Block | None, taken: tuple[Transaction, ...]) -> Block:
        state = State() if parent is None else copy.deepcopy(self.states[parent.hash])
        number = 0 if parent is None else parent.number + 1
        time = 1_700_000_000 + 12 * number
        happens, self.next = self.next, []
        for kind, what in happens:
            getattr(self, f"_happens_{kind}")(state, what)
        for one in taken:
            if one.to == CONTRACT:
                try:
                    self.execute(state, one.data, time)
                except TxReverted:
                    state.refused.add(one.hash)
        made = super()._block(parent, taken)
        self.states[made.hash] = state
        return made

    def _eth_getTransactionReceipt(self, view: list[Block], tx: str) -> Any:
        found = super()._eth_getTransactionReceipt(view, tx)
        if found is not None and tx in self.states[found["blockHash"]].refused:
            return found | {"status": "0x0"}
        return found

    def _eth_call(self, view: list[Block], call: Mapping[str, str], tag: str) -> str:
        answer = super()._eth_call(view, call, tag)
        if call["to"].lower() == CONTRACT.lower():
            self.rehearse(bytes.fromhex(call["input"][2:]), known(view, tag))
        return answer

    def rehearse(self, data: bytes, at: Block) -> None:
        """TxReverted where the contract would refuse the call on top of the block."""
        kept, self._logs = self._logs, []
        try:
            self.execute(copy.deepcopy(self.states[at.hash]), data, at.timestamp)
        finally:
            self._logs = kept

    def _happens_post(self, state: State, one: Agreement) -> None:
        state.agreements[one.id], state.stages[one.id] = one, "open"
        state.bids[one.id] = []
        self.emit(CONTRACT, *created(one))

    def _happens_bid(self, state: State, what: tuple[int, str, int]) -> None:
        number, oracle, reference = what
        bids = state.bids[number]
        bids.append((oracle, reference))
        fields = {"reference": reference, "score": 0, "order": len(bids) - 1}
        self.emit(
            CONTRACT,
            *written("ServiceAgreements", "BidPlaced", id=number, oracle=oracle, **fields),
        )

    def _happens_answer(self, state: State, what: tuple[int, str]) -> None:
        number, oracle = what
        fields = {"id": number, "oracle": oracle, "answer": 7, "late": False}
        self.emit(AGGREGATOR, *written("Aggregator", "AnswerRecorded", **fields))

    def execute(self, state: State, data: bytes, time: int) -> None:
        """One call of ServiceAgreements; TxReverted where it refuses."""
        known = codec("ServiceAgreements")
        for name in ("bid", "start", "settle", "cancel"):
            entry = known.functions[name]
            kinds = [collapse_if_tuple(one) for one in entry["inputs"]]  # type: ignore[arg-type]
            if known.encode(name, _nothing(kinds))[:4] == data[:4]:
                getattr(self, f"_call_{name}")(state, time, *decode(kinds, data[4:]))
                return
        raise TxReverted("no such function")

    def _open(self, state: State, number: int) -> Agreement:
        if state.stages.get(number) != "open":
            raise TxReverted("agreements: not open")
        return state.agreements[number]

    def _call_bid(
        self, state: State, time: int, number: int, oracle: str, reference: int, named: bytes
    ) -> None:
        one = self._open(state, number)
        if named != digest(one):
            raise TxReverted("agreements: other terms")
        if time >= one.bid_deadline:
            raise TxReverted("agreements: bidding is over")
        oracle = _checksummed(oracle)
        if oracle in [other for other, _ in state.bids[number]]:
            raise TxReverted("agreements: already bid")
        key = (oracle, reference)
        reserved = state.reserved.get(key, 0) + one.penalty
        if reserved > self.collateral:
            raise TxReverted("penalties: penalty above the collateral")
        state.reserved[key] = reserved
        self._happens_bid(state, (number, oracle, reference))

    def _call_start(self, state: State, time: int, number: int, job: bytes, data: bytes) -> None:
        one = self._open(state, number)
        if (job, data) != (one.job, one.data):
            raise TxReverted("agreements: not what was posted")
        if time < one.bid_deadline or len(state.bids[number]) < one.oracles:
            raise TxReverted("agreements: bidding goes on")
        state.stages[number] = "started"
        chosen = [oracle for oracle, _ in state.bids[number][: one.oracles]]
        self.emit(
            CONTRACT,
            *written("ServiceAgreements", "AgreementStarted", id=number, oracles=chosen),
        )

    def _call_cancel(self, state: State, time: int, number: int) -> None:
        one = self._open(state, number)
        few = len(state.bids[number]) < one.oracles and time >= one.bid_deadline
        if not few and time <= one.answer_deadline - NETWORK.answer_time:
            raise TxReverted("agreements: can still be started")
        state.stages[number] = "cancelled"
        self._free(state, number)
        self.emit(
            CONTRACT, *written("ServiceAgreements", "AgreementCancelled", id=number, refund=0)
        )

    def _call_settle(self, state: State, time: int, number: int) -> None:
        if state.stages.get(number) != "started":
            raise TxReverted("agreements: not started")
        state.stages[number] = "settled"
        self._free(state, number)
        settled = {"known": True, "answer": 7, "answers": 3, "refund": 0, "slashed": 0}
        self.emit(CONTRACT, *written("ServiceAgreements", "AgreementSettled", id=number, **settled))

    def _free(self, state: State, number: int) -> None:
        for oracle, reference in state.bids[number]:
            if reference:
                state.reserved[oracle, reference] -= state.agreements[number].penalty


@dataclass
class FakeReads:
    """What a bidder asks, of that chain."""

    chain: AgreementsChain
    network_facts: Network = NETWORK
    enabled: bool = True
    rehearsals: int = 0
    refuses: set[bytes] = field(default_factory=set)
    """Calldata that no endpoint wants to try."""

    async def network(self) -> tuple[Places, Network]:
        self._reachable()
        return PLACES, self.network_facts

    async def nodes(self, owned: Sequence[Owned], *, block: int) -> list[Node]:
        self._reachable()
        state = self.chain.states[self.chain.blocks[block].hash]
        return [
            node(
                *(self._deposit(state, one.oracle, reference) for reference in one.references),
                oracle=one.oracle,
                account=one.account,
                enabled=self.enabled,
            )
            for one in owned
        ]

    def _deposit(self, state: State, oracle: str, reference: int) -> Deposit:
        there = deposit(reference, balance=self.chain.collateral)
        return replace(there, reserved=state.reserved.get((oracle, reference), 0))

    async def members(self, asked: Collection[Member], *, block: int) -> set[Member]:
        return set(asked)

    async def is_part(self, block: int, block_hash: str) -> bool:
        return self.chain.blocks[block].hash == block_hash

    async def limit(self, call: Call, *, sender: ChecksumAddress) -> int:
        self._reachable()
        self.rehearsals += 1
        if call.data in self.refuses:
            raise RpcRefused("takes too long", code=-32000)
        self.chain.rehearse(call.data, self.chain.head)
        return 200_000

    def _reachable(self) -> None:
        if not any(endpoint.up for endpoint in self.chain.endpoints):
            raise ChainUnavailable("no endpoint answers")


def _nothing(kinds: Sequence[str]) -> list[Any]:
    plain = {"uint256": 0, "address": "0x" + "00" * 20, "bytes32": b"\0" * 32, "bytes": b""}
    return [plain[kind] for kind in kinds]


def _checksummed(address: str) -> str:
    return to_checksum_address(address)
