# SPDX-License-Identifier: MIT
"""The floor: how fast the node's own transaction manager sends transactions that do nothing."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any, Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection as Rows
from sqlalchemy import func, select

from bench.oracle.lab import Lab
from linkpool.chain.accounts import development
from linkpool.chain.connection import Connection
from linkpool.store.database import Database
from linkpool.store.tables import intents, metadata
from linkpool.transactions import Intent, TransactionLimits, TransactionManager

KEY: Final = 19
TRANSFER_GAS: Final = 21_000
TOGETHER: Final = 100
"""Intents of one database transaction, as many as a busy block of requests."""

IN_FLIGHT: Final = 2_000
PATIENCE: Final = 120.0
MINED: Final = ("mined", "final")


def bare(lab: Lab, *, count: int) -> dict[str, Any]:
    """`count` transfers of nothing to oneself: how many a second were mined."""
    return asyncio.run(_bare(lab, count))


async def _bare(lab: Lab, count: int) -> dict[str, Any]:
    signer = development(KEY, chain_id=lab.anvil.chain_id)
    lab.rpc("anvil_setBalance", signer.address, hex(10**22))
    database = Database.open(f"sqlite:///{lab.folder / 'bare.db'}")
    await database.write(metadata.create_all)
    stop = asyncio.Event()
    async with await Connection.open(lab.anvil.url) as chain:
        limits = TransactionLimits(in_flight=IN_FLIGHT, finality=1)
        manager = TransactionManager(chain, database, {signer.address: signer}, limits)
        await manager.start()
        running = asyncio.create_task(manager.run(stop, chain.heads()))
        began, cpu = time.monotonic(), time.process_time()
        await _enqueue(manager, database, signer.address, count)
        await _until_mined(database, count)
        took, used = time.monotonic() - began, time.process_time() - cpu
        stop.set()
        manager.wake()
        await running
    database.close()
    return {
        "transactions": count,
        "seconds": round(took, 2),
        "per_second": round(count / took, 1),
        "cpu_ms_each": round(1000 * used / count, 2),
        "in_flight": IN_FLIGHT,
    }


async def _enqueue(
    manager: TransactionManager, database: Database, account: ChecksumAddress, count: int
) -> None:
    def work(rows: Rows, first: int) -> None:
        for number in range(first, min(first + TOGETHER, count)):
            manager.enqueue(rows, _nothing(account, number))

    for first in range(0, count, TOGETHER):
        await database.write(partial(work, first=first))


def _nothing(account: ChecksumAddress, number: int) -> Intent:
    return Intent(
        key=f"bare:{number}",
        account=account,
        to=account,
        data=b"",
        gas=TRANSFER_GAS,
        what="nothing",
    )


async def _until_mined(database: Database, count: int) -> None:
    end = time.monotonic() + PATIENCE
    wanted = select(func.count()).where(intents.c.state.in_(MINED))
    while await database.read(lambda rows: rows.execute(wanted).scalar_one()) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"{count} bare transactions were not mined in {PATIENCE:g} s")
        await asyncio.sleep(0.1)
