# SPDX-License-Identifier: MIT
"""Keystores of the wallets folder, and the accounts that the running node signs with."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from linkpool.api.operator.access import Allow, Door, Node
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.envelope import Json, Resource, many, nothing, one
from linkpool.api.operator.fields import Name, clean
from linkpool.api.operator.model import Operator
from linkpool.chain import wire
from linkpool.chain.accounts import (
    decrypted,
    encrypted,
    keystore_address,
    read_key,
    write_keystore,
)
from linkpool.errors import ChainUnavailable, UsageError, reason_of
from linkpool.settings import secret

router = APIRouter()
Secret = Annotated[str, Query(max_length=1024)]


@router.get("/keys/evm")
async def listing(operator: Node) -> Json:
    """Balances are there where a node runs."""
    stored = await asyncio.to_thread(_stored, operator)
    used = _used(operator)
    addresses = sorted({*stored, *used})
    balances = await _balances(operator, addresses)
    return many(
        [
            _resource(operator, each, stored.get(each), each in used, balances.get(each))
            for each in addresses
        ]
    )


@router.post("/keys/evm", dependencies=[Depends(Allow(Role.EDIT))])
async def create(
    operator: Node, door: Door, name: Annotated[str, Query(min_length=1, max_length=64)] = "node"
) -> Json:
    """A new key, encrypted with the password of the setting password_file."""
    password = _password(operator)
    _path, address = await door.alone(lambda: write_keystore(_folder(operator), name, password))
    return one(_resource(operator, address, name, False, None), 201)


@router.post("/keys/evm/import", dependencies=[Depends(Allow(Role.ADMIN))])
async def import_(
    request: Request,
    operator: Node,
    door: Door,
    oldpassword: Secret,
    name: Annotated[str, Query(min_length=1, max_length=64)] = "imported",
) -> Json:
    """The body is a keystore v3 file, `oldpassword` its password."""
    body = await request.body()
    key = await door.alone(lambda: _opened(body, oldpassword))
    password = _password(operator)
    _path, address = await door.alone(
        lambda: write_keystore(_folder(operator), name, password, key=key)
    )
    return one(_resource(operator, address, name, False, None), 201)


@router.post("/keys/evm/export/{address}", dependencies=[Depends(Allow(Role.ADMIN))])
async def export(address: Name, operator: Node, door: Door, newpassword: Secret) -> Response:
    """A keystore v3 file, encrypted with `newpassword`."""
    if not newpassword:
        raise UsageError("newpassword: an empty one protects nothing")
    path, password = await _file(operator, address), _password(operator)

    def work() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(encrypted(read_key(path, password), newpassword))
        return found

    return Json(await door.alone(work))


@router.delete("/keys/evm/{address}", dependencies=[Depends(Allow(Role.ADMIN))])
async def delete(address: Name, operator: Node, hard: bool = False) -> Response:
    """For ever: `hard=true` says that this is meant."""
    path = await _file(operator, address)
    if address.lower() in {used.lower() for used in _used(operator)}:
        raise HTTPException(409, f"the node signs with {address}: stop it first")
    if not hard:
        raise UsageError("a deleted key is lost: export it, then ask again with hard=true")
    try:
        path.unlink()
    except OSError as error:
        raise UsageError(f"{path.name} cannot be removed: {reason_of(error)}") from None
    return nothing()


def _folder(operator: Operator) -> Path:
    return operator.settings.wallets.expanduser()


def _stored(operator: Operator) -> dict[str, str]:
    """Wallets by address; files that cannot be read are none."""
    found = {}
    for path in sorted(_folder(operator).glob("*.json")):
        try:
            found[str(keystore_address(path))] = path.stem
        except UsageError:
            continue
    return found


def _used(operator: Operator) -> set[str]:
    return set() if operator.manager is None else set(map(str, operator.manager.accounts))


async def _file(operator: Operator, address: str) -> Path:
    stored = await asyncio.to_thread(_stored, operator)
    for known, name in stored.items():
        if known.lower() == address.lower():
            return _folder(operator) / f"{name}.json"
    raise HTTPException(404, f"there is no keystore of {address} in the wallets folder")


async def _balances(operator: Operator, addresses: list[str]) -> dict[str, str]:
    if operator.connection is None or not addresses:
        return {}
    asked = [("eth_getBalance", (address, "latest")) for address in addresses]
    try:
        answers = await operator.connection.batch(asked)
    except ChainUnavailable:
        return {}
    found = {}
    for address, answer in zip(addresses, answers, strict=True):
        with suppress(ChainUnavailable):  # or what no balance can be
            found[address] = str(wire.number(answer))
    return found


def _password(operator: Operator) -> str:
    file = operator.settings.password_file
    if file is None:
        raise UsageError("the setting password_file is needed: it encrypts new keys")
    return secret(file)


def _opened(body: bytes, password: str) -> bytes:
    try:
        content = json.loads(clean(body.decode()))
    except (ValueError, RecursionError):
        raise UsageError("expected a keystore v3 file and its password") from None
    return decrypted(content, password, "the keystore")


def _resource(
    operator: Operator, address: str, name: str | None, used: bool, wei: str | None
) -> Resource:
    shown = {
        "address": address,
        "evmChainID": str(operator.chain_id),
        "name": name,
        "ethBalance": wei,
        "disabled": not used,
    }
    return Resource("eTHKeys", address, shown)
