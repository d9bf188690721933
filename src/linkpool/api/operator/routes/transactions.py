# SPDX-License-Identifier: MIT
"""What the node sends: looked at, sent again, replaced, cancelled; ether that is moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field
from sqlalchemy import Connection, func, select

from linkpool.api.operator.access import Allow, Node
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.envelope import Json, Page, Resource, moment, one, paged
from linkpool.api.operator.fields import Body, Name, Text
from linkpool.api.operator.model import Operator
from linkpool.chain.addresses import ZERO, address
from linkpool.errors import UsageError
from linkpool.store.tables import attempts, intents
from linkpool.transactions import Intent, IntentState, admin
from linkpool.transactions.admin import AttemptRow, TransactionDetail, TransactionRow
from linkpool.units import ether

router = APIRouter()
edit = [Depends(Allow(Role.EDIT))]
TRANSFER_GAS = 21_000
Change = Callable[[Connection, str], TransactionRow]


class Reason(Body):
    reason: Text = Field(default="", max_length=200)


class Transfer(Body):
    """As Chainlink's: `amount` is ether as decimal text."""

    address: Text = Field(max_length=64)
    sender: Text = Field(alias="from", max_length=64)
    amount: Text = Field(max_length=64)
    allowHigherAmounts: bool = False


@router.get("/transactions")
@router.get("/transactions/evm")
async def listing(
    request: Request,
    operator: Node,
    page: Annotated[Page, Depends()],
    state: Annotated[IntentState | None, Query()] = None,
    account: Annotated[str | None, Query(max_length=64)] = None,
) -> Json:
    """Newest first; `state` and `account` keep only those."""
    whose = None if account is None else address(account)
    rows, count = await operator.database.read(
        lambda c: (
            admin.page(c, offset=page.offset, limit=page.size, state=state, account=whose),
            admin.count(c, state=state, account=whose),
        )
    )
    shown = [_resource(row, operator.chain_id) for row in rows]
    return paged(request, page, shown, count)


@router.get("/tx_attempts/evm")
async def tries(request: Request, operator: Node, page: Annotated[Page, Depends()]) -> Json:
    """Everything that was signed, newest first."""

    def work(connection: Connection) -> tuple[list[Any], int]:
        query = select(attempts, intents.c.account, intents.c.key).join(intents)
        query = query.order_by(attempts.c.id.desc()).offset(page.offset).limit(page.size)
        counted = select(func.count()).select_from(attempts)
        return list(connection.execute(query)), int(connection.execute(counted).scalar_one())

    rows, count = await operator.database.read(work)
    shown = [
        Resource(
            "evm_attempts",
            row.hash,
            {
                "hash": row.hash,
                "from": row.account,
                "transactionKey": row.key,
                "nonce": str(row.nonce),
                "gasPrice": row.ceiling,
                "sentAt": moment(row.broadcast),
                "error": row.error,
            },
        )
        for row in rows
    ]
    return paged(request, page, shown, count)


@router.get("/transactions/{key}")
@router.get("/transactions/evm/{key}")
async def show(key: Name, operator: Node) -> Json:
    """By its number, its key, or the hash of any of its attempts."""
    return one(_detailed(await _detail(operator, key), operator.chain_id))


@router.post("/transactions/{key}/resend", dependencies=edit)
async def resend(key: Name, operator: Node) -> Json:
    """The same bytes to every RPC once more."""
    return await _changed(operator, key, admin.resend)


@router.post("/transactions/{key}/replace", dependencies=edit)
async def replace(key: Name, operator: Node) -> Json:
    """Signed again at a higher fee, at the node's next look."""
    return await _changed(operator, key, admin.replace)


@router.post("/transactions/{key}/cancel", dependencies=edit)
async def cancel(key: Name, operator: Node, given: Reason | None = None) -> Json:
    """An empty transfer takes its nonce; whichever is mined decides."""
    reason = "" if given is None else given.reason
    return await _changed(operator, key, lambda c, known: admin.cancel(c, known, reason))


@router.post("/transfers/evm", dependencies=[Depends(Allow(Role.ADMIN))])
async def transfer(given: Transfer, operator: Node) -> Json:
    """Ether from an account that the running node signs with."""
    manager, connection = operator.manager, operator.connection
    if manager is None or connection is None:
        raise UsageError("no node runs on this state: start `linkpool oracle run`")
    to, sender, value = address(given.address), address(given.sender), ether(given.amount)
    if to == ZERO or value == 0:
        raise UsageError("a transfer needs an amount and somebody who gets it")
    if sender not in manager.accounts:
        raise HTTPException(404, f"the node does not sign with {sender}")
    if not given.allowHigherAmounts and await connection.balance(sender) <= value:
        raise UsageError(f"{sender} has too little ether for that")
    intent = Intent(
        key=f"transfer:{uuid4()}",
        account=sender,
        to=to,
        data=b"",
        value=value,
        gas=TRANSFER_GAS,
        what=f"transfer to {to}",
    )
    await operator.database.write(lambda c: manager.enqueue(c, intent))
    return one(_detailed(await _detail(operator, intent.key), operator.chain_id), 201)


async def _changed(operator: Operator, name: str, change: Change) -> Json:
    known = (await _detail(operator, name)).transaction.key
    row = await operator.database.write(lambda c: change(c, known))
    if operator.manager is not None:
        operator.manager.wake()
    return one(_resource(row, operator.chain_id))


async def _detail(operator: Operator, name: str) -> TransactionDetail:
    def work(connection: Connection) -> TransactionDetail:
        return admin.show(connection, admin.find(connection, name))

    try:
        return await operator.database.read(work)
    except UsageError as error:
        raise HTTPException(404, str(error)) from None


def _resource(row: TransactionRow, chain_id: int, **more: Any) -> Resource:
    shown = {
        "number": row.id,
        "key": row.key,
        "what": row.what,
        "state": str(row.state),
        "from": row.account,
        "to": row.to,
        "value": str(row.value),
        "gasLimit": str(row.gas),
        "nonce": str(row.nonce),
        "hash": row.tx,
        "block": row.block,
        "attempts": row.attempts,
        "cancelling": row.cancelling,
        "reason": row.reason,
        "evmChainID": str(chain_id),
        "createdAt": moment(row.created),
        "sentAt": moment(row.sent),
        "settledAt": moment(row.settled),
    }
    return Resource("evm_transactions", row.key, shown | more)


def _detailed(found: TransactionDetail, chain_id: int) -> Resource:
    tried = [_attempt(attempt) for attempt in found.attempts]
    return _resource(found.transaction, chain_id, data=found.data, attempted=tried)


def _attempt(row: AttemptRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "hash": row.hash,
        "nonce": str(row.nonce),
        "maxFee": str(row.ceiling),
        "tip": str(row.tip),
        "createdAt": moment(row.created),
        "sentAt": moment(row.broadcast),
        "broadcasts": row.broadcasts,
        "error": row.error,
        "gasUsed": row.gas_used,
        "price": None if row.price is None else str(row.price),
        "succeeded": row.succeeded,
    }
