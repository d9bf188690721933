# SPDX-License-Identifier: MIT
"""The gas of every step of an upgrade and of leaving before one, measured and written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode

from bench.chain import Receipt
from bench.drills.leaving import (
    SIZES,
    Exodus,
    blocks_of,
    claims,
    leave,
    settle_penalties,
    withdrawals,
)
from bench.drills.pool import Pool
from bench.drills.replacing import Done, announce, delay, replace, successor
from bench.drills.versions import profile
from linkpool.chain.addresses import ZERO

CONTRACTS = ("Node", "NodeStaking", "NodeFactory", "LinkPool")
NEW_KIND = "NodeProfile"
LIFE = 7 * 86_400
SLOT = 12
"""Seconds from one block of Ethereum to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Gas of one replacement, there and back; of a new kind, in and out again."""

    name: str
    deployed: int
    announced: int
    executed: int
    back_announced: int
    back_executed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run measured."""

    rows: tuple[Row, ...]
    withdrawn: Exodus
    claimed: Exodus
    blocks: dict[int, int]
    """By the gas of a block: how many of them all withdrawals fill."""
    delay: int
    nodes: int
    stakers: int


def measure(pool: Pool, mined: Sequence[int] = SIZES[:1]) -> Figures:
    """Every step, each from the same state; all leave into blocks of each size in `mined`, and
    into as many of the other sizes as that gas fills.
    """
    withdrawn, claimed, blocks = _gone(pool, mined)
    return Figures(
        rows=(*(_replaced(pool, name) for name in CONTRACTS), _new_kind(pool)),
        withdrawn=withdrawn,
        claimed=claimed,
        blocks=blocks,
        delay=delay(pool),
        nodes=len(pool.sites),
        stakers=len(withdrawn.gas),
    )


def _replaced(pool: Pool, name: str) -> Row:
    with pool.chain.undone():
        old, made = pool.serving(name), successor(pool, name)
        assert made.created is not None
        there, back = replace(pool, name, made.created), replace(pool, name, old)
    return _row(name, made, there, back)


def _row(name: str, made: Receipt, there: Done, back: Done) -> Row:
    return Row(
        name=name,
        deployed=made.gas,
        announced=there.announced.gas,
        executed=there.executed.gas,
        back_announced=back.announced.gas,
        back_executed=back.executed.gas,
    )


def _new_kind(pool: Pool) -> Row:
    with pool.chain.undone():
        made = pool.create(profile() + encode(["address"], [pool.world.factory.address]))
        assert made.created is not None
        there, back = replace(pool, NEW_KIND, made.created), replace(pool, NEW_KIND, ZERO)
    return _row(NEW_KIND, made, there, back)


def _gone(pool: Pool, mined: Sequence[int]) -> tuple[Exodus, Exodus, dict[int, int]]:
    with pool.chain.undone():
        announce(pool, pool.replacement("Node", pool.serving("NodeStaking")))
        withdrawn = leave(pool, withdrawals(pool), mined[0])
        pool.chain.advance(LIFE)
        settle_penalties(pool)
        claimed = leave(pool, claims(pool), mined[0])
    blocks = {size: blocks_of(withdrawn.gas, size) for size in SIZES}
    blocks[mined[0]] = len(withdrawn.blocks)
    for size in mined[1:]:
        with pool.chain.undone():
            blocks[size] = len(leave(pool, withdrawals(pool), size).blocks)
    return withdrawn, claimed, blocks


# ---- As the page has it ----


def text(found: Figures) -> str:
    """Figure, table of the steps, table of leaving."""
    return "\n".join([*_figure(found), "", *_steps(found), "", *_leaving(found)])


def _figure(found: Figures) -> Iterator[str]:
    node = found.rows[0]
    yield "```mermaid"
    yield "flowchart TB"
    yield '    owner(["owner"])'
    yield '    anybody(["anybody"])'
    yield '    new["new Node"]'
    yield '    old["old Node"]'
    yield '    timelock["Timelock"]'
    yield '    registry["registry in PoolStorageFactory"]'
    yield f'    stores[("{found.nodes} PoolStorage, {found.stakers:,} stakes: no word changes")]'
    yield f'    owner -->|"1. deploys: {node.deployed:,} gas"| new'
    yield f'    owner -->|"2. announces: {node.announced:,} gas"| timelock'
    days = found.delay // 86_400
    yield f'    anybody -->|"3. executes, {days} days later: {node.executed:,} gas"| timelock'
    yield '    timelock -->|"setContract(Node, new): five words"| registry'
    yield '    registry ==>|"rules from this transaction on"| new'
    yield '    registry -.->|"powerless from this transaction on"| old'
    yield "    new ==> stores"
    yield "    old -. nothing .-> stores"
    yield "```"


def _steps(found: Figures) -> Iterator[str]:
    yield "| contract | deployed | announced | executed | back: announced | back: executed |"
    yield "|---|--:|--:|--:|--:|--:|"
    for row in found.rows:
        gas = (row.deployed, row.announced, row.executed, row.back_announced, row.back_executed)
        yield f"| {row.name} | " + " | ".join(f"{one:,}" for one in gas) + " |"


def _leaving(found: Figures) -> Iterator[str]:
    gas, claims_ = found.withdrawn.gas, found.claimed.gas
    yield "| everybody leaves | transactions | gas together | least | most |"
    yield "|---|--:|--:|--:|--:|"
    for name, each in (("withdrawals", gas), ("claims, once the penalties are over", claims_)):
        numbers = (len(each), sum(each), min(each), max(each))
        yield f"| {name} | " + " | ".join(f"{one:,}" for one in numbers) + " |"
    yield ""
    yield "| gas of a block | blocks that the withdrawals fill | seconds | of the delay |"
    yield "|--:|--:|--:|--:|"
    for size, count in found.blocks.items():
        part = found.delay // (count * SLOT)
        yield f"| {size:,} | {count} | {count * SLOT} | 1 / {part:,} |"
