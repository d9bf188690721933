# SPDX-License-Identifier: MIT
"""A contract of logic that does whatever it is told, and blocks whose order its owner chooses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector

from bench.drills.pool import Pool
from bench.drills.replacing import announce, delay, execution
from bench.drills.versions import compiled
from linkpool.chain.calls import Call
from tools.sources import ROOT

_ACT = function_signature_to_4byte_selector("act(address,bytes)")
_GAS = 800_000
_GWEI = 10**9


@cache
def _code() -> bytes:
    path = ROOT / "tests" / "contracts" / "mocks" / "logic_target.vy"
    return compiled(path, path.read_text(encoding="utf-8"))


def hostile(pool: Pool) -> ChecksumAddress:
    """A new one, without power."""
    made = pool.create(_code()).created
    assert made is not None
    return made


def by(logic: ChecksumAddress, call: Call) -> Call:
    """What a hostile contract is told to do."""
    data = _ACT + encode(["address", "bytes"], [call.to, call.data])
    return Call(to=logic, data=data, what=f"hostile: {call.what}")


def ready(pool: Pool, name: str, logic: ChecksumAddress) -> Call:
    """Announced and waited for: the call that anybody may make in the next block."""
    call = pool.replacement(name, logic)
    announce(pool, call)
    pool.chain.advance(delay(pool))
    return execution(pool, call)


def one_block(pool: Pool, sent: Sequence[tuple[Call, ChecksumAddress]]) -> list[bool]:
    """In this order in one block, as whoever pays the builder best would have it; who succeeded."""
    chain = pool.chain
    hashes = []
    with chain.by_hand():
        nonces = {who: chain.nonce(who) for _, who in sent}
        for place, (call, who) in enumerate(sent):
            chain.fund(who)
            tip = _GWEI * (len(sent) - place)
            request = {
                "from": who,
                "to": call.to,
                "data": "0x" + call.data.hex(),
                "nonce": hex(nonces[who]),
                "gas": hex(_GAS),
                "maxPriorityFeePerGas": hex(tip),
                "maxFeePerGas": hex(tip + 100 * _GWEI),
            }
            nonces[who] += 1
            hashes.append(chain.rpc("eth_sendTransaction", request))
    found = [chain.rpc("eth_getTransactionReceipt", one) for one in hashes]
    assert [int(one["transactionIndex"], 16) for one in found] == list(range(len(sent)))
    assert len({one["blockNumber"] for one in found}) == 1
    return [int(one["status"], 16) == 1 for one in found]
