# SPDX-License-Identifier: MIT
"""docs/howto/from-chainlink.md is true. An Operator and its Chainlink node are played here: the
contract is Chainlink's own, the node answers as one does.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address

from bench.oracle.count import REQUESTED
from bench.oracle.lab import dev
from bench.oracle.rpc import Rpc
from bench.solidity import operator
from linkpool.chain.anvil import free_port
from linkpool.chain.codec import Codec, codec
from linkpool.chain.wire import log as read_log
from linkpool.oracle.spec import template
from tests.flows.howto import ROOT, blocks, reader
from tests.flows.processes import process
from tests.linkpool.oracle.chainlink.stub import Stub, direct_request, other, stub

PAGE = ROOT / "docs" / "howto" / "from-chainlink.md"
OLD_KEY = 8
ANSWER = 241_207


class OldNode:
    """Answers what is asked at its Operator, as long as it runs."""

    def __init__(self, url: str, link: str) -> None:
        self._url = url
        self._codec = Codec("Operator", operator().abi)
        self._stop = threading.Event()
        with Rpc(url) as rpc:
            creation = operator().creation(link, dev(OLD_KEY)).data
            (made,) = rpc.mined([self._send(rpc, None, creation)])
            self.address = to_checksum_address(made["contractAddress"])
            allow = self._codec.encode("setAuthorizedSenders", ([dev(OLD_KEY)],))
            rpc.mined([self._send(rpc, self.address, allow)])
            self._next = rpc.head()

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _run(self) -> None:
        with Rpc(self._url) as rpc:
            while not self._stop.wait(0.2):
                self._look(rpc)

    def _look(self, rpc: Rpc) -> None:
        head = rpc.head()
        if head < self._next:
            return
        wanted = {"address": self.address, "fromBlock": hex(self._next), "toBlock": hex(head)}
        for entry in rpc("eth_getLogs", wanted | {"topics": ["0x" + REQUESTED.hex()]}):
            event = codec("PoolStorage").event(read_log(entry))
            assert event is not None
            self._answer(rpc, event.fields)
        self._next = head + 1

    def _answer(self, rpc: Rpc, asked: dict[str, Any]) -> None:
        names = ("requestId", "payment", "callbackAddr", "callbackFunctionId", "cancelExpiration")
        data = encode(["bytes32", "uint256"], [asked["requestId"], ANSWER])
        terms = [asked[name] for name in names]
        call = self._codec.encode("fulfillOracleRequest2", (*terms, data))
        rpc.mined([self._send(rpc, self.address, call)])

    def _send(self, rpc: Rpc, to: str | None, data: bytes) -> str:
        request = {"from": dev(OLD_KEY), "data": "0x" + data.hex(), "gas": hex(5_000_000)}
        return str(rpc("eth_sendTransaction", request | ({"to": to} if to else {})))


@contextmanager
def data(folder: Path) -> Iterator[int]:
    """The file of the other page, served."""
    (folder / "price.json").write_text('{"data": {"price": 2412.07}}')
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    quiet = subprocess.DEVNULL
    served = subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet)
    try:
        yield port
    finally:
        served.terminate()
        served.wait()


def jobs_of(old: Stub, contract: str) -> None:
    """One direct request at that Operator, and a job of another kind."""
    text = template("get-uint256-local").replace("YOUR_OPERATOR_CONTRACT_ADDRESS", contract)
    source = text.split('observationSource = """')[1].split('"""')[0].replace('\\\\"', '\\"')
    served = direct_request(
        1, contract=contract, pipelineSpec={"id": 1, "jobID": 1, "dotDagSource": source}
    )
    served["attributes"]["directRequestSpec"] |= {"minIncomingConfirmations": 1}
    old.jobs = [served, other(2, "offchainreporting2")]
    old.bridges = []


def test_everything_moves_as_the_page_says(tmp_path: Path) -> None:
    every = blocks(PAGE)
    assert [block.kind for block in every].count("sh until") == 2
    with (
        process("up", "--port", "0", "--json", "--every", "2", folder=tmp_path) as up,
        stub() as old,
        data(tmp_path) as port,
    ):
        view = next(view for view in up.views() if len(view["nodes"]) == 3)
        link = (tmp_path / ".linkpool" / "local.json").read_text().split('"LinkToken"')[1]
        node = OldNode(view["rpc"], to_checksum_address("0x" + link.split("0x")[1][:40]))
        jobs_of(old, node.address)
        changes = {
            "http://localhost:6688": old.url,
            "0xYourOperator": node.address,
            ":8080": f":{port}",
            "--times 100": f"--times 100 --rpc {view['rpc']}",
        }
        more = {"LINKPOOL_RPC": view["rpc"], "LINKPOOL_API_PORT": "0"}
        with node.running(), reader(tmp_path, **more) as typing:
            for block in every:
                typing.type(block, changes)
