# SPDX-License-Identifier: MIT
"""anvil under the test's control: it says when a block is made, at which second, and what is in it.

Transactions are signed here, by keys that are made from names. Addresses are lower-case.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from coincurve import PrivateKey
from eth_utils.crypto import keccak

from linkpool.chain.anvil import Anvil
from linkpool.chain.artefacts import artefact
from linkpool.chain.envelope import Envelope
from tests.contracts.stateful.world import ERROR_STRING, Interface, Log, decode

GWEI = 10**9
# More than any transaction here needs; `start` has to find the gas of every call that it caps.
GAS = 3_000_000
ANY = "*"


class Person:
    """Somebody with a key."""

    def __init__(self, name: str, key: bytes) -> None:
        self.name = name
        self._key = PrivateKey(key)
        public = self._key.public_key.format(compressed=False)[1:]
        self.address = "0x" + keccak(public)[-20:].hex()
        self.nonce = 0

    def sign(self, envelope: Envelope) -> bytes:
        signature = self._key.sign_recoverable(envelope.digest, hasher=None)
        r, s = (int.from_bytes(signature[i : i + 32], "big") for i in (0, 32))
        return envelope.signed(signature[64], r, s)

    def __repr__(self) -> str:
        return self.name


def person(name: str) -> Person:
    """The same key for the same name, in every run."""
    return Person(name, keccak(text=f"flow.{name}"))


@cache
def interface(name: str) -> Interface:
    return Interface(artefact(name).abi)


@dataclass(frozen=True)
class Contract:
    """Something at an address."""

    chain: Chain
    address: str
    interface: Interface

    def encode(self, name: str, *args: Any) -> bytes:
        return self.interface.encode(name, *args)

    def read(self, name: str, *args: Any) -> Any:
        """What a view says now; several values as a tuple."""
        return self.chain.read([View(self, name, args)])[0]


@dataclass(frozen=True)
class View:
    """A question to a contract."""

    contract: Contract
    name: str
    args: tuple[Any, ...] = ()

    @property
    def call(self) -> dict[str, str]:
        data = self.contract.encode(self.name, *self.args)
        return {"to": self.contract.address, "data": "0x" + data.hex()}

    def told(self, answer: str) -> Any:
        kinds = self.contract.interface.functions[self.name].outputs
        values = decode(kinds, bytes.fromhex(answer[2:]))
        return values[0] if len(kinds) == 1 else values


@dataclass(frozen=True, kw_only=True)
class Mined:
    """What became of a transaction."""

    deed: Deed
    ok: bool
    reason: str
    logs: tuple[Log, ...]
    time: int
    block: int
    made: str


def _welcome(_now: int) -> str:
    return ""


def _nothing(_mined: Mined) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Deed:
    """A transaction to come. `refusal` says, in the order of the block, why it has to be refused;
    "" where it has to succeed, ANY where the reason is not ours to say.
    """

    by: Person
    to: str
    data: bytes
    gas: int = GAS
    refusal: Callable[[int], str] = _welcome
    done: Callable[[Mined], None] = _nothing
    facts: dict[str, Any] = field(default_factory=dict)


class Chain:
    """One anvil; nothing is mined but by `mine`."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        self._http = http.client.HTTPConnection("127.0.0.1", anvil.port, timeout=60)
        self.rpc("evm_setAutomine", False)
        self.rpc("evm_setBlockGasLimit", hex(10**9))
        self.time = int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        self.mined = 0

    def rpc(self, method: str, *params: Any) -> Any:
        return self._ask([(method, params)])[0]

    def _ask(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in enumerate(calls)
        ]
        headers = {"Content-Type": "application/json"}
        self._http.request("POST", "/", json.dumps(body), headers)
        answers = json.loads(self._http.getresponse().read())
        for answer in answers:
            if "error" in answer:
                raise RuntimeError(f"{calls[answer['id']][0]}: {answer['error']}")
        return [answer["result"] for answer in sorted(answers, key=lambda one: one["id"])]

    def at(self, address: str, name: str) -> Contract:
        return Contract(self, address.lower(), interface(name))

    def read(self, views: Sequence[View]) -> list[Any]:
        """What all of them say now, asked at once."""
        answers = self._ask([("eth_call", [view.call, "latest"]) for view in views])
        return [view.told(answer) for view, answer in zip(views, answers, strict=True)]

    def fund(self, somebody: Person) -> None:
        """ETH for gas."""
        self.rpc("anvil_setBalance", somebody.address, hex(10**24))

    def mine(self, time: int, deeds: Sequence[Deed]) -> list[Mined]:
        """One block at that second with these transactions, in the order they are mined in."""
        assert time > self.time, f"{time} is not after {self.time}"
        self.time = time
        raws = [self._signed(deed) for deed in deeds]
        hashes = self._ask([("eth_sendRawTransaction", ["0x" + raw.hex()]) for raw in raws])
        waiting = dict(zip(hashes, deeds, strict=True))
        self.rpc("evm_mine", {"timestamp": time})
        receipts = self.rpc("eth_getBlockReceipts", "latest")
        assert len(receipts) == len(deeds), f"{len(receipts)} of {len(deeds)} were mined"
        self.mined += len(deeds)
        return [self._mined(one, waiting[one["transactionHash"]]) for one in receipts]

    def create(self, by: Person, code: bytes) -> str:
        """A contract's address."""
        (mined,) = self.mine(self.time + 1, [Deed(by=by, to="0x", data=code, gas=2 * 10**7)])
        assert mined.ok, f"no contract was made: {mined.reason}"
        return mined.made

    def do(self, by: Person, to: Contract, name: str, *args: Any) -> None:
        """One transaction in a block of its own, that has to succeed."""
        (found,) = self.mine(
            self.time + 1, [Deed(by=by, to=to.address, data=to.encode(name, *args))]
        )
        assert found.ok, f"{name}: {found.reason}"

    def _signed(self, deed: Deed) -> bytes:
        envelope = Envelope(
            chain_id=self.anvil.chain_id,
            nonce=deed.by.nonce,
            tip=GWEI,
            ceiling=1_000 * GWEI,
            gas=deed.gas,
            to=bytes.fromhex(deed.to[2:]),
            value=0,
            data=deed.data,
        )
        deed.by.nonce += 1
        return deed.by.sign(envelope)

    def _mined(self, receipt: dict[str, Any], deed: Deed) -> Mined:
        ok = int(receipt["status"], 16) == 1
        return Mined(
            deed=deed,
            ok=ok,
            reason="" if ok else self._reason(receipt["transactionHash"]),
            logs=tuple(
                Log(
                    one["address"].lower(),
                    tuple(bytes.fromhex(topic[2:]) for topic in one["topics"]),
                    bytes.fromhex(one["data"][2:]),
                )
                for one in receipt["logs"]
            ),
            time=self.time,
            block=int(receipt["blockNumber"], 16),
            made=receipt["contractAddress"] or "",
        )

    def _reason(self, transaction: str) -> str:
        found = self.rpc("debug_traceTransaction", transaction, {"tracer": "callTracer"})
        output = bytes.fromhex(found.get("output", "0x")[2:])
        if output[:4] != ERROR_STRING:
            return "no reason"
        return str(decode(["string"], output[4:])[0])
