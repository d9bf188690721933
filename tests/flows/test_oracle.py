# SPDX-License-Identifier: MIT
"""Nodes against real contracts: first boot, answers, and P13: a request is answered once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from linkpool.errors import TxReverted, UsageError
from linkpool.oracle.errors import SpecError
from linkpool.oracle.spec import template
from tests.flows.oracle_world import (
    LOCAL_JOB,
    NODE,
    PRICE,
    USER,
    Play,
    World,
    eventually,
    player,
    until,
    until_answered,
)
from tests.flows.program import DEV, Program

SINGLE_WORD = """
type = "directrequest"
schemaVersion = 1
name = "get > uint256, one word"
externalJobID = "6bd6398e-a13e-4cb8-adc7-9f56ecfd3147"
contractAddress = "YOUR_ORACLE_CONTRACT_ADDRESS"
observationSource = \"\"\"
    decode_log   [type=ethabidecodelog
                  abi="OracleRequest(bytes32 indexed specId, address requester, bytes32 requestId, uint256 payment, address callbackAddr, bytes4 callbackFunctionId, uint256 cancelExpiration, uint256 dataVersion, bytes data)"
                  data="$(jobRun.logData)" topics="$(jobRun.logTopics)"]
    decode_cbor  [type=cborparse data="$(decode_log.data)"]
    fetch        [type=http method=GET url="$(decode_cbor.get)" allowunrestrictednetworkaccess=true]
    parse        [type=jsonparse path="$(decode_cbor.path)"]
    multiply     [type=multiply times=100 value="ignored"]
    encode_data  [type=ethabiencode abi="(uint256 number)" data=<{"number": $(multiply)}>]
    encode_tx    [type=ethabiencode
                  abi="fulfillOracleRequest(bytes32 requestId, uint256 payment, address callbackAddress, bytes4 callbackFunctionId, uint256 expiration, bytes32 data)"
                  data=<{"requestId": $(decode_log.requestId), "payment": $(decode_log.payment), "callbackAddress": $(decode_log.callbackAddr), "callbackFunctionId": $(decode_log.callbackFunctionId), "expiration": $(decode_log.cancelExpiration), "data": $(encode_data)}>]
    submit_tx    [type=ethtx to="YOUR_ORACLE_CONTRACT_ADDRESS" data="$(encode_tx)"]
    decode_log -> decode_cbor -> fetch -> parse -> multiply -> encode_data -> encode_tx -> submit_tx
\"\"\"
"""  # noqa: E501


@pytest.fixture
def play(pool: Program, tmp_path: Path) -> Play:
    return player(pool, tmp_path)


def test_a_node_waits_for_its_approval_and_registers_itself(play: Play) -> None:
    async def story(made: World) -> None:
        running = await made.start()
        await until(lambda: running.state == "waiting for approval")
        with pytest.raises(UsageError, match="no node of this pool"):
            await made.storage()
        await made.approve()
        await until(lambda: running.state == "serving")
        state = await made.suite.node_state(running.node.address)
        assert state.operator == DEV[1].address
        request = await made.ask()
        await until_answered(made, request)
        assert await made.number(request) == 243_821
        assert await made.answers() == [request]

    play(story)


def test_requests_made_while_the_node_was_away_are_answered_once(play: Play) -> None:
    async def story(made: World) -> None:
        await made.serving()
        first = await made.ask()
        await until_answered(made, first)
        await made.stop()
        missed = [await made.ask() for _ in range(3)]
        running = await made.start()
        await until_answered(made, *missed)
        rows = await running.rows()
        assert [row.request for row in rows] == ["0x" + one.hex() for one in (first, *missed)]
        await made.stop()
        assert sorted(await made.answers()) == sorted([first, *missed])

    play(story)


def test_a_node_that_lost_its_database_asks_the_chain(play: Play) -> None:
    async def story(made: World) -> None:
        await made.serving()
        request = await made.ask()
        await until_answered(made, request)
        await made.stop()
        running = await made.start(folder="elsewhere")
        late = await made.ask()
        await until_answered(made, late)
        old, new = await running.rows()
        assert (old.state, old.reason) == ("completed", "over before this node saw it")
        assert await made.answers() == [request, late]
        assert new.request == "0x" + late.hex()

    play(story)


def test_two_processes_with_the_same_key_answer_once(play: Play) -> None:
    async def story(made: World) -> None:
        await made.approve()
        twins = [await made.start(folder=name) for name in ("one", "two")]
        await until(lambda: all(twin.state == "serving" for twin in twins))
        requests = [await made.ask() for _ in range(6)]
        await until_answered(made, *requests)
        await asyncio.sleep(0.3)
        assert sorted(await made.answers()) == sorted(requests)

    play(story)


def test_an_answer_that_a_reorganisation_took_away_is_given_again(
    play: Play, pool: Program
) -> None:
    async def story(made: World) -> None:
        await made.serving()
        request = await made.ask()
        await until_answered(made, request)
        pool.anvil.rpc("anvil_reorg", 1, [])
        pool.anvil.rpc("anvil_mine", "0x3")
        await until_answered(made, request)
        assert await made.answers() == [request]

    play(story)


def test_the_public_job_does_not_ask_this_machine(play: Play) -> None:
    async def story(made: World) -> None:
        job = template("get-uint256")
        running = await made.serving(job=job)
        request = await made.ask(job=job)
        await until(lambda: len(running.host.failures) == 1)
        [(_, reason)] = running.host.failures
        assert "127.0.0.1 is not a public address" in reason
        [row] = await running.rows()
        assert (row.state, row.reason, row.intent) == ("errored", reason, None)
        assert (await made.number(request), await made.answers()) == (0, [])

    play(story)


def test_a_bad_request_harms_nobody_else(play: Play) -> None:
    async def story(made: World) -> None:
        running = await made.serving()
        await made.ask(path="no,such,path")
        await made.ask(url="http://127.0.0.1:1/nobody")
        good = await made.ask()
        await until_answered(made, good)
        await until(lambda: len(running.host.failures) == 2)
        assert await made.answers() == [good]

    play(story)


def test_the_older_single_word_job_is_served(play: Play) -> None:
    async def story(made: World) -> None:
        await made.serving(job=SINGLE_WORD)
        request = await made.ask(job=SINGLE_WORD, words=1)
        await until_answered(made, request)
        assert await made.number(request) == 243_821

    play(story)


def test_a_job_for_another_oracle_or_chain_is_refused(play: Play) -> None:
    async def story(made: World) -> None:
        running = await made.serving()
        other = LOCAL_JOB.replace("YOUR_OPERATOR_CONTRACT_ADDRESS", "0x" + "12" * 20)
        with pytest.raises(UsageError, match="which node is the job for"):
            await running.host.add_job(other)
        with pytest.raises(SpecError, match="this node's is"):
            await running.host.add_job(other, node=running.node.address)
        with pytest.raises(SpecError, match="chain 1"):
            await running.host.add_job(f"evmChainID = 1\n{LOCAL_JOB}")

    play(story)


def test_a_consumer_takes_an_unanswered_payment_back(play: Play, pool: Program) -> None:
    async def story(made: World) -> None:
        await made.serving()
        await made.stop()
        link, consumer, user = made.suite.link, made.consumer, made.sender(USER)
        before = await link.balance_of(consumer.address)
        request = await made.ask()
        assert await link.balance_of(consumer.address) == before - PRICE
        assert await consumer.pending() == 1
        with pytest.raises(TxReverted):
            await user.send(consumer.cancel(request))
        pool.anvil.advance(301)
        await user.send(consumer.cancel(request))
        assert await link.balance_of(consumer.address) == before
        assert await consumer.pending() == 0
        with pytest.raises(TxReverted, match="consumer: not pending"):
            await user.send(consumer.cancel(request))
        running = await made.start()
        await eventually(running.rows)  # type: ignore[arg-type]
        [row] = await running.rows()
        assert (row.state, row.answer_tx) == ("cancelled", None)
        assert await made.answers() == []

    play(story)


def test_the_consumer_takes_answers_from_the_oracle_it_asked_only(play: Play) -> None:
    async def story(made: World) -> None:
        await made.serving()
        request = await made.ask()
        await until_answered(made, request)
        for stranger in (USER, NODE):
            with pytest.raises(TxReverted, match="consumer: not the oracle asked"):
                call = made.consumer._call("fulfil", request, 1)
                await made.sender(stranger).send(call)
        with pytest.raises(TxReverted, match="consumer: not the owner"):
            storage = await made.storage()
            await made.sender(NODE).send(made.consumer.ask(storage.address, bytes(32), PRICE, b""))

    play(story)
