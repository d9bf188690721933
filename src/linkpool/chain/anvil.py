# SPDX-License-Identifier: MIT
"""The local chain: one anvil process on the loopback, its state kept in a file.

It dies with its parent (on Linux the kernel sends it SIGTERM, at which it writes its state), and a
lock that it inherits keeps a second one away from the same state.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import httpx

from linkpool.chain import packages
from linkpool.chain.connection import LOCAL_CHAIN_ID
from linkpool.errors import ChainUnavailable, PortInUse, UsageError

_HOST = "127.0.0.1"
_FIXED = ("--hardfork", "prague", "--enable-tx-gas-limit", "--prune-history", "256")
_START_SECONDS = 20.0
_STOP_SECONDS = 20.0


class Anvil:
    """Start with `Anvil.start(…)`, stop with `stop()` or `with`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, chain_id: int) -> None:
        self._process = process
        self.port = port
        self.chain_id = chain_id
        self.url = f"http://{_HOST}:{port}"

    @classmethod
    def start(
        cls,
        *,
        port: int = 0,
        chain_id: int = LOCAL_CHAIN_ID,
        state: Path | None = None,
        state_seconds: int = 5,
        block_seconds: float | None = None,
        begun: int | None = None,
        tick: int | None = None,
        log: Path | None = None,
    ) -> Self:
        """A running chain that answers. Port 0 takes a free one; `state` survives a restart;
        `begun` (unix seconds, now where it is None) is the time of a new chain's first block.
        With `tick` its time is its own: each block is so many seconds later than the one before.
        """
        binary = packages.anvil_binary()
        chosen = _port(port)
        options = ["--host", _HOST, "--port", str(chosen), "--chain-id", str(chain_id), *_FIXED]
        if block_seconds is not None:
            options += ["--block-time", str(block_seconds)]
        if begun is not None:
            options += ["--timestamp", str(begun)]
        with ExitStack() as held:
            kept: tuple[int, ...] = ()
            if state is not None:
                lock = _lock(state)
                held.callback(os.close, lock)
                kept = (lock,)
                _keep_readable(state)
                options += ["--state", str(state), "--state-interval", str(state_seconds)]
            process = _spawn([str(binary), *options], log=log, keep=kept)
        chain = cls(process, chosen, chain_id)
        try:
            chain._await_answer()
            if tick is not None:
                chain.rpc("anvil_setBlockTimestampInterval", tick)
        except BaseException:
            chain.stop()
            raise
        return chain

    @property
    def pid(self) -> int:
        return self._process.pid

    def rpc(self, method: str, *params: Any) -> Any:
        """A request of the `anvil_…` or `evm_…` kind; for tests and demonstrations."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        try:
            answer = httpx.post(self.url, json=body, timeout=30, trust_env=False).json()
        except (httpx.HTTPError, ValueError) as error:
            raise ChainUnavailable(f"the local chain on port {self.port} is gone") from error
        if "error" in answer:
            raise UsageError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def advance(self, seconds: int) -> None:
        """Make a block that is so many seconds later than the newest one."""
        newest = self.rpc("eth_getBlockByNumber", "latest", False)
        self.rpc("evm_setNextBlockTimestamp", int(newest["timestamp"], 16) + seconds)
        self.rpc("evm_mine")

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """SIGTERM, at which it writes its state; SIGKILL where that is no help. Twice is fine."""
        if self.alive():
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        """SIGKILL: what a power cut does to it."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _await_answer(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if not self.alive():
                # A port can be taken between our look and anvil's.
                raise PortInUse(
                    f"the local chain ended at once: is port {self.port} in use? "
                    "Stop what uses it or choose another --port"
                )
            try:
                self.rpc("eth_chainId")
                return
            except ChainUnavailable:
                time.sleep(0.02)
        raise ChainUnavailable(f"the local chain does not answer on port {self.port}")


def dying_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For Popen's `preexec_fn`: the kernel sends the child this signal when the process that calls
    here ends, however that comes. On Linux; elsewhere nothing is done.
    """
    parent = os.getpid()

    def prepare() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, number)  # PR_SET_PDEATHSIG
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _port(port: int) -> int:
    if port == 0:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            raise PortInUse(
                f"port {port} is in use: stop what uses it or choose another --port"
            ) from None
    return port


def _lock(state: Path) -> int:
    """An exclusive lock on the state, waited for while an orphan writes its last."""
    state.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(state.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + _STOP_SECONDS / 2
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(handle)
                raise PortInUse(
                    f"another local chain is using {state}: stop it first (Ctrl-C where it runs)"
                ) from None
            time.sleep(0.1)


def _keep_readable(state: Path) -> None:
    """Anvil writes in place: after a power cut in mid-write the last good copy is taken."""
    copy = state.with_suffix(".last-good.json")
    content = _content(state)
    if content is not None:
        if _forget_later_beginnings(content):
            _write(state, content)
        shutil.copyfile(state, copy)
    elif copy.exists():
        shutil.copyfile(copy, state)
    else:
        state.unlink(missing_ok=True)


def _forget_later_beginnings(content: dict[str, Any]) -> bool:
    """Anvil makes a block 0 at every start, keeps them all, and takes any of them at the next."""
    blocks = content.get("blocks", [])
    begun = [block for block in blocks if _header_number(block, "number") == 0]
    if len(begun) < 2:
        return False
    first = min(begun, key=lambda block: _header_number(block, "timestamp"))
    content["blocks"] = [
        block for block in blocks if block is first or _header_number(block, "number") != 0
    ]
    return True


def _header_number(block: dict[str, Any], name: str) -> int:
    number = block["header"][name]
    return int(number, 16) if isinstance(number, str) else int(number)


def _content(state: Path) -> dict[str, Any] | None:
    """What anvil wrote; nothing where it is not whole."""
    try:
        content = json.loads(state.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and content.get("blocks") else None


def _write(state: Path, content: dict[str, Any]) -> None:
    new = state.with_suffix(".new")
    new.write_text(json.dumps(content, separators=(",", ":")))
    new.replace(state)


def _spawn(command: list[str], *, log: Path | None, keep: Sequence[int]) -> subprocess.Popen[bytes]:
    """In its own session, so that Ctrl-C reaches us only and we stop it in order. It inherits the
    open files to `keep`.
    """
    output = open(log, "ab") if log is not None else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep,
            preexec_fn=dying_with_parent(signal.SIGTERM),
        )
    finally:
        if log is not None:
            output.close()  # type: ignore[union-attr]
