# SPDX-License-Identifier: MIT
"""Keystores of the wallets folder, over the operator API."""

from __future__ import annotations

import asyncio
import errno
import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from linkpool.chain import keystore
from linkpool.chain.accounts import keystore_address
from linkpool.settings import Settings
from linkpool.store.database import Database
from linkpool.store.tables import metadata
from tests.linkpool.api.worlds import operator, play

KEY = "0x" + "46" * 32


def with_password(folder: Path) -> Settings:
    (folder / "password").write_text("right\n")
    return Settings(state=folder, wallets=folder / "wallets", password_file=folder / "password")


def test_keys_are_made_taken_over_given_away_and_removed(tmp_path: Path) -> None:
    """On one kind of database: keys are files, and each costs seconds of scrypt."""
    database = Database.open(f"sqlite:///{tmp_path}/state.db")
    database.write_now(metadata.create_all)
    of = operator(database, tmp_path, settings=with_password(tmp_path))
    theirs = json.dumps(Account.encrypt(KEY, "old", kdf="pbkdf2", iterations=1_000)).encode()

    async def story(web: httpx.AsyncClient) -> None:
        made = await web.post("/v2/keys/evm", params={"name": "fresh"})
        assert made.status_code == 201
        address = made.json()["data"]["id"]
        assert keystore_address(tmp_path / "wallets" / "fresh.json") == address
        wrong = await web.post("/v2/keys/evm/import", params={"oldpassword": "x"}, content=theirs)
        assert wrong.status_code == 422
        taken = await web.post(
            "/v2/keys/evm/import", params={"oldpassword": "old", "name": "theirs"}, content=theirs
        )
        owner = taken.json()["data"]["id"]
        given = await web.post(f"/v2/keys/evm/export/{owner}", params={"newpassword": "new"})
        assert bytes(Account.decrypt(given.json(), "new")).hex() == KEY[2:]
        listed = (await web.get("/v2/keys/evm")).json()["data"]
        assert {one["id"] for one in listed} == {address, owner}
        gone = f"/v2/keys/evm/{owner.lower()}"
        assert (await web.delete(gone)).status_code == 422
        assert (await web.delete(gone, params={"hard": "true"})).status_code == 204
        assert (await web.delete(gone, params={"hard": "true"})).status_code == 404

    play(of, story)
    database.close()


def test_keystores_are_made_and_opened_one_at_a_time(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes 256 MB: whoever may make keys could otherwise fell the node."""
    lock, at_once, most = threading.Lock(), 0, 0

    def derived(*_: object) -> bytes:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1
        return bytes(32)

    monkeypatch.setattr(keystore, "_derived", derived)

    async def story(web: httpx.AsyncClient) -> None:
        made = [web.post("/v2/keys/evm", params={"name": f"n{number}"}) for number in range(6)]
        owners = [answer.json()["data"]["id"] for answer in await asyncio.gather(*made)]
        asked = [
            web.post(f"/v2/keys/evm/export/{owner}", params={"newpassword": "new"})
            for owner in owners
        ]
        given = await asyncio.gather(*asked)
        again = [
            web.post(
                "/v2/keys/evm/import",
                params={"oldpassword": "new", "name": f"again{number}"},
                content=answer.content,
            )
            for number, answer in enumerate(given)
        ]
        assert {answer.status_code for answer in await asyncio.gather(*again)} == {201}

    play(operator(database, tmp_path, settings=with_password(tmp_path)), story)
    assert most == 1


def test_a_key_s_balance_that_no_rpc_can_mean_is_left_out(
    database: Database, tmp_path: Path
) -> None:
    class Reads:
        async def batch(self, asked: list[Any]) -> list[Any]:
            return ["0x10", "no number", None, "0x" + "f" * 65][: len(asked)]

    (tmp_path / "wallets").mkdir()
    for number in range(4):
        content = {"address": f"{number:040x}"}
        (tmp_path / "wallets" / f"n{number}.json").write_text(json.dumps(content))

    async def story(web: httpx.AsyncClient) -> list[Any]:
        listed = (await web.get("/v2/keys/evm")).json()["data"]
        return [one["attributes"]["ethBalance"] for one in listed]

    of = operator(database, tmp_path, connection=Reads())
    assert play(of, story) == ["16", None, None, None]


def test_a_key_that_cannot_be_removed_says_why(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wallets").mkdir()
    (tmp_path / "wallets" / "n.json").write_text(json.dumps({"address": "11" * 20}))

    def refused(_path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async def story(web: httpx.AsyncClient) -> httpx.Response:
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", refused)
            return await web.delete(f"/v2/keys/evm/0x{'11' * 20}", params={"hard": "true"})

    answer = play(operator(database, tmp_path), story)
    assert answer.status_code == 422
    assert "n.json cannot be removed: read-only file system" in answer.text


def test_keys_need_the_password_of_the_settings(database: Database, tmp_path: Path) -> None:
    async def story(web: httpx.AsyncClient) -> str:
        return (await web.post("/v2/keys/evm")).text

    assert "password_file" in play(operator(database, tmp_path), story)
