# SPDX-License-Identifier: MIT
"""The command line driven in this process, against a chain of the test's own."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from eth_typing import ChecksumAddress

from linkpool.chain.accounts import development
from linkpool.chain.anvil import Anvil
from linkpool.chain.calls import Call, Receipt
from linkpool.chain.connection import Connection
from linkpool.chain.sender import Sender
from linkpool.chain.suite import Suite
from linkpool.cli import run
from linkpool.deployment import Manifest

T = TypeVar("T")

DEV = [development(number, chain_id=31337) for number in range(10)]


@dataclass(frozen=True)
class Result:
    """What one command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line of an error."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("error: "), self.err
        return lines[0].removeprefix("error: ")


@dataclass(frozen=True)
class Program:
    """`linkpool` with a settings file of its own."""

    settings: Path
    anvil: Anvil

    @classmethod
    def at(cls, folder: Path, anvil: Anvil, *, network: str = "local", **more: str) -> Program:
        keys = {
            "network": network,
            "rpc": anvil.url,
            "state": str(folder / "state"),
            "deployments": str(folder / "deployments"),
            "wallets": str(folder / "wallets"),
            **more,
        }
        settings = folder / f"{network}.toml"
        settings.write_text("".join(f'{key} = "{text}"\n' for key, text in keys.items()))
        return cls(settings, anvil)

    def __call__(self, *arguments: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(["--settings", str(self.settings), *arguments])
        return Result(code, out.getvalue(), err.getvalue())

    def sign(self, *arguments: str, by: int = 0) -> Any:
        """A signing command that has to succeed, signed with a development key; its JSON."""
        return self(*arguments, "--wallet", f"dev:{by}", "--yes", "--json").json

    def manifest(self, network: str = "local") -> Path:
        folder = "state" if network == "local" else "deployments"
        return self.settings.parent / folder / f"{network}.json"

    def ask(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        """Something read from, or done to, the chain."""

        async def opened() -> T:
            async with await Connection.open(self.anvil.url) as connection:
                return await question(connection)

        return asyncio.run(opened())

    def suite(self, question: Callable[[Suite], Awaitable[T]]) -> T:
        factory = Manifest.load(self.manifest()).address("PoolStorageFactory")

        async def opened(connection: Connection) -> T:
            return await question(await Suite.open(connection, factory))

        return self.ask(opened)

    def put_penalty_contract(self, target: ChecksumAddress) -> None:
        """Code that answers every call with LINK's address, as a penalty contract's getter does."""

        async def link_of(suite: Suite) -> ChecksumAddress:
            return suite.link.address

        code = f"73{self.suite(link_of)[2:]}5f5260205ff3"
        self.anvil.rpc("anvil_setCode", target, "0x" + code.ljust(2 * 160, "0"))

    def send(self, call: Callable[[Suite], Call], *, by: int = 0) -> Receipt:
        """A call that has no command."""

        async def sent(suite: Suite) -> Receipt:
            return await Sender(suite.connection, DEV[by]).send(call(suite))

        return self.suite(sent)
