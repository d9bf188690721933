# SPDX-License-Identifier: MIT
"""ethtx, ethcall and estimategaslimit: what a job wants of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from linkpool.net.document import load
from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError, TryLater
from linkpool.oracle.results import PendingTransaction
from linkpool.oracle.tasks.call import Call
from linkpool.oracle.world import ChainReads

DEFAULT_GAS: Final = 500_000  # as a Chainlink node: the contract keeps 400,000 for the consumer
MAX_SENDERS: Final = 100


def send(call: Call) -> PendingTransaction:
    """The transaction that has to be sent; nothing is sent here."""
    gas = call.count("gaslimit")
    return PendingTransaction(
        to=_address(call.required("to"), "to"),
        data=abi.raw(call.value("data"), "data"),
        gas=_most_gas(call) if gas is None else gas,
        senders=senders(call),
        min_confirmations=call.count("minconfirmations"),
        fail_on_revert=call.flag("failonrevert", False),
        chain_id=_chain_id(call),
        meta=as_map(call, "txmeta"),
        transmit_checker=as_map(call, "transmitchecker"),
    )


async def ask(call: Call) -> str:
    """What a contract answers, as 0x-hexadecimal text."""
    chain = _chain(call)
    data = abi.raw(call.value("data"), "data")
    if not data:
        raise TaskError("data: empty")
    sender = _address(call.required("from"), "from") if call.raw("from") else None
    gas = None if call.flag("gasunlimited", False) else call.count("gas")
    to = _address(call.required("contract"), "contract")
    block = call.text("block", "latest").lower()
    found = await chain.call(to, data, sender=sender, gas=gas, block=block)
    return "0x" + found.hex()


async def estimate(call: Call) -> int:
    """Gas with the multiplier, at most the job's limit; the limit itself where the contract
    refuses to be estimated.
    """
    chain = _chain(call)
    to = _address(call.required("to"), "to")
    data = abi.raw(call.value("data"), "data")
    sender = _address(call.required("from"), "from") if call.raw("from") else None
    multiplier = abi.number(
        call.required("multiplier") if call.raw("multiplier") else 1, "multiplier"
    )
    most = _most_gas(call)
    try:
        found = await chain.estimate(to, data, sender=sender)
    except TryLater:
        raise
    except TaskError:
        return most
    wanted = abi.whole(abi.EXACT.multiply(abi.number(found, "gas"), multiplier), "multiplier")
    if wanted < 0:
        raise TaskError("multiplier: negative")
    return min(wanted, most)


def _chain_id(call: Call) -> int | None:
    """As the task says; a node serves one chain, the job's."""
    asked, job = call.count("evmchainid"), call.variables.get("jobSpec")
    served = job.get("evmChainID") if isinstance(job, Mapping) else None
    if asked is not None and served and str(asked) != served:
        raise TaskError(f"evmchainid: the job is for chain {served}, the task for {asked}")
    return asked


def _chain(call: Call) -> ChainReads:
    _chain_id(call)
    if call.world.chain is None:
        raise TaskError("there is no chain to ask in this run")
    return call.world.chain


def _most_gas(call: Call) -> int:
    """The job's gasLimit, or the usual one."""
    job = call.variables.get("jobSpec")
    limit = job.get("gasLimit") if isinstance(job, Mapping) else None
    return limit if isinstance(limit, int) else DEFAULT_GAS


def _address(value: Any, name: str) -> ChecksumAddress:
    return to_checksum_address(abi.address(value, name))


def senders(call: Call) -> tuple[ChecksumAddress, ...]:
    """Those that `from` lets the node choose from; none leaves it to the node."""
    text = call.raw("from")
    if text is None:
        return ()
    found = call.document("from") if text.lstrip()[:1] in "[$" else call.required("from")
    if isinstance(found, str | bytes) and len(found) != 20 and found[:1] in ("[", b"["):
        found = _json(found, "from")
    listed = found if isinstance(found, list | tuple) else [found]
    if len(listed) > MAX_SENDERS:
        raise TaskError(f"from: more than {MAX_SENDERS} addresses")
    return tuple(dict.fromkeys(_address(one, "from") for one in listed))


def _json(text: str | bytes, name: str) -> Any:
    try:
        return load(abi.text(text, name))
    except ValueError as error:
        raise TaskError(f"{name}: not JSON: {error}") from None


def as_map(call: Call, name: str) -> Mapping[str, Any]:
    """Of a JSON attribute; empty without it."""
    found = call.document(name) if call.raw(name) is not None else {}
    if not isinstance(found, Mapping):
        raise TaskError(f"{name}: expected a map")
    return found
