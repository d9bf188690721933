# SPDX-License-Identifier: MIT
"""Whatever requesters, sources, adapters and contracts say: a run ends, in one of three ways."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle import pipeline
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.errors import TaskError
from linkpool.oracle.runs.inputs import dump_log, variables
from linkpool.oracle.spec import load
from linkpool.oracle.values import dumps, loads
from linkpool.oracle.world import BridgeAnswer, BridgeQuestion, World
from tests.linkpool.oracle.logs import STORAGE, request_log
from tests.linkpool.oracle.test_specs import SPECS

JOBS = {p.stem: load(p.read_text(), contract=STORAGE) for p in sorted(SPECS.glob("*.toml"))}
NAMES = ["get", "path", "times", "url", "city", "who", "token", "left", "right", "urlGold"]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**300), 2**300)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=40)
    | st.sampled_from(["http://x.test/", "a,b", STORAGE, "0x", "-1", "1e999", 1 << 2_000]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=6,
)
asked = st.dictionaries(st.sampled_from(NAMES), values, max_size=8).map(encode_request)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abv"), inner),
    max_leaves=8,
).map(json.dumps)


class Anything:
    """An adapter and a contract in one, which say what they are told to."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def ask(self, question: BridgeQuestion) -> BridgeAnswer:
        return BridgeAnswer(self.text)

    async def call(self, to: str, data: bytes, **more: Any) -> bytes:
        return self.text.encode(errors="replace")

    async def estimate(self, to: str, data: bytes, *, sender: str | None = None) -> int:
        raise TaskError("no")


def ended(name: str, data: bytes, said: str) -> pipeline.Run:
    spec = JOBS[name]
    log = request_log(spec_id=spec.spec_ids[0], data=data)
    others = Anything(said)
    world = World(FakeHttp(lambda message: answer(said)), others, others)
    start = variables(dump_log(log), spec, job=1)
    return asyncio.run(pipeline.run(spec.graph, start, world, limit=20))


@settings(max_examples=100)
@given(
    st.sampled_from(sorted(JOBS)),
    asked | st.binary(max_size=100),
    documents | st.text(max_size=40),
)
def test_every_run_ends_and_can_be_kept(name: str, data: bytes, said: str) -> None:
    run = ended(name, data, said)
    assert run.state in ("completed", "errored", "suspended")
    for task in run.tasks.values():
        if task.state in ("completed", "errored"):
            assert isinstance(loads(dumps(task.value)), type(task.value) | list | dict)
        if task.error is not None:
            assert str(task.error).isprintable()
            assert len(str(task.error)) <= pipeline.NOTE


LONG = {
    "a long number": "9" * 32_000,
    "a deep list": "[" * 30_000,
    "a deep map": '{"a":' * 6_000,
    "many values": "[" + "1," * 15_000 + "1]",
    "many keys": json.dumps({f"k{n}": n for n in range(3_000)}),
    "backslashes": '"' + "\\\\" * 16_000 + '"',
    "unicode": "\U0001f600" * 8_000,
    "nothing": "",
}
BULKY = {
    "64 KB of text": encode_request({"get": "http://x.test/" + "y" * 65_000, "path": "a" * 500}),
    "64 KB of path": encode_request({"get": "http://x.test/", "path": "a," * 32_000}),
    "a path of 30,000 steps": encode_request({"get": "http://x.test/", "path": ["a"] * 30_000}),
    "a huge factor": encode_request({"get": "http://x.test/", "path": "a", "times": 1 << 500_000}),
    "deep": b"\x63get" + b"\x81" * 60_000,
    "many maps": b"\x63get" + b"\xa0" * 60_000,
    "a length of exabytes": b"\x63get\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    "no end": b"\x63get" + b"\x9f" * 30,
}


@pytest.mark.parametrize("said", LONG.values(), ids=list(LONG))
@pytest.mark.parametrize("name", ["get-uint256", "get-string", "bridge", "contract-read"])
def test_long_answers_take_no_time(name: str, said: str) -> None:
    began = time.process_time()
    data = encode_request({"get": "http://x.test/", "path": "a", "times": 10, "who": STORAGE})
    assert ended(name, data, said).state in ("errored", "suspended")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("data", BULKY.values(), ids=list(BULKY))
@pytest.mark.parametrize("name", ["get-uint256", "get-bytes", "angle-brackets"])
def test_bulky_requests_take_no_time(name: str, data: bytes) -> None:
    began = time.process_time()
    assert ended(name, data, '{"a": 1}').state in ("errored", "suspended")
    assert time.process_time() - began < 1
