# SPDX-License-Identifier: MIT
"""How long `linkpool audit` takes for a large deployment: `make bench-audit`.

    python -m bench.audit               700 nodes with three stakers each, penalties at every tenth
    python -m bench.audit --nodes 50    fewer

Prints a table, writes bench/out/audit.json, ends with 1 where the goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from bench.chain import Chain, account
from bench.second_port import second_port
from linkpool.audit import Expected, Order, audit
from linkpool.chain.accounts import development
from linkpool.chain.calls import Call
from linkpool.chain.connection import LOCAL_CHAIN_ID, Connection
from linkpool.chain.contracts import LinkPool, LinkToken, PoolStorage, PoolStorageFactory
from linkpool.deployment import PROFILES, Manifest, deploy
from linkpool.deployment import Order as Deployment
from linkpool.units import link

GOAL_SECONDS: Final = 60.0
STAKERS: Final = 3
PENALTIES: Final = 10  # every so many nodes have one open
TOGETHER: Final = 100
GAS_EACH: Final = 1_000_000
OUT: Final = Path(__file__).parent / "out" / "audit.json"
PROGRAM: Final = (sys.executable, "-c", "from linkpool.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one audit; seconds as a clock and as the process's CPU count them."""

    endpoints: int
    nodes: int
    seconds: float
    cpu_seconds: float
    requests: int
    verdict: str


def build(chain: Chain, folder: Path, nodes: int) -> Path:
    """A deployment of so many nodes; where its manifest is."""
    key = development(0, chain_id=LOCAL_CHAIN_ID)
    path = folder / "local.json"
    url = chain.connection.host

    async def put() -> Manifest:
        async with await Connection.open(f"http://{url}") as connection:
            return await deploy(
                connection, key, path, Deployment(part="all", profile=PROFILES["local"])
            )

    manifest = asyncio.run(put())
    at, wire, owner = manifest.address, chain.connection, key.address
    factory = PoolStorageFactory(wire, at("PoolStorageFactory"))
    pool, token = LinkPool(wire, at("LinkPool")), LinkToken(wire, at("LinkToken"))
    chain.send(factory.announce_destination(at("Penalties")), owner)
    chain.advance(PROFILES["local"].delay + 1)
    chain.send(factory.activate_destination(at("Penalties")), owner)
    operators = [account(f"operator {number}") for number in range(nodes)]
    created = [
        pool.create_node(account(f"node {number}"), one, link("100000"), private=False)
        for number, one in enumerate(operators)
    ]
    _send(chain, [(call, owner) for call in created])
    storages = [
        PoolStorage(wire, chain.read(factory, "storageAt", number)) for number in range(nodes)
    ]
    stakes = [
        token.stake_for(one.address, account(f"staker {number}.{staker}"), link("400"))
        for number, one in enumerate(storages)
        for staker in range(STAKERS)
    ]
    _send(chain, [(call, owner) for call in stakes])
    sent = [one.send_penalty(at("Penalties"), link("20"), (1).to_bytes(32)) for one in storages]
    _send(chain, list(zip(sent, operators, strict=True))[::PENALTIES])
    return path


def _send(chain: Chain, calls: Sequence[tuple[Call, ChecksumAddress]]) -> None:
    """Many calls a block, of each sender in order."""
    nonces: dict[ChecksumAddress, int] = {}
    for start in range(0, len(calls), TOGETHER):
        with chain.by_hand():
            for call, sender in calls[start : start + TOGETHER]:
                nonce = nonces.get(sender, -1)
                nonces[sender] = chain.nonce(sender) if nonce < 0 else nonce + 1
                chain.queue(call, sender, nonce=nonces[sender], gas=GAS_EACH)


def measured(host: str, path: Path, endpoints: int) -> Figures:
    """The command as people run it, and how much it asked."""
    with second_port(host) as second:
        return _measured([f"http://{one}" for one in (host, second)[:endpoints]], path)


def _measured(urls: list[str], path: Path) -> Figures:
    words = [word for url in urls for word in ("--rpc", url)]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [*PROGRAM, "audit", *words, "--manifest", str(path), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)
    return Figures(
        endpoints=len(urls),
        nodes=report["nodes"],
        seconds=round(seconds, 2),
        cpu_seconds=round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        requests=asyncio.run(_requests(urls[0], path)),
        verdict=report["verdict"],
    )


async def _requests(url: str, path: Path) -> int:
    async with await Connection.open(url) as connection:
        expected = Expected.of(connection.chain_id, Manifest.load(path), path)
        await audit({connection.host: connection}, Order(expected=expected))
        return connection.endpoints[0].requests


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=700)
    nodes = parser.parse_args().nodes
    with Chain.start() as chain, tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        path = build(chain, Path(folder), nodes)
        print(f"{nodes} nodes in {time.perf_counter() - begun:.0f} s")
        found = [measured(chain.connection.host, path, endpoints) for endpoints in (1, 2)]
    print("endpoints  nodes  seconds  CPU seconds  requests to each  verdict")
    for one in found:
        print(
            f"{one.endpoints:9}  {one.nodes:5}  {one.seconds:7.2f}  {one.cpu_seconds:11.2f}"
            f"  {one.requests:16,}  {one.verdict}"
        )
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    good = all(one.seconds < GOAL_SECONDS and one.verdict == "ok" for one in found)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
