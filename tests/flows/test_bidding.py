# SPDX-License-Identifier: MIT
"""Nodes that bid, with the real contracts: from an agreement to its settlement, each step once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from linkpool.agreements.facts import Result
from linkpool.chain.addresses import address
from linkpool.chain.suite import AgreementSuite
from linkpool.units import link
from tests.flows.market import BENEFICIARY, NODES, Market
from tests.flows.oracle_world import LOCAL_JOB
from tests.flows.processes import PATIENCE, Process, process
from tests.flows.program import DEV
from tests.serving import Handler, server, serving

DATA = '{"path": "price", "times": 100}'
PRICES = {"right": 1500, "wrong": 2000, "slow": 1500}
SETTINGS = {"BIDDING_ENABLED": "true", "BIDDING_MAXIMUM_PENALTY": "10", "API_PORT": "0"}
STARTED, SETTLED = 2, 3


class Sources:
    """/right and /wrong answer at once, /slow when it is `released`."""

    def __init__(self, place: str, released: Event) -> None:
        self.released = released
        self._place = place

    def url(self, name: str) -> str:
        return f"{self._place}/{name}"


@pytest.fixture
def sources() -> Iterator[Sources]:
    released = Event()

    class Source(Handler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            if name == "slow":
                released.wait(PATIENCE)
            self.say(f'{{"price": {PRICES[name]}}}'.encode())

    with serving(server(Source)) as place:
        yield Sources(place, released)
        released.set()


@contextmanager
def bidding(
    market: Market, folder: Path, urls: dict[int, str], **settings: str
) -> Iterator[Process]:
    """One process with these nodes, each of which asks a source of its own."""
    arguments = ["--settings", str(market.program.settings), "oracle", "run"]
    for node, url in urls.items():
        job = folder / f"{node}.toml"
        text = LOCAL_JOB.replace('url="$(asked.get)"', f'url="{url}" timeout="{PATIENCE:.0f}s"')
        job.write_text(text.replace("YOUR_OPERATOR_CONTRACT_ADDRESS", market.storage(node)))
        arguments += ["--node-key", f"dev:{node}", "--job", str(job)]
    state = folder / "node"
    state.mkdir(exist_ok=True)
    (state / "local.json").write_text(market.program.manifest().read_text())
    more = SETTINGS | {"STATE": str(state)} | settings
    with process(*arguments, folder=folder, **more) as running:
        running.wait_for("node.serving")
        yield running


def until(true: Callable[[], bool], running: Process, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, running.complaints
        time.sleep(0.05)


def bids(market: Market, number: int = 1) -> int:
    async def asked(suite: AgreementSuite) -> int:
        return (await suite.agreements.agreement(number)).bids

    return market.ask(asked)


def state(market: Market, number: int = 1) -> int:
    async def asked(suite: AgreementSuite) -> int:
        return (await suite.agreements.agreement(number)).state

    return market.ask(asked)


def events(market: Market, *names: str) -> list[Any]:
    """Of all four contracts, in order."""

    async def asked(suite: AgreementSuite) -> list[Any]:
        last = await suite.connection.block_number()
        found = []
        for contract in (suite.agreements, suite.aggregator):
            known = [name for name in names if contract.codec.topics([name])]
            found += await contract.events(*known, first=0, last=last) if known else []
        return found

    return market.ask(asked)


def sent_by(market: Market, node: int) -> int:
    return market.program.ask(lambda connection: connection.nonce(DEV[node].address))


def test_four_nodes_bid_answer_and_settle(market: Market, sources: Sources, tmp_path: Path) -> None:
    """One is wrong and one late: the one loses its penalty, the other half of it."""
    right, same, wrong, late = NODES
    names = {right: "right", same: "right", wrong: "wrong", late: "slow"}
    urls = {node: sources.url(name) for node, name in names.items()}
    chain = market.program.anvil
    before = {node: sent_by(market, node) for node in NODES}
    with bidding(market, tmp_path, urls) as running:
        beneficiary = DEV[BENEFICIARY].address
        market.create(data=DATA, beneficiary=beneficiary)
        until(lambda: bids(market) == 4, running)
        chain.advance(60)
        until(lambda: len(events(market, "AnswerRecorded")) == 3, running)
        assert state(market) == STARTED
        chain.advance(70)
        sources.released.set()
        until(lambda: state(market) == SETTLED, running)
        running.end()
        assert "Traceback" not in "".join(running.complaints)
    outcomes = {
        event.fields["oracle"]: (Result(event.fields["outcome"]), event.fields["slashed"])
        for event in events(market, "OutcomeRecorded")
    }
    assert outcomes == {
        address(market.storage(right)): (Result.COMPLETED, 0),
        address(market.storage(same)): (Result.COMPLETED, 0),
        address(market.storage(wrong)): (Result.WRONG, link("4")),
        address(market.storage(late)): (Result.LATE, link("2")),
    }
    [settled] = events(market, "AgreementSettled")
    assert (settled.fields["known"], settled.fields["answer"]) == (True, 150_000)
    assert market.balance(BENEFICIARY) == link("6")
    # A bid and an answer each; one of them started it, one settled it.
    sent = [sent_by(market, node) - before[node] for node in NODES]
    assert sum(sent) == 10
    assert Counter(sent) in (Counter([2, 2, 2, 4]), Counter([2, 2, 3, 3]))


def test_killed_between_bid_and_answer_it_goes_on(
    market: Market, sources: Sources, tmp_path: Path
) -> None:
    node = NODES[0]
    urls = {node: sources.url("slow")}
    chain = market.program.anvil
    before = sent_by(market, node)
    with bidding(market, tmp_path, urls) as running:
        market.create(data=DATA, oracles="1")
        until(lambda: bids(market) == 1, running)
        running.end(signal.SIGKILL)
    chain.advance(60)
    with bidding(market, tmp_path, urls) as running:
        until(lambda: state(market) == STARTED, running)
        running.end(signal.SIGKILL)
    sources.released.set()
    with bidding(market, tmp_path, urls) as running:
        until(lambda: state(market) == SETTLED, running)
    assert sent_by(market, node) - before == 4
    [outcome] = events(market, "OutcomeRecorded")
    assert Result(outcome.fields["outcome"]) is Result.COMPLETED


def test_what_the_policy_refuses_is_not_bid_for(
    market: Market, sources: Sources, tmp_path: Path
) -> None:
    urls = {NODES[0]: sources.url("right")}
    with bidding(market, tmp_path, urls, BIDDING_MAXIMUM_PENALTY="3.9") as running:
        market.create(data=DATA)
        running.wait_for("puts 4 LINK at risk, more than bidding.maximum_penalty, 3.9 LINK")
    assert bids(market) == 0
    state = ("--state", str(tmp_path / "node"))
    shown = market.program("bidding", "list", "--only", "refused", *state)
    assert "refused" in shown.out and "more than bidding.maximum_penalty" in shown.out
    [one] = market.program("bidding", "list", "--in", "open", *state, "--json").json["agreements"]
    [decision] = one["decisions"]
    assert (decision["oracle"], decision["kind"]) == (market.storage(NODES[0]), "penalty")
    assert market.program("bidding", "list", "--only", "placed", *state, "--json").json == {
        "agreements": [],
        "count": 0,
    }


def test_a_bid_is_not_sent_for_another_agreement_that_got_its_number(
    market: Market, sources: Sources, tmp_path: Path
) -> None:
    """The block with the agreement is replaced; the second one puts more at risk than it may."""
    chain, node = market.program.anvil, NODES[0]
    before = sent_by(market, node)
    with bidding(market, tmp_path, {node: sources.url("right")}) as running:
        market.create(data=DATA)
        until(lambda: bids(market) == 1, running)
        chain.rpc("anvil_reorg", 2, [])
        assert state(market) == 0
        chain.rpc("evm_mine")
        market.create(data=DATA, penalty="20")
        running.wait_for("puts 20 LINK at risk, more than bidding.maximum_penalty, 10 LINK")
        # Its nonce: with nothing, or with the bid once more, which names other terms than these.
        until(lambda: sent_by(market, node) == before + 1, running)
        chain.rpc("anvil_mine", "0x5")
    assert bids(market) == 0


def test_a_contract_that_takes_no_bids_is_said_before_the_node_serves(
    market: Market, tmp_path: Path
) -> None:
    arguments = ("--settings", str(market.program.settings), "oracle", "run", "--node-key", "dev:6")
    nobody = SETTINGS | {"BIDDING_AGREEMENTS": DEV[3].address}
    with process(*arguments, folder=tmp_path, **nobody) as running:
        assert running.code() == 2
    assert f"there is no ServiceAgreements at {DEV[3].address}" in running.complaints[-1]
    assert "node.serving" not in "".join(running.complaints)


def test_without_bidding_nothing_of_it_is_loaded() -> None:
    program = (
        "import sys, linkpool.cli.oracle\n"
        "print(*sorted(m for m in sys.modules if m.startswith('linkpool.agreements')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    allowed = {"", ".limits", ".history", ".facts"}
    assert set(done.stdout.split()) == {f"linkpool.agreements{name}" for name in allowed}
