# SPDX-License-Identifier: MIT
"""Asks an oracle one question with the Vyper example (contracts/examples/Consumer.vy).

    python examples/consumer/ask.py --oracle 0x... --job 6bd6398ea13e4cb8adc79f56ecfd3146 \
        --get https://api.example.org/price --path data,price --times 100

Deploys the consumer where none is given, gives it LINK for the payment, asks, and waits for the
answer. The wallet is a development key of the local chain: read this file before you write your own
for another one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from eth_typing import ChecksumAddress

from linkpool.chain.accounts import development
from linkpool.chain.addresses import address
from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Call
from linkpool.chain.codec import codec
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import LinkToken
from linkpool.chain.sender import Sender
from linkpool.errors import LinkPoolError
from linkpool.oracle.cbor import encode_request
from linkpool.story.consumer import Consumer
from linkpool.units import link, show_link

PATIENCE = 60.0  # seconds


async def ask(given: argparse.Namespace) -> int:
    """The number that came."""
    async with await Connection.open(given.rpc) as chain:
        wallet = Sender(chain, development(given.key, chain_id=chain.chain_id))
        oracle = address(given.oracle)
        token = LinkToken(chain, await link_of(chain, oracle))
        consumer = await made(chain, wallet, token, given.consumer)
        if await token.balance_of(consumer.address) < given.payment:
            await wallet.send(token.transfer(consumer.address, given.payment))
        question = {"get": given.get, "path": given.path, "times": given.times}
        data = encode_request(question)
        call = consumer.ask(oracle, given.job.encode(), given.payment, data)
        receipt = await wallet.send(call)
        (asked,) = [e for e in consumer.decode_logs(receipt.logs) if e.name == "Asked"]
        request: bytes = asked.fields["requestId"]
        print(f"asked    0x{request.hex()} for {show_link(given.payment)}")
        return await answer(consumer, request)


async def link_of(chain: Connection, oracle: ChecksumAddress) -> ChecksumAddress:
    """The token that an oracle is paid in; an Operator says it as a PoolStorage does."""
    known = codec("PoolStorage")
    data = known.encode("getChainlinkToken", ())
    raw = await chain.call(Call(to=oracle, data=data, what="getChainlinkToken"))
    return address(known.decode("getChainlinkToken", raw))


async def made(chain: Connection, wallet: Sender, token: LinkToken, place: str | None) -> Consumer:
    """The consumer at `place`, or a new one."""
    if place is not None:
        return Consumer(chain, address(place))
    created = (await wallet.send(artefact("Consumer").creation(token.address))).created
    assert created is not None
    print(f"consumer {created}")
    return Consumer(chain, created)


async def answer(consumer: Consumer, request: bytes) -> int:
    """Waits for it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = await consumer.answer(request)
        if found.time:
            print(f"answer   {found.number}")
            return found.number
        await asyncio.sleep(0.2)
    raise SystemExit(f"no answer in {PATIENCE:.0f} s: is the node running, with this job?")


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask an oracle one question.")
    parser.add_argument("--oracle", required=True, help="the node's PoolStorage")
    parser.add_argument("--job", required=True, help="the job's id without dashes")
    parser.add_argument("--get", required=True, help="URL of the data")
    parser.add_argument("--path", required=True, help="where the number is: data,price")
    parser.add_argument("--times", type=int, default=100, help="factor that makes it whole")
    parser.add_argument("--payment", type=link, default=link("0.1"), help="LINK")
    parser.add_argument("--consumer", help="one that you have deployed [default: a new one]")
    parser.add_argument("--rpc", default="http://127.0.0.1:8545")
    parser.add_argument("--key", type=int, default=15, help="development key that pays")
    try:
        asyncio.run(ask(parser.parse_args()))
    except LinkPoolError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
