# SPDX-License-Identifier: MIT
"""Jobs in Chainlink's grammar, in every form in which people write them, from request to answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode, encode

from linkpool.net import Answer, Message
from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle import pipeline
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.results import PendingTransaction
from linkpool.oracle.runs.inputs import dump_log, variables
from linkpool.oracle.spec import JobSpec, load
from linkpool.oracle.world import BridgeAnswer, BridgeQuestion, World
from tests.linkpool.oracle.logs import REQUEST_ID, STORAGE, request_log

SPECS = Path(__file__).parent / "specs"
MULTI = ("6ae0bc76", ["bytes32", "uint256", "address", "bytes4", "uint256", "bytes"])
SINGLE = ("4ab0d190", ["bytes32", "uint256", "address", "bytes4", "uint256", "bytes32"])
HASH = "0x" + "ab" * 32


def spec_of(name: str) -> JobSpec:
    return load((SPECS / f"{name}.toml").read_text(), contract=STORAGE)


class Sources:
    """Answers by host; an int is a status."""

    def __init__(self, answers: Mapping[str, str | int]) -> None:
        self.answers = answers
        self.asked: list[Message] = []

    def __call__(self, message: Message) -> Answer:
        self.asked.append(message)
        found = self.answers[message.url.split("/")[2]]
        return answer("no", found) if isinstance(found, int) else answer(found)


class Tides:
    """An adapter that answers what the task asks for."""

    async def ask(self, question: BridgeQuestion) -> BridgeAnswer:
        assert question.name == "tides"
        high = question.request["data"]["tide"] == "high"
        return BridgeAnswer(json.dumps({"data": {"result": 7 if high else "2"}}))


class Token:
    """A chain with one contract."""

    async def call(
        self,
        to: str,
        data: bytes,
        *,
        sender: str | None = None,
        gas: int | None = None,
        block: int | str = "latest",
    ) -> bytes:
        assert (to, gas, data[:4].hex()) == (STORAGE, 100_000, "70a08231")
        return encode(["uint256"], [41_500_000_000_000_000_000])

    async def estimate(self, to: str, data: bytes, *, sender: str | None = None) -> int:
        raise AssertionError("not asked for")


@dataclass(frozen=True)
class Case:
    """A job, what is asked, what the sources say, and the values in the answer."""

    job: str
    asked: dict[str, Any]
    sources: dict[str, str | int]
    kinds: list[str]
    values: list[Any]
    form: tuple[str, list[str]] = field(default=MULTI)


def get(job: str, said: Any, kind: str, value: Any, **asked: Any) -> Case:
    """A job that takes one value of one source."""
    given = {"get": "http://api.test/x", "path": "a,b", **asked}
    multi = job not in ("get-bytes32", "get-bool", "ignored-attributes")
    return Case(
        job,
        given,
        {"api.test": json.dumps({"a": {"b": said}})},
        ["bytes32", kind] if multi else [kind],
        [REQUEST_ID, value] if multi else [value],
        MULTI if multi else SINGLE,
    )


METALS = {f"url{m}": f"http://{m.lower()}.test/" for m in ("Gold", "Silver", "Copper")}
CASES = [
    get("get-bytes32", HASH, "bytes32", b"\xab" * 32),
    get(
        "get-bytes32",
        "exactly thirty-two letters long!",
        "bytes32",
        b"exactly thirty-two letters long!",
    ),
    get("get-bool", True, "bool", True),
    get("get-bool", "false", "bool", False),
    get("get-uint256", 2412.079, "uint256", 241_207, times=100),
    get("get-uint256", 0.1, "uint256", 10**17, times=10**18),
    get("get-uint256", 1e21, "uint256", 10**21, times=1),
    get("get-uint256", "1.000000000000000001", "uint256", 10**18 + 1, times=10**18),
    get("get-int256", -0.55, "int256", -5, times=10),
    get("get-bytes", "0x0102", "bytes", b"\1\2"),
    get("get-bytes", "plain", "bytes", b"plain"),
    get("get-string", "größer", "string", "größer"),
    get("ignored-attributes", "4.2", "uint256", 420),
    Case(
        "multi-variable",
        {**METALS, "pathGold": "p", "pathSilver": "q,0", "pathCopper": "r,-1"},
        {
            "gold.test": '{"p": 65.5}',
            "silver.test": '{"q": ["0.8"]}',
            "copper.test": '{"r": [1, 2]}',
        },
        ["bytes32", "uint256", "uint256", "uint256"],
        [REQUEST_ID, 65_500, 800, 2_000],
    ),
    Case("bridge", {}, {}, ["bytes32", "uint256", "uint256"], [REQUEST_ID, 7, 2]),
    Case(
        "parallel-branches",
        {"left": "http://left.test/", "right": "http://right.test/"},
        {"left.test": '{"v": 1}', "right.test": '{"v": 1.33}'},
        ["bytes32", "uint256"],
        [REQUEST_ID, 117],
    ),
    Case(
        "angle-brackets",
        {"url": "http://weather.test/", "city": 'Bre"st'},
        {"weather.test": '{"now": {"degrees": -4.25}}'},
        ["bytes32", "int256"],
        [REQUEST_ID, -42],
    ),
    Case(
        "contract-read",
        {"who": STORAGE, "token": STORAGE},
        {},
        ["bytes32", "uint256"],
        [REQUEST_ID, 42],
    ),
    Case(
        "median-of-sources",
        {},
        {"one.test": '{"last": 3}', "two.test": '{"data": [{"price": "2"}]}', "three.test": 500},
        ["bytes32", "uint256"],
        [REQUEST_ID, 25 * 10**17],
    ),
]


def answered(case: Case) -> tuple[PendingTransaction, Sources]:
    spec = spec_of(case.job)
    log = request_log(spec_id=spec.spec_ids[0], data=encode_request(case.asked))
    sources = Sources(case.sources)
    world = World(FakeHttp(sources), Token(), Tides())
    start = variables(dump_log(log), spec, job=1)
    run = asyncio.run(pipeline.run(spec.graph, start, world))
    assert run.error is None
    [task] = run.suspended
    assert isinstance(task.value, PendingTransaction)
    return task.value, sources


@pytest.mark.parametrize("case", CASES, ids=[f"{case.job} {case.values[-1]!r}" for case in CASES])
def test_a_job_answers_its_request(case: Case) -> None:
    wanted, _ = answered(case)
    selector, kinds = case.form
    assert (wanted.to, wanted.data[:4].hex()) == (STORAGE, selector)
    echoed = decode(kinds, wanted.data[4:])
    assert echoed[:2] == (REQUEST_ID, 10**17)
    assert list(decode(case.kinds, echoed[5])) == case.values


def test_every_job_is_tried() -> None:
    assert {path.stem for path in SPECS.glob("*.toml")} == {case.job for case in CASES}


def test_what_the_jobs_ask_of_the_transaction() -> None:
    by_name = {case.job: case for case in CASES}
    plain, _ = answered(by_name["bridge"])
    assert (plain.gas, plain.min_confirmations, plain.fail_on_revert) == (500_000, None, False)
    brackets, _ = answered(by_name["angle-brackets"])
    assert (brackets.gas, brackets.fail_on_revert) == (600_000, True)
    assert brackets.meta == {"note": "a trial"}
    assert answered(by_name["get-string"])[0].gas == 750_000
    assert answered(by_name["parallel-branches"])[0].min_confirmations == 0


def test_values_go_into_a_body_and_never_text() -> None:
    """A city with a quotation mark changes nothing but the city."""
    _, sources = answered(next(case for case in CASES if case.job == "angle-brackets"))
    [asked] = sources.asked
    assert (asked.method, asked.headers["x-trial"]) == ("POST", "yes")
    assert json.loads(asked.body or b"") == {"city": 'Bre"st', "units": ["metric", 1]}


def test_the_fields_of_the_jobs() -> None:
    upper = spec_of("get-uint256")
    assert upper.external_id.hex == "7da2702f37fd48e5b1b9a5715e3509b6"
    assert (upper.minimum, upper.requesters, upper.chain_id) == (10**17, frozenset(), None)
    allowed = spec_of("get-int256")
    assert (allowed.minimum, len(allowed.requesters)) == (1_000, 1)
    assert (spec_of("get-bytes32").chain_id, spec_of("multi-variable").chain_id) == (31337, 31337)
    assert (spec_of("get-string").forwarding_allowed, spec_of("get-string").gas_limit) == (
        True,
        750_000,
    )
    assert spec_of("parallel-branches").confirmations == 0


def test_only_the_attributes_that_nobody_knows_are_told() -> None:
    told = {
        path.stem: [str(warning) for warning in spec_of(path.stem).warnings]
        for path in SPECS.glob("*.toml")
    }
    assert told.pop("ignored-attributes") == [
        "line 8, column 1: 'maxTaskRuns' is no field of a job, it is ignored; "
        "did you mean 'maxTaskDuration'?",
        "line 17, column 31: task 'scaled': multiply has no 'value', it is ignored",
        "line 22, column 78: task 'send': ethtx has no 'priority', it is ignored",
    ]
    assert told.pop("get-string") == [
        "line 8, column 1: forwardingAllowed: the node's own key sends, without a forwarder"
    ]
    assert not any(told.values())
