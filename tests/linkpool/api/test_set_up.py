# SPDX-License-Identifier: MIT
"""Bridges, users and transactions: what an operator sets up and steers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from linkpool.api.operator.passwords import matches, sealed
from linkpool.chain.testing import SimulatedChain, SimulatedSigner
from linkpool.store.database import Database
from linkpool.transactions import Intent, TransactionManager
from tests.linkpool.api.worlds import NODE, ORACLE, WAITING, add_job, operator, play

BRIDGE = {"name": "Slow", "url": "http://127.0.0.1:9/?key=t0ken", "confirmations": 2}
PASSWORD = "correct horse battery"


# ---- Bridges ----


def test_a_bridges_tokens_are_shown_once(database: Database, tmp_path: Path) -> None:
    async def story(web: httpx.AsyncClient) -> None:
        made = (await web.post("/v2/bridge_types", json=BRIDGE)).json()["data"]
        tokens = {made["attributes"][key] for key in ("incomingToken", "outgoingToken")}
        assert made["id"] == "slow" and len(tokens) == 2
        assert (await web.post("/v2/bridge_types", json=BRIDGE)).status_code == 422
        changed = await web.patch(
            "/v2/bridge_types/slow", json=BRIDGE | {"minimumContractPayment": str(10**20)}
        )
        assert changed.json()["data"]["attributes"]["minimumContractPayment"] == str(10**20)
        listed = await web.get("/v2/bridge_types")
        assert listed.json()["meta"] == {"count": 1}
        assert not [token for token in tokens if token in listed.text + changed.text]
        assert (await web.delete("/v2/bridge_types/SLOW")).status_code == 204
        assert (await web.get("/v2/bridge_types/slow")).status_code == 404

    play(operator(database, tmp_path), story)


def test_a_bridge_that_a_job_uses_stays(database: Database, tmp_path: Path) -> None:
    add_job(database, WAITING)

    async def story(web: httpx.AsyncClient) -> Any:
        await web.post("/v2/bridge_types", json=BRIDGE)
        return await web.delete("/v2/bridge_types/slow")

    refused = play(operator(database, tmp_path), story)
    assert refused.status_code == 422
    assert "used by price" in refused.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "a b"}, "bridge name"),
        ({"url": "ftp://x"}, "bridge slow"),
        ({"confirmations": -1}, "confirmations: expected at least 0"),
        ({"confirmations": "two"}, "confirmations: expected a whole number"),
        ({"minimumContractPayment": "1.5"}, "expected whole juels"),
        ({"outgoingToken": "short"}, "outgoingToken"),
    ],
)
def test_a_wrong_bridge_is_refused(
    database: Database, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    async def story(web: httpx.AsyncClient) -> httpx.Response:
        return await web.post("/v2/bridge_types", json={**BRIDGE, "name": "slow", **change})

    answer = play(operator(database, tmp_path), story)
    assert answer.status_code == 422
    assert said in answer.json()["errors"][0]["detail"]


# ---- Users ----


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"email": "nobody"}, "no email address"),
        ({"email": ""}, "no email address"),
        ({"password": "short"}, "16 to 256 characters"),
        ({"password": " leading and long enough"}, "neither begins nor ends with a space"),
        ({"password": "x-ann@example.org-x"}, "does not contain the email"),
        ({"role": "king"}, "view, run, edit, admin"),
    ],
)
def test_a_wrong_user_is_refused(
    database: Database, tmp_path: Path, user: dict[str, str], said: str
) -> None:
    given = {"email": "ann@example.org", "password": PASSWORD, "role": "view", **user}

    async def story(web: httpx.AsyncClient) -> httpx.Response:
        return await web.post("/v2/users", json=given)

    answer = play(operator(database, tmp_path), story)
    assert answer.status_code == 422
    assert said in answer.json()["errors"][0]["detail"]


def test_users_are_added_listed_and_removed(database: Database, tmp_path: Path) -> None:
    given = {"email": "Ann@Example.org", "password": PASSWORD, "role": "edit"}

    async def story(web: httpx.AsyncClient) -> None:
        assert (await web.post("/v2/users", json=given)).status_code == 201
        twice = await web.post("/v2/users", json=given)
        assert (twice.status_code, "already" in twice.text) == (422, True)
        [user] = (await web.get("/v2/users")).json()["data"]
        assert (user["id"], user["attributes"]["role"]) == ("ann@example.org", "edit")
        assert "scrypt" not in str(user)
        reset = await web.patch(
            "/v2/users/ann@example.org/password", json={"password": "another good long one"}
        )
        assert reset.status_code == 204
        assert (await web.delete("/v2/users/ANN@example.org")).status_code == 204
        for method, path in (("DELETE", "/v2/users/x@y.z"), ("PATCH", "/v2/users/x@y.z/password")):
            answer = await web.request(method, path, json={"password": PASSWORD})
            assert answer.status_code == 404

    play(operator(database, tmp_path), story)


def test_a_password_is_recognised_and_kept_as_scrypt() -> None:
    stored = sealed(PASSWORD)
    assert stored.startswith("scrypt$16384$8$1$")
    assert stored != sealed(PASSWORD)
    assert matches(PASSWORD, stored)
    assert not matches(PASSWORD + "x", stored)
    assert not matches(PASSWORD, None)


# ---- Transactions ----


class Running:
    """A manager on a simulated chain, with one intent that was never signed."""

    def __init__(self, database: Database) -> None:
        self.chain = SimulatedChain()
        signer = SimulatedSigner(NODE)
        self.manager = TransactionManager(self.chain, database, {NODE: signer})
        asyncio.run(self.manager.start())
        intent = Intent(
            key="answer:1", account=NODE, to=ORACLE, data=b"\x01", gas=21_000, what="an answer"
        )  # type: ignore[arg-type]
        database.write_now(lambda c: self.manager.enqueue(c, intent))


def test_transactions_are_seen_and_steered(database: Database, tmp_path: Path) -> None:
    running = Running(database)
    of = operator(database, tmp_path, manager=running.manager)

    async def story(web: httpx.AsyncClient) -> None:
        for path in ("/v2/transactions", "/v2/transactions/evm"):
            listed = (await web.get(path, params={"state": "queued", "account": NODE})).json()
            assert [one["id"] for one in listed["data"]] == ["answer:1"]
        shown = (await web.get("/v2/transactions/answer%3A1")).json()["data"]["attributes"]
        assert (shown["from"], shown["data"], shown["attempted"]) == (NODE, "0x01", [])
        unsigned = await web.post("/v2/transactions/answer:1/resend")
        assert (unsigned.status_code, "not signed yet" in unsigned.text) == (422, True)
        stopped = await web.post("/v2/transactions/answer:1/cancel", json={"reason": "a mistake"})
        assert stopped.json()["data"]["attributes"]["cancelling"] is True
        for path in ("none", "0x" + "0" * 64):
            assert (await web.get(f"/v2/transactions/{path}")).status_code == 404
        wrong = await web.get("/v2/transactions", params={"account": "0x12"})
        assert wrong.status_code == 422
        assert (await web.get("/v2/transactions?state=lost")).status_code == 422
        assert (await web.get("/v2/tx_attempts/evm")).json()["meta"] == {"count": 0}

    play(of, story)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 201),
        ({"address": "0x12"}, 422),
        ({"address": "0x" + "0" * 40}, 422),
        ({"from": ORACLE}, 404),
        ({"amount": "0"}, 422),
        ({"amount": "much"}, 422),
        ({"amount": "1000000"}, 422),
    ],
)
def test_ether_is_moved_from_an_account_of_the_node(
    database: Database, tmp_path: Path, change: dict[str, str], status: int
) -> None:
    running = Running(database)

    class Reads:
        async def balance(self, _account: str) -> int:
            return 10**19

    of = replace(
        operator(database, tmp_path),
        manager=running.manager,
        connection=Reads(),  # type: ignore[arg-type]
    )
    given = {"address": ORACLE, "from": NODE, "amount": "1.5", **change}

    async def story(web: httpx.AsyncClient) -> httpx.Response:
        return await web.post("/v2/transfers/evm", json=given)

    answer = play(of, story)
    assert answer.status_code == status, answer.text
    if status == 201:
        shown = answer.json()["data"]["attributes"]
        assert (shown["value"], shown["to"], shown["state"]) == (str(15 * 10**17), ORACLE, "queued")


def test_without_a_node_no_ether_moves(database: Database, tmp_path: Path) -> None:
    async def story(web: httpx.AsyncClient) -> httpx.Response:
        given = {"address": ORACLE, "from": NODE, "amount": "1"}
        return await web.post("/v2/transfers/evm", json=given)

    assert "linkpool oracle run" in play(operator(database, tmp_path), story).text
