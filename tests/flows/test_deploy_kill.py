# SPDX-License-Identifier: MIT
"""A deployment killed with SIGKILL goes on where it was: one set of contracts, no more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from linkpool.chain.accounts import KeySigner
from linkpool.chain.addresses import created_address
from linkpool.chain.connection import Connection
from linkpool.deployment import Manifest
from tests.flows.processes import PATIENCE
from tests.flows.program import DEV, Program

STEPS = 19
DEPLOYER: KeySigner = DEV[0]
FORK = multiprocessing.get_context("fork")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deploy_and_die(program: Program, sends: int, moment: str) -> None:
    """In a child process: SIGKILL around broadcast number `sends` of this run."""
    broadcast, save = Connection.send_raw, Manifest.save
    count = 0

    async def send_raw(self: Connection, raw: bytes) -> str:
        nonlocal count
        count += 1
        if count == sends and moment == "signed, not sent":
            die()
        tx = await broadcast(self, raw)
        if count == sends and moment == "sent, not seen mined":
            die()
        return tx

    def save_or_die(self: Manifest, path: Any) -> None:
        if self.pending is not None and count == sends - 1 and moment == "nothing written":
            die()
        save(self, path)
        if self.pending is None and count == sends and moment == "written as done":
            die()

    Connection.send_raw = send_raw  # type: ignore[method-assign]
    Manifest.save = save_or_die  # type: ignore[method-assign]
    program("deploy", "--yes")


def run_and_die(program: Program, sends: int, moment: str) -> bool:
    """Whether the child was killed; it may also have come to the end before."""
    child = FORK.Process(target=deploy_and_die, args=(program, sends, moment))
    child.start()
    child.join(PATIENCE)
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


def require_one_set(program: Program, *, others: int = 0) -> None:
    """Every transaction of the deployer is in the manifest, every contract he made too."""
    manifest = Manifest.load(program.manifest())
    assert manifest.pending is None

    async def made(connection: Connection) -> tuple[int, set[str]]:
        sent = await connection.nonce(DEPLOYER.address)
        places = [created_address(DEPLOYER.address, number) for number in range(sent)]
        return sent, {place for place in places if await connection.code(place)}

    sent, places = program.ask(made)
    assert sent == STEPS + others
    parts = {manifest.address(name) for name in ("Penalties", "Aggregator")}
    assert places | parts == {one.address for one in manifest.contracts.values()}
    assert program("deploy", "--check").code == 0


@pytest.mark.parametrize(
    "moment", ["nothing written", "signed, not sent", "sent, not seen mined", "written as done"]
)
def test_killed_at_every_step_in_turn(bare: Program, moment: str) -> None:
    """Every run dies at the same moment of its second step, until one has nothing left to do."""
    kills = 0
    while run_and_die(bare, 2, moment):
        kills += 1
    assert kills >= STEPS // 2
    require_one_set(bare)


def test_killed_by_somebody_else_in_a_process_of_its_own(bare: Program) -> None:
    """kill -9 from outside, whenever it happens to hit, later and later."""
    command = [sys.executable, "-m", "linkpool", "--settings", str(bare.settings)]
    hits = 0
    for contracts in (2, 7):
        with subprocess.Popen([*command, "deploy", "--yes"], stderr=subprocess.DEVNULL) as child:
            while child.poll() is None:
                if bare.manifest().exists():
                    manifest = Manifest.load(bare.manifest())
                    if len(manifest.contracts) >= contracts:
                        child.kill()
                        hits += 1
                        break
                time.sleep(0.002)
    assert hits
    bare.sign("deploy")
    require_one_set(bare)


def test_a_transaction_that_the_mempool_forgot_is_sent_again(bare: Program) -> None:
    bare.anvil.rpc("evm_setAutomine", False)
    assert run_and_die(bare, 1, "sent, not seen mined")
    waiting = Manifest.load(bare.manifest()).pending
    assert waiting is not None
    bare.anvil.rpc("anvil_dropAllTransactions")
    bare.anvil.rpc("evm_setAutomine", True)
    bare.sign("deploy")
    assert Manifest.load(bare.manifest()).contracts["LinkToken"].tx == waiting.txs[0]
    require_one_set(bare)


def test_a_transaction_too_cheap_by_now_is_replaced_under_its_nonce(bare: Program) -> None:
    bare.anvil.rpc("evm_setAutomine", False)
    assert run_and_die(bare, 1, "sent, not seen mined")
    waiting = Manifest.load(bare.manifest()).pending
    assert waiting is not None
    bare.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(waiting.ceiling * 3))
    bare.anvil.rpc("evm_mine")
    bare.anvil.rpc("evm_setAutomine", True)
    bare.sign("deploy")
    assert Manifest.load(bare.manifest()).contracts["LinkToken"].tx != waiting.txs[0]
    require_one_set(bare)


def test_a_nonce_used_by_another_transaction_costs_nothing_but_the_nonce(bare: Program) -> None:
    assert run_and_die(bare, 1, "signed, not sent")
    bare.anvil.rpc(
        "eth_sendTransaction", {"from": DEPLOYER.address, "to": DEV[1].address, "value": "0x1"}
    )
    bare.sign("deploy")
    require_one_set(bare, others=1)
