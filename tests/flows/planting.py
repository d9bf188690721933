# SPDX-License-Identifier: MIT
"""Deviations planted in a deployment: code and storage as no transaction could make them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from eth_typing import ChecksumAddress

from linkpool.audit.release import released
from linkpool.chain.codec import codec
from linkpool.deployment import Manifest
from tests.flows.program import Program, Result
from tests.serving import Handler, server, serving

Answer = Callable[[str, list[Any], Any], Any]
"""Method, parameters and the true result -> what is answered."""


@dataclass(frozen=True)
class Plant:
    """A chain that does what it is told."""

    program: Program

    def place(self, name: str) -> ChecksumAddress:
        return Manifest.load(self.program.manifest()).address(name)

    def code(self, place: str) -> bytes:
        return bytes.fromhex(self.program.anvil.rpc("eth_getCode", place, "latest")[2:])

    def put(self, place: str, code: bytes) -> None:
        self.program.anvil.rpc("anvil_setCode", place, "0x" + code.hex())
        self.program.anvil.rpc("evm_mine")

    def reword(self, place: str) -> None:
        """Its code with one letter of one reason changed: it answers as before."""
        code = self.code(place)
        at = re.search(rb"[a-z]+: [a-z]", code)
        assert at is not None
        self.put(place, code[: at.start()] + b"X" + code[at.start() + 1 :])

    def immutable(self, name: str, place: str, immutable: str, value: int) -> None:
        build = released(name)
        assert build is not None
        at = build.size + build.immutables[immutable]
        code = self.code(place)
        self.put(place, code[:at] + value.to_bytes(32) + code[at + 32 :])

    def word(
        self,
        view: tuple[str, str, str, tuple[Any, ...]],
        change: Callable[[int], int],
        *,
        of: str | None = None,
        number: int = -1,
    ) -> None:
        """Change a word of storage that a view (contract, place, function, arguments) reads: of its
        own or another contract, the `number`-th that it touches there.
        """
        contract, place, function, arguments = view
        data = "0x" + codec(contract).encode(function, arguments).hex()
        rpc = self.program.anvil.rpc
        touched = rpc("eth_createAccessList", {"to": place, "input": data}, "latest")["accessList"]
        holder = of or place
        slots = next(one for one in touched if one["address"] == holder.lower())["storageKeys"]
        slot = slots[number]
        old = int(rpc("eth_getStorageAt", holder, slot, "latest"), 16)
        new = "0x" + change(old).to_bytes(32).hex()
        rpc("anvil_setStorageAt", holder, slot, new)
        rpc("evm_mine")


def audit(program: Program, *more: str) -> Result:
    return program("audit", "--rpc", program.anvil.url, "--json", *more)


def deviations(result: Result) -> set[tuple[str, str]]:
    """Check and subject of everything that deviates, with the exit code that belongs to it."""
    report = json.loads(result.out)
    found = {
        (one["check"], one["what"]) for one in report["findings"] if one["verdict"] == "DEVIATES"
    }
    assert result.code == (9 if found else 0), result.err
    assert report["verdict"] == ("DEVIATES" if found else "ok")
    return found


@contextmanager
def liar(url: str, answer: Answer) -> Iterator[str]:
    """A JSON-RPC server on the loopback that passes on what `answer` makes of the truth; its
    address.
    """

    class Liar(Handler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.body())
            told = behind.post(url, json=asked).json()
            if isinstance(asked, list):
                true = {one["id"]: one for one in told}
                said: Any = [_changed(one, true[one["id"]], answer) for one in asked]
            else:
                said = _changed(asked, told, answer)
            self.say(json.dumps(said).encode(), content_type="application/json")

    behind = httpx.Client(timeout=30, trust_env=False)
    with behind, serving(server(Liar)) as place:
        yield place


def _changed(asked: dict[str, Any], told: dict[str, Any], answer: Answer) -> dict[str, Any]:
    if "result" not in told:
        return told
    return told | {"result": answer(asked["method"], asked["params"], told["result"])}
