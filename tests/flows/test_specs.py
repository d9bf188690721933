# SPDX-License-Identifier: MIT
"""Every job of the fixtures, unchanged but for the addresses, answers real requests: all of them
in one node, on a real chain, with real sources and a real adapter.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from eth_abi.abi import decode

from linkpool.oracle.bridges import registry
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.spec import load
from linkpool.units import link
from tests.flows.oracle_world import OWNER, PRICE, USER, World, eventually, world
from tests.flows.program import DEV, Program
from tests.linkpool.oracle.test_specs import CASES, SINGLE, SPECS, Case
from tests.serving import Handler, server, serving

ALLOWED = "0x" + "c0" * 20  # the requester that one job serves; here it is the consumer
CASES_ID = b"\x1d" * 32  # the request id of the cases; here each request has its own
HOLDER = 5


@contextmanager
def servers(answers: Mapping[str, str | int]) -> Iterator[str]:
    """A server whose first path segment says which source is meant; tides take a POST."""

    class Source(Handler):
        def do_GET(self) -> None:
            found = answers[self.path.split("/")[1]]
            if isinstance(found, int):
                self.say(b"no", found)
            else:
                self.say(found.encode())

        def do_POST(self) -> None:
            body = json.loads(self.body())
            if self.path != "/tides":
                return self.do_GET()
            high_or_low = {"high": 7, "low": "2"}[body["data"]["tide"]]
            self.say(json.dumps({"data": {"result": high_or_low}}).encode())

    with serving(server(Source)) as url:
        yield url


def moved(text: str, base: str) -> str:
    """`http://one.test/x` to where it is served."""
    for host in {host for case in CASES for host in case.sources}:
        text = text.replace(f"http://{host}/", f"{base}/{host}/")
    return text


def told(cases: list[Case]) -> dict[str, str | int]:
    """What each source says; of the jobs with one source each request has its own."""
    found: dict[str, str | int] = {}
    for place, case in enumerate(cases):
        for host, said in case.sources.items():
            found[f"{place}.{host}" if host == "api.test" else host] = said
    return found


async def ask(made: World, job: str, case: Case, place: int, base: str) -> bytes:
    """One request to the job; its id."""
    storage = await made.storage()
    asked = {name: moved(text, base) if isinstance(text, str) else text
             for name, text in case.asked.items()}  # fmt: skip
    if "get" in asked:
        asked["get"] = f"{base}/{place}.api.test"
    if "who" in asked:
        asked |= {"who": DEV[HOLDER].address, "token": made.suite.link.address}
    how = made.consumer.ask_single_word if case.form == SINGLE else made.consumer.ask
    spec_id = load(job, contract=storage.address).spec_ids[place % 2]  # as bytes, as letters
    receipt = await made.sender(USER).send(
        how(storage.address, spec_id, PRICE, encode_request(asked))
    )
    [event] = [e for e in made.consumer.decode_logs(receipt.logs) if e.name == "Asked"]
    request: bytes = event.fields["requestId"]
    return request


async def given(made: World) -> dict[bytes, bytes]:
    """The calldata with which each request was answered."""
    connection = made.suite.connection
    storage = await made.storage()
    head = await connection.block_number()
    found: dict[bytes, bytes] = {}
    for event in await storage.events("OracleResponse", first=0, last=head):
        tx = await connection.rpc("eth_getTransactionByHash", event.tx)
        assert event.fields["requestId"] not in found
        found[event.fields["requestId"]] = bytes.fromhex(tx["input"][2:])
    return found


def test_every_job_answers_its_requests_on_a_chain(pool: Program, tmp_path: Path) -> None:
    async def story(base: str) -> None:
        async with world(pool, tmp_path) as made:
            jobs = {
                path.stem: moved(path.read_text(), base).replace(ALLOWED, made.consumer.address)
                for path in SPECS.glob("*.toml")
            }
            held = made.suite.link.transfer(DEV[HOLDER].address, link("41.5"))
            await made.sender(OWNER).send(held)
            running = await made.serving(job=sorted(jobs.values()))
            tides = registry.BridgeDraft(name="tides", url=f"{base}/tides")
            await running.database.write(lambda c: registry.add(c, tides, 0.0))
            asked = {
                await ask(made, jobs[case.job], case, place, base): case
                for place, case in enumerate(CASES)
            }

            async def all_answered() -> bool:
                return len(await given(made)) >= len(asked)

            try:
                await eventually(all_answered, 30)
            finally:
                rows = [row for row in await running.rows() if row.state in ("errored", "refused")]
                assert rows == []
            answers = await given(made)
            assert set(answers) == set(asked)
            for request, case in asked.items():
                check(request, case, answers[request])

    with servers(told(CASES)) as base:
        asyncio.run(story(base))


def check(request: bytes, case: Case, calldata: bytes) -> None:
    selector, kinds = case.form
    assert calldata[:4].hex() == selector
    echoed = decode(kinds, calldata[4:])
    values = [request if value == CASES_ID else value for value in case.values]
    assert (echoed[0], list(decode(case.kinds, echoed[5]))) == (request, values)
