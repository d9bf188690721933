# SPDX-License-Identifier: MIT
"""The local chain's process: its state survives a stop and a kill, it never outlives its parent."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from linkpool.chain.anvil import Anvil, free_port
from linkpool.errors import PortInUse, UsageError
from tests.flows.processes import PATIENCE
from tests.flows.program import DEV


def balance(chain: Anvil) -> int:
    return int(chain.rpc("eth_getBalance", DEV[0].address, "latest"), 16)


def gone(pid: int, seconds: float = PATIENCE) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def beginning(chain: Anvil) -> str:
    return str(chain.rpc("eth_getBlockByNumber", "0x0", False)["hash"])


def now(chain: Anvil) -> int:
    """The chain's clock, by a new block."""
    chain.rpc("evm_mine")
    return int(chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def test_a_chain_may_begin_in_the_past_and_its_next_start_is_in_the_present(
    tmp_path: Path,
) -> None:
    state, hour = tmp_path / "state.json", 3_600
    with Anvil.start(state=state, begun=int(time.time()) - 2 * hour) as chain:
        assert now(chain) < time.time() - hour
        first = beginning(chain)
        chain.advance(hour)
        assert time.time() - 2 * hour < now(chain) < time.time()
    with Anvil.start(state=state) as chain:
        assert now(chain) > time.time() - hour / 2
        assert beginning(chain) == first


@pytest.mark.parametrize("later_first", [True, False])
def test_the_chain_keeps_its_first_beginning(tmp_path: Path, later_first: bool) -> None:
    """Anvil writes a block 0 for every start, in any order, and would take any of them."""
    state = tmp_path / "state.json"
    with Anvil.start(state=state) as chain:
        chain.rpc("evm_mine")
        first = beginning(chain)
    content = json.loads(state.read_text())
    (old,) = (b for b in content["blocks"] if int(b["header"]["number"], 16) == 0)
    later = copy.deepcopy(old)
    later["header"]["timestamp"] = hex(int(old["header"]["timestamp"], 16) + 60)
    rest = [b for b in content["blocks"] if b is not old]
    content["blocks"] = ([later, old] if later_first else [old, later]) + rest
    state.write_text(json.dumps(content))
    with Anvil.start(state=state) as chain:
        assert beginning(chain) == first
        assert chain.rpc("eth_blockNumber") == "0x1"


def test_a_state_file_without_a_chain_is_as_good_as_none(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("{}")
    with Anvil.start(state=state) as chain:
        assert chain.rpc("eth_blockNumber") == "0x0"


def test_state_survives_a_stop(tmp_path: Path) -> None:
    state = tmp_path / "chain" / "state.json"
    with Anvil.start(state=state) as chain:
        chain.rpc("anvil_setBalance", DEV[0].address, "0x7")
        chain.rpc("evm_mine")
        genesis = chain.rpc("eth_getBlockByNumber", "0x0", False)["hash"]
    with Anvil.start(state=state) as again:
        assert balance(again) == 7
        assert again.rpc("eth_blockNumber") == "0x1"
        assert again.rpc("eth_getBlockByNumber", "0x0", False)["hash"] == genesis


def _halt_between_two_writings(chain: Anvil, state: Path) -> None:
    """The process is stopped where its state on disk is whole and has the balance of 7 wei."""
    end = time.monotonic() + PATIENCE
    while True:
        os.kill(chain.pid, signal.SIGSTOP)
        with contextlib.suppress(OSError, ValueError):
            accounts = json.loads(state.read_bytes())["accounts"]
            if int(accounts[DEV[0].address.lower()]["balance"], 16) == 7:
                return
        os.kill(chain.pid, signal.SIGCONT)
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_kill_loses_no_more_than_the_interval(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    chain = Anvil.start(state=state, state_seconds=1)
    chain.rpc("anvil_setBalance", DEV[0].address, "0x7")
    _halt_between_two_writings(chain, state)
    chain.kill()
    assert not chain.alive()
    with Anvil.start(state=state) as again:
        assert balance(again) == 7


def test_a_state_cut_off_in_the_middle_falls_back_to_the_last_good_one(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with Anvil.start(state=state) as chain:
        chain.rpc("anvil_setBalance", DEV[0].address, "0x7")
    with Anvil.start(state=state):
        pass
    state.write_bytes(state.read_bytes()[:1000])
    with Anvil.start(state=state) as again:
        assert balance(again) == 7


def test_a_state_that_never_was_good_starts_afresh(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("{")
    with Anvil.start(state=state) as chain:
        assert balance(chain) == 10_000 * 10**18


def test_a_second_chain_on_the_same_state_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linkpool.chain.anvil._STOP_SECONDS", 0.4)
    state = tmp_path / "state.json"
    with Anvil.start(state=state), pytest.raises(PortInUse, match="another local chain is using"):
        Anvil.start(state=state)


def test_a_state_that_cannot_be_copied_is_not_held_on_to(tmp_path: Path) -> None:
    state = tmp_path / "anvil.json"
    with Anvil.start(state=state) as chain:
        chain.rpc("anvil_mine", "0x3")
    copy = tmp_path / "anvil.last-good.json"
    copy.unlink(missing_ok=True)
    copy.mkdir()
    with pytest.raises(IsADirectoryError):
        Anvil.start(state=state)
    copy.rmdir()
    with Anvil.start(state=state) as chain:
        assert int(chain.rpc("eth_blockNumber"), 16) == 3


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} is in use"):
            Anvil.start(port=port)


def test_it_listens_where_it_was_told_with_the_chain_id_it_was_told() -> None:
    port = free_port()
    with Anvil.start(port=port, chain_id=5) as chain:
        assert chain.url == f"http://127.0.0.1:{port}"
        assert chain.rpc("eth_chainId") == "0x5"
        with pytest.raises(UsageError, match="no_such_method"):
            chain.rpc("no_such_method")
    chain.stop()
    assert not chain.alive()


def test_time_passes_on_request() -> None:
    with Anvil.start() as chain:
        before = int(chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        chain.advance(86_400)
        after = int(chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        assert after - before >= 86_400


def test_a_chain_with_a_time_of_its_own_knows_no_clock() -> None:
    with Anvil.start(tick=1) as chain:
        before = now(chain)
        time.sleep(1.1)  # of the machine's
        assert now(chain) == before + 1
        chain.advance(60)
        assert now(chain) == before + 1 + 60 + 1


def test_it_dies_with_its_parent_and_keeps_its_state(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    program = (
        "import time; from pathlib import Path; from linkpool.chain.anvil import Anvil\n"
        f"chain = Anvil.start(state=Path({str(state)!r}), state_seconds=600)\n"
        f"chain.rpc('anvil_setBalance', {DEV[0].address!r}, '0x7')\n"
        "print(chain.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert gone(child)
    with Anvil.start(state=state) as again:
        assert balance(again) == 7
