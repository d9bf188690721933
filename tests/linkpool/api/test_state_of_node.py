# SPDX-License-Identifier: MIT
"""Health, metrics, settings, endpoints, log level: what a node says about itself."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import ProcessCollector

from linkpool import telemetry
from linkpool.agreements.ports import BiddingCounters
from linkpool.api.operator import checks
from linkpool.api.operator.metrics import METRICS, exposition, gather
from linkpool.chain.rpc import EndpointState, Standing
from linkpool.chain.testing import SimulatedChain, SimulatedSigner
from linkpool.net import HttpClient
from linkpool.oracle.bridges import Bridges
from linkpool.oracle.runs import reconciler
from linkpool.oracle.runs.states import State
from linkpool.settings import ApiSettings, Settings
from linkpool.store.database import Database
from linkpool.transactions import AccountStatus, TransactionManager
from linkpool.units import link
from tests.linkpool.api.worlds import NODE, MadeUp, add_job, operator, play

STATUS = AccountStatus(nonce=1, waiting=0, unmined=0, stuck_blocks=0, unfunded=False)
NAME = re.compile(r"[a-z_][a-z0-9_]*")


def endpoint(standing: Standing, name: str = "rpc.example") -> EndpointState:
    return EndpointState(
        name=name,
        standing=standing,
        head=12,
        failures=0,
        error="",
        requests=7,
        errors=1,
        batch=100,
        subscribed=True,
    )


class Chain:
    """A simulated one, with endpoints as a connection has them."""

    endpoints = (endpoint(Standing.HEALTHY), endpoint(Standing.BENCHED, "other.example"))

    def __init__(self) -> None:
        self.simulated = SimulatedChain()

    async def batch(self, calls: Any) -> Any:
        return await self.simulated.batch(calls)


def test_the_rpc_is_well_where_one_endpoint_is() -> None:
    assert checks.rpc([endpoint(Standing.HEALTHY), endpoint(Standing.BENCHED)]).healthy
    ill = checks.rpc([endpoint(Standing.BENCHED)])
    assert (ill.healthy, ill.text) == (False, "0 of 1 endpoints, rpc.example benched")


@pytest.mark.parametrize(
    ("change", "healthy"),
    [({}, True), ({"unfunded": True}, False), ({"stuck_blocks": 51}, False)],
)
def test_accounts_that_cannot_pay_or_get_nowhere_are_ill(
    change: dict[str, Any], healthy: bool
) -> None:
    assert checks.transactions({NODE: replace(STATUS, **change)}).healthy is healthy


@pytest.mark.parametrize(
    ("change", "ill"),
    [
        ({}, []),
        ({"head": None}, ["Follower"]),
        ({"queue": 6_000}, ["Follower"]),
        ({"nodes": ((NODE, None, "waiting for approval"),)}, ["Nodes"]),
        ({"broken_jobs": {3: "type: x"}}, ["Jobs"]),
        ({"requests": reconciler.Standing(open=2, late=1)}, ["Requests"]),
    ],
)
def test_what_of_a_host_is_ill(
    database: Database, tmp_path: Path, change: dict[str, Any], ill: list[str]
) -> None:
    host = operator(database, tmp_path).host
    assert host.state is not None
    found = checks.of_host(replace(host.state, **change))
    assert [check.name for check in found if not check.healthy] == ill


def test_a_node_that_is_ill_is_not_ready(database: Database, tmp_path: Path) -> None:
    of = operator(database, tmp_path)
    assert isinstance(of.host, MadeUp) and of.host.state is not None
    of.host.state = replace(of.host.state, broken_jobs={3: "type: x"})

    async def story(web: httpx.AsyncClient) -> None:
        for path, names in (("/health", 5), ("/readyz", 1)):
            answer = await web.get(path)
            assert answer.status_code == 503
            assert len(answer.json()["data"]) == names

    play(of, story, accept="*/*")


async def complete(database: Database, tmp_path: Path) -> dict[str, dict[tuple[str, ...], float]]:
    """The samples of a node with everything."""
    chain = Chain()
    signer = SimulatedSigner(NODE)
    manager = TransactionManager(chain.simulated, database, {signer.address: signer})
    await manager.start()
    manager.counters.sent("accepted")
    manager.statuses[signer.address] = STATUS
    http = HttpClient()
    http.counters.add("rpc.example", 200, seconds=0.5, size=10)
    bridges = Bridges(http, database)
    bridges.counters.requests["slow"] += 1
    bridges.counters.errors["slow"] += 1
    bridges.counters.cache_hits["slow"] += 1
    bridges.counters.cache_errors["slow"] += 1
    bridges.counters.latency_seconds["slow"] = 0.25
    bidding = BiddingCounters(collateral={"free": link("1.5"), "reserved": 0})
    bidding.bids["refused"] += 2
    parts = {"manager": manager, "http": http, "bridges": bridges, "bidding": bidding}
    of = operator(database, tmp_path, connection=chain, **parts)
    assert of.host.counters is not None
    of.host.counters.received = 3
    of.host.counters.refused["payment"] += 1
    of.host.counters.runs[1, State.COMPLETED] += 2
    of.host.counters.tasks["http", State.COMPLETED] += 2
    try:
        found = await gather(of)
        return {name: dict(values) for name, values in found.items()}
    finally:
        await http.close()


def test_every_metric_that_is_listed_is_there_and_no_other(
    database: Database, tmp_path: Path
) -> None:
    add_job(database)
    samples = asyncio.run(complete(database, tmp_path))
    assert set(samples) == {metric.name for metric in METRICS}
    for metric in METRICS:
        for labels in samples[metric.name]:
            assert len(labels) == len(metric.labels), metric.name
    assert samples["linkpool_requests_rejected_total"]["payment",] == 1
    assert samples["linkpool_requests_rejected_total"]["no_job",] == 0
    assert samples["linkpool_pipeline_runs_total"]["1", "completed"] == 2
    assert samples["multi_node_states"]["31337", "benched"] == 1
    assert samples["linkpool_bids_total"]["refused",] == 2
    assert samples["linkpool_agreements"]["open",] == 0
    assert samples["linkpool_collateral_link"]["free",] == 1.5
    text = exposition(samples).decode()
    assert 'linkpool_api_requests_total{host="rpc.example",code="2xx"} 1\n' in text
    assert "process_resident_memory_bytes" in text
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z_0-9]+(\{.*\})? \S+", line), line


def test_metrics_of_the_process_are_those_of_the_prometheus_library() -> None:
    ours, theirs = exposition({}).decode(), ProcessCollector(registry=None).collect()
    values = dict(line.split() for line in ours.splitlines() if not line.startswith("#"))
    expected = {one.name: one.value for metric in theirs for one in metric.samples}
    assert values.keys() == expected.keys()
    for name in ("process_start_time_seconds", "process_max_fds", "process_open_fds"):
        assert float(values[name]) == expected[name]
    for name in ("process_resident_memory_bytes", "process_virtual_memory_bytes"):
        assert float(values[name]) == pytest.approx(expected[name], rel=0.1)
    # Theirs is a sum of two binary fractions: hundredths of a second, the system's unit, are exact.
    ours_cpu, their_cpu = values["process_cpu_seconds_total"], expected["process_cpu_seconds_total"]
    assert 0 < float(ours_cpu) <= round(their_cpu, 2)
    for metric in theirs:
        assert f"# TYPE {metric.samples[0].name} {metric.type}\n" in ours


def test_names_and_labels_keep_to_the_conventions() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert NAME.fullmatch(metric.name), metric.name
        assert metric.help
        if metric.name.startswith("linkpool_"):
            assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
            assert all(NAME.fullmatch(label) for label in metric.labels), metric.name
        assert not {"request", "url", "tx"} & set(metric.labels)


def test_labels_cannot_break_the_text() -> None:
    text = exposition({"linkpool_node_state": {('a"b\\c\n', "x"): 1}}).decode()
    assert 'linkpool_node_state{node_address="a\\"b\\\\c\\n",state="x"} 1\n' in text


def test_settings_and_endpoints_are_shown_without_secrets(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(
        state=tmp_path, rpc="https://rpc.example/t0ken", database="postgresql://u:t0ken@h/n"
    )
    of = operator(database, tmp_path, settings=settings, connection=Chain())

    async def story(web: httpx.AsyncClient) -> str:
        paths = (
            "/v2/config/v2", "/v2/nodes/evm", "/v2/chains/evm", "/v2/build_info", "/v2/features",
        )  # fmt: skip
        answers = [await web.get(path) for path in paths]
        assert {answer.status_code for answer in answers} == {200}
        shown = answers[1].json()
        assert [one["id"] for one in shown["data"]] == ["rpc.example", "other.example"]
        assert answers[2].json()["data"][0]["id"] == "31337"
        return "".join(answer.text for answer in answers)

    text = play(of, story)
    assert "https://rpc.example" in text
    assert "t0ken" not in text


def test_the_log_level_is_changed_while_it_runs(database: Database, tmp_path: Path) -> None:
    telemetry.configure(level="info")

    async def story(web: httpx.AsyncClient) -> list[Any]:
        found = [(await web.get("/v2/log")).json()["data"]["attributes"]["logLevel"]]
        changed = await web.patch("/v2/log", json={"level": "error"})
        found.append(changed.json()["data"]["attributes"]["logLevel"])
        return [*found, (await web.patch("/v2/log", json={"level": "loud"})).status_code]

    try:
        assert play(operator(database, tmp_path), story) == [["info"], ["error"], 422]
    finally:
        telemetry.configure(level="critical")


def test_other_pages_may_read_where_the_settings_say_so(database: Database, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, api=ApiSettings(origins=("https://a.example",)))

    async def story(web: httpx.AsyncClient) -> list[str | None]:
        found = []
        for origin in ("https://a.example", "https://b.example"):
            answer = await web.get("/v2/jobs", headers={"origin": origin})
            found.append(answer.headers.get("access-control-allow-origin"))
        return found

    of = operator(database, tmp_path, settings=settings)
    assert play(of, story) == ["https://a.example", None]
