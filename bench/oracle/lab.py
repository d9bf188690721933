# SPDX-License-Identifier: MIT
"""A chain with the suite, nodes, and a crowd that asks: all that a measured node needs.

What sets it up goes straight to the chain (anvil signs for its own accounts), so that a change of
the measured code changes nothing here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from eth_abi.abi import encode
from eth_account import Account
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector as selector
from eth_utils.address import to_checksum_address
from vyper import compile_code

from bench.oracle.rpc import Rpc
from bench.oracle.source import EXPECTED, TIMES
from linkpool.chain.anvil import Anvil
from linkpool.chain.codec import codec
from linkpool.cli import run
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.spec import template
from linkpool.units import link

FIRST_KEY: Final = 20
"""Development keys from here on are the nodes'."""

PAYMENT: Final = link("0.1")
BLOCK_GAS: Final = 60_000_000  # of a block on Ethereum
ASK_GAS: Final = 16_000_000
PER_CALL: Final = 100
"""Most requests in one transaction, so that it stays below ASK_GAS."""

FINALITY: Final = 12
GROUPS: Final = f"""
[transactions]
finality = {FINALITY}

[api]
port = 0
"""
"""What differs from the defaults: a transaction is final, and a run over, in seconds."""

_PHRASE: Final = "test test test test test test test test test test test junk"
_OWNER, _OPERATOR, _ASKER = range(3)
_ASK: Final = "ask((address,bytes32,uint256)[],uint256,bytes)"
_RICH: Final = hex(10**22)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node: its key's name, its address, its PoolStorage, its job."""

    key: str
    address: ChecksumAddress
    storage: ChecksumAddress
    job_id: str
    job: Path

    @property
    def spec_id(self) -> bytes:
        return self.job_id.replace("-", "").encode()


@cache
def dev(number: int) -> ChecksumAddress:
    """Address of a development key."""
    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic(_PHRASE, account_path=f"m/44'/60'/0'/0/{number}")
    address: ChecksumAddress = account.address
    return address


class Lab:
    """`with lab(folder) as made`: the chain mines at once until `blocks_every` is called."""

    def __init__(self, anvil: Anvil, folder: Path, *, database: str | None = None) -> None:
        self._database = database
        self.anvil = anvil
        self.folder = folder
        self.rpc = Rpc(anvil.url)
        self.nodes: list[Node] = []
        self.crowd = to_checksum_address("0x" + "00" * 20)
        self.settings = self.write_settings("linkpool", anvil.url)

    @property
    def database(self) -> str:
        """URL of the node's state database."""
        return self._database or f"sqlite:///{self.folder / 'state' / 'state.db'}"

    # ---- Setting up ----

    def write_settings(self, name: str, rpc: str, **more: str) -> Path:
        """A settings file with this lab's state, and `rpc` as the way to the chain."""
        keys = {
            "network": "local",
            "rpc": rpc,
            "state": str(self.folder / "state"),
            "deployments": str(self.folder / "deployments"),
            "wallets": str(self.folder / "wallets"),
            "database": self.database,
            **more,
        }
        path = self.folder / f"{name}.toml"
        path.write_text("".join(f'{key} = "{text}"\n' for key, text in keys.items()) + GROUPS)
        return path

    def linkpool(self, *arguments: str) -> str:
        """One command of the program, in this process; what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--settings", str(self.settings), *arguments])
        if code:
            raise RuntimeError(f"linkpool {' '.join(arguments)}: {err.getvalue().strip()}")
        return out.getvalue()

    def deploy(self) -> None:
        """The suite, the crowd, and LINK for it."""
        self.rpc("evm_setBlockGasLimit", hex(BLOCK_GAS))
        self.linkpool("deploy", "--wallet", f"dev:{_OWNER}", "--yes", "--json")
        place = self.contract("LinkToken")
        source = (Path(__file__).parent / "crowd.vy").read_text(encoding="utf-8")
        code = compile_code(source, output_formats=["bytecode"])["bytecode"]
        data = code + encode(["address", "uint256"], [place, EXPECTED]).hex()
        (made,) = self.rpc.mined([self.send(_ASKER, None, data)])
        self.crowd = to_checksum_address(made["contractAddress"])
        money = codec("LinkToken").encode("transfer", (self.crowd, link("1000000")))
        self.rpc.mined([self.send(_OWNER, place, "0x" + money.hex())])

    def contract(self, name: str) -> ChecksumAddress:
        """Where one of the suite's contracts is."""
        manifest = json.loads((self.folder / "state" / "local.json").read_text())
        return to_checksum_address(manifest["contracts"][name]["address"])

    def add_nodes(self, count: int) -> None:
        """Nodes with a job of their own each, until there are `count`."""
        fresh = [dev(FIRST_KEY + number) for number in range(len(self.nodes), count)]
        self.rpc.batch([("anvil_setBalance", [address, _RICH]) for address in fresh])
        pool, factory = self.contract("LinkPool"), self.contract("PoolStorageFactory")
        terms = [(node, dev(_OPERATOR), link("1000"), False) for node in fresh]
        calls = [codec("LinkPool").encode("createNode", one) for one in terms]
        self.rpc.mined([self.send(_OWNER, pool, "0x" + call.hex()) for call in calls])
        asked = [codec("PoolStorageFactory").encode("getStorageInstance", (one,)) for one in fresh]
        found = self.rpc.batch(
            [("eth_call", [{"to": factory, "data": "0x" + one.hex()}, "latest"]) for one in asked]
        )
        for address, word in zip(fresh, found, strict=True):
            self._add(address, to_checksum_address("0x" + word[-40:]))

    def _add(self, address: ChecksumAddress, storage: ChecksumAddress) -> None:
        number = len(self.nodes)
        job_id = str(uuid5(NAMESPACE_URL, storage))
        text = template("get-uint256-local").replace("YOUR_OPERATOR_CONTRACT_ADDRESS", storage)
        lines = [line for line in text.splitlines() if not line.startswith("externalJobID")]
        job = self.folder / f"job-{number}.toml"
        job.write_text(f'externalJobID = "{job_id}"\n' + "\n".join(lines) + "\n")
        key = f"dev:{FIRST_KEY + number}"
        self.nodes.append(Node(key=key, address=address, storage=storage, job_id=job_id, job=job))

    def blocks_every(self, seconds: int) -> None:
        """From now on blocks come by the clock; 0: with each transaction."""
        self.rpc("evm_setIntervalMining", seconds)
        self.rpc("evm_setAutomine", not seconds)

    def finalise(self) -> None:
        """Makes what is mined final."""
        self.rpc("anvil_mine", hex(FINALITY + 1))

    def send(self, sender: int, to: ChecksumAddress | None, data: str) -> str:
        """A transaction of one of anvil's own accounts; its hash."""
        request = {"from": dev(sender), "data": data, "gas": hex(ASK_GAS)}
        return str(self.rpc("eth_sendTransaction", request | ({"to": to} if to else {})))

    # ---- Asking ----

    def ask(self, source: str, counts: Sequence[int]) -> list[str]:
        """counts[i] requests to node i, at once; the transactions."""
        return [self.send(_ASKER, self.crowd, one) for one in self.asking(source, counts)]

    def asking(self, source: str, counts: Sequence[int]) -> Iterator[str]:
        """Calldata of the crowd, in as many transactions as fit."""
        fields = {"get": f"{source}/ETH/USD", "path": "ETH,USD", "times": TIMES}
        data = encode_request(fields)
        for orders in _portions(self.nodes, counts):
            arguments = encode(
                ["(address,bytes32,uint256)[]", "uint256", "bytes"], [orders, PAYMENT, data]
            )
            yield "0x" + (selector(_ASK) + arguments).hex()

    def asker(self) -> dict[str, str]:
        """Sender and receiver of what `asking` gives."""
        return {"from": dev(_ASKER), "to": self.crowd, "gas": hex(ASK_GAS)}

    def told(self, name: str) -> int:
        """`answered` or `wrong`, as the crowd counted."""
        request = {"to": self.crowd, "data": "0x" + selector(f"{name}()").hex()}
        return self.rpc.number("eth_call", request, "latest")


def _portions(nodes: Sequence[Node], counts: Sequence[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Orders of PER_CALL requests together at most."""
    orders: list[tuple[Any, ...]] = []
    room = PER_CALL
    for node, wanted in zip(nodes, counts, strict=False):
        left = wanted
        while left:
            part = min(left, room)
            orders.append((node.storage, node.spec_id, part))
            left, room = left - part, room - part
            if not room:
                yield orders
                orders, room = [], PER_CALL
    if orders:
        yield orders


@contextmanager
def lab(folder: Path, *, nodes: int = 1, database: str | None = None) -> Iterator[Lab]:
    """Everything but the node process and the data source. `database` None: SQLite."""
    folder.mkdir(parents=True, exist_ok=True)
    with Anvil.start() as anvil:
        made = Lab(anvil, folder, database=database)
        with made.rpc:
            made.deploy()
            made.add_nodes(nodes)
            yield made
