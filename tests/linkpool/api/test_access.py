# SPDX-License-Identifier: MIT
"""Every route with every role, and every way to prove who one is."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from linkpool.api.operator import accounts, passwords
from linkpool.api.operator.access import proof_of
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.routes import served
from linkpool.settings import ApiSettings, Settings
from linkpool.store.database import Database
from tests.linkpool.api.worlds import client, local, operator, play
from tests.linkpool.awaited import awaited

PASSWORD = "correct horse battery"
PUBLIC = {
    ("POST", "/sessions"),
    ("DELETE", "/sessions"),
    ("GET", "/health"),
    ("GET", "/readyz"),
    ("GET", "/proof"),
    ("GET", "/metrics"),
    ("PATCH", "/v2/resume/{task_run}"),
}
# What is not in this table needs `view`.
NEEDS = {
    ("POST", "/v2/jobs"): Role.EDIT,
    ("DELETE", "/v2/jobs/{job}"): Role.EDIT,
    ("POST", "/v2/jobs/{job}/runs"): Role.RUN,
    ("POST", "/v2/pipeline/runs/{run}/retry"): Role.RUN,
    ("POST", "/v2/replay_from_block/{block}"): Role.RUN,
    ("POST", "/v2/bridge_types"): Role.EDIT,
    ("PATCH", "/v2/bridge_types/{name}"): Role.EDIT,
    ("DELETE", "/v2/bridge_types/{name}"): Role.EDIT,
    ("POST", "/v2/transactions/{key}/resend"): Role.EDIT,
    ("POST", "/v2/transactions/{key}/replace"): Role.EDIT,
    ("POST", "/v2/transactions/{key}/cancel"): Role.EDIT,
    ("POST", "/v2/transfers/evm"): Role.ADMIN,
    ("POST", "/v2/keys/evm"): Role.EDIT,
    ("POST", "/v2/keys/evm/import"): Role.ADMIN,
    ("POST", "/v2/keys/evm/export/{address}"): Role.ADMIN,
    ("DELETE", "/v2/keys/evm/{address}"): Role.ADMIN,
    ("GET", "/v2/users"): Role.ADMIN,
    ("POST", "/v2/users"): Role.ADMIN,
    ("PATCH", "/v2/users"): Role.ADMIN,
    ("DELETE", "/v2/users/{email}"): Role.ADMIN,
    ("PATCH", "/v2/users/{email}/password"): Role.ADMIN,
    ("PATCH", "/v2/log"): Role.ADMIN,
}


def keys(database: Database) -> dict[Role | None, dict[str, str]]:
    """Headers for each role, without the time that passwords take."""
    found: dict[Role | None, dict[str, str]] = {None: {}}
    for role in Role:
        email = f"{role.text}@example.org"
        database.write_now(lambda c, e=email, r=role: accounts.add(c, e, r, "none", now=1.0))
        key = database.write_now(lambda c, e=email: accounts.make_key(c, e, now=1.0))
        found[role] = {"x-api-key": key.access_key, "x-api-secret": key.secret}
    return found


def as_expected(path: str, needed: Role | None, role: Role | None, status: int) -> bool:
    if needed is None or path.startswith("/v2/user/"):  # they ask for a password or a token
        return status not in (403, 500)
    if role is None:
        return status == 401
    return status == 403 if role < needed else status not in (401, 403, 500)


def test_every_route_with_every_role(database: Database, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, api=ApiSettings(logins=1000))
    of = operator(database, tmp_path, settings=settings)
    known = keys(database)

    async def story(web: httpx.AsyncClient) -> list[tuple[str, str, Role | None, int]]:
        wrong = []
        for one in served():
            url = re.sub(r"\{\w+\}", "1", one.path)
            needed = (
                None
                if (one.method, one.path) in PUBLIC
                else NEEDS.get((one.method, one.path), Role.VIEW)
            )
            for role, headers in known.items():
                answer = await web.request(one.method, url, headers=headers)
                if not as_expected(one.path, needed, role, answer.status_code):
                    wrong.append((one.method, one.path, role, answer.status_code))
        return wrong

    assert play(of, story, accept="*/*") == []


def test_the_list_of_routes_says_which_role_each_needs() -> None:
    listed = {(one.method, one.path): one.role for one in served()}
    assert {place for place, role in listed.items() if role is None} == PUBLIC
    assert {p: r for p, r in listed.items() if r not in (None, Role.VIEW)} == NEEDS
    assert all(one.what for one in served())


def add_user(database: Database, email: str, role: Role = Role.VIEW) -> None:
    sealed = passwords.sealed(PASSWORD)
    database.write_now(lambda c: accounts.add(c, email, role, sealed, now=1.0))


async def log_in(web: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    return await web.post("/sessions", json={"email": email, "password": password})


@awaited
async def test_a_session_begins_lasts_while_it_is_used_and_ends(
    database: Database, tmp_path: Path
) -> None:
    add_user(database, "ann@example.org")
    clock = [1_000.0]
    of = operator(database, tmp_path, now=lambda: clock[0])
    async with client(of) as web:
        answer = await log_in(web, "Ann@Example.org")
        assert answer.json()["data"]["attributes"] == {"authenticated": True}
        flags = answer.headers["set-cookie"].lower()
        assert "clsession=" in flags
        assert "httponly" in flags and "samesite=strict" in flags
        for _ in range(3):
            clock[0] += 600
            assert (await web.get("/v2/jobs")).status_code == 200
        clock[0] += 901
        assert (await web.get("/v2/jobs")).status_code == 401
        await log_in(web, "ann@example.org")
        cookie = web.cookies["clsession"]
        assert (await web.delete("/sessions")).status_code == 200
        web.cookies.set("clsession", cookie)
        assert (await web.get("/v2/jobs")).status_code == 401


def test_nothing_that_proves_who_one_is_can_be_read_from_the_database(
    database: Database, tmp_path: Path
) -> None:
    add_user(database, "ann@example.org")
    cookie = database.write_now(
        lambda c: accounts.log_in(c, "ann@example.org", now=1.0, idle=900.0)
    )
    key = database.write_now(lambda c: accounts.make_key(c, "ann@example.org", now=1.0))
    stored = database.read_now(
        lambda c: [
            str(row)
            for table in ("users", "sessions", "api_keys")
            for row in c.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    )
    assert not [row for row in stored if cookie in row or key.secret in row or PASSWORD in row]


def test_failed_logins_are_limited_by_place_and_user(database: Database, tmp_path: Path) -> None:
    add_user(database, "ann@example.org")
    add_user(database, "bob@example.org")
    key = database.write_now(lambda c: accounts.make_key(c, "ann@example.org", now=1.0))
    headers = {"x-api-key": key.access_key, "x-api-secret": key.secret}
    clock = [1_000.0]
    settings = Settings(state=tmp_path, api=ApiSettings(logins=2, logins_seconds=20))
    of = operator(database, tmp_path, now=lambda: clock[0], settings=settings)

    async def story(web: httpx.AsyncClient) -> list[int]:
        found = [(await log_in(web, "ann@example.org", "wrong")).status_code for _ in range(2)]
        refused = await log_in(web, "Ann@example.org")
        assert refused.headers["retry-after"] == "20"
        found += [refused.status_code, (await log_in(web, "bob@example.org")).status_code]
        for _ in range(6):  # wrong keys of strangers keep no right one out
            wrong = await web.get("/v2/jobs", headers=headers | {"x-api-secret": "x"})
            assert wrong.status_code == 401
        found.append((await web.get("/v2/jobs", headers=headers)).status_code)
        clock[0] += 21
        return [*found, (await log_in(web, "ann@example.org")).status_code]

    assert play(of, story, accept="application/json") == [401, 401, 429, 200, 200, 200]


def test_failures_of_all_users_together_are_limited_too(database: Database, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, api=ApiSettings(logins=1))
    of = operator(database, tmp_path, now=lambda: 1_000.0, settings=settings)

    async def story(web: httpx.AsyncClient) -> list[int]:
        return [
            (await log_in(web, f"user{number}@example.org", "wrong")).status_code
            for number in range(11)
        ]

    assert play(of, story, accept="application/json") == [401] * 10 + [429]


@awaited
async def test_an_api_key_is_made_with_the_password_shown_once_and_dropped(
    database: Database, tmp_path: Path
) -> None:
    add_user(database, "ann@example.org", Role.RUN)
    of = operator(database, tmp_path)
    async with client(of) as web:
        await log_in(web, "ann@example.org")
        wrong = await web.post("/v2/user/token", json={"password": "wrong"})
        assert wrong.status_code == 401
        made = await web.post("/v2/user/token", json={"password": PASSWORD})
        key = made.json()["data"]["attributes"]
    headers = {"x-api-key": key["accessKey"], "x-api-secret": key["secret"]}
    async with client(of, **headers) as program:
        assert (await program.get("/v2/jobs")).status_code == 200
        assert (await program.post("/v2/jobs", json={})).status_code == 403
        program.headers["x-api-secret"] = "another"
        assert (await program.get("/v2/jobs")).status_code == 401
        program.headers["x-api-secret"] = key["secret"]
        dropped = await program.post("/v2/user/token/delete", json={"password": PASSWORD})
        assert dropped.status_code == 204
        assert (await program.get("/v2/jobs")).status_code == 401


def test_guesses_that_come_together_are_not_all_let_in(database: Database, tmp_path: Path) -> None:
    add_user(database, "ann@example.org")
    settings = Settings(state=tmp_path, api=ApiSettings(logins=2))
    of = operator(database, tmp_path, now=lambda: 1_000.0, settings=settings)

    async def story(web: httpx.AsyncClient) -> list[int]:
        guesses = [log_in(web, "ann@example.org", "wrong") for _ in range(9)]
        return sorted(answer.status_code for answer in await asyncio.gather(*guesses))

    assert play(of, story, accept="*/*") == [401, 401] + [429] * 7


def test_who_knows_the_password_is_not_counted(database: Database, tmp_path: Path) -> None:
    add_user(database, "ann@example.org")
    settings = Settings(state=tmp_path, api=ApiSettings(logins=1))
    of = operator(database, tmp_path, now=lambda: 1_000.0, settings=settings)

    async def story(web: httpx.AsyncClient) -> list[int]:
        return [(await log_in(web, "ann@example.org")).status_code for _ in range(3)]

    assert play(of, story, accept="*/*") == [200, 200, 200]


def test_a_new_password_ends_the_api_key(database: Database, tmp_path: Path) -> None:
    add_user(database, "ann@example.org", Role.EDIT)
    key = database.write_now(lambda c: accounts.make_key(c, "ann@example.org", now=1.0))
    headers = {"x-api-key": key.access_key, "x-api-secret": key.secret}
    of = operator(database, tmp_path)

    async def story() -> list[int]:
        async with client(of, **headers) as thief, local(of) as admin:
            found = [(await thief.get("/v2/jobs")).status_code]
            new = {"password": "another good long one"}
            await admin.patch("/v2/users/ann@example.org/password", json=new)
            return [*found, (await thief.get("/v2/jobs")).status_code]

    assert asyncio.run(story()) == [200, 401]


def test_the_local_token_is_this_processs_and_is_no_person(
    database: Database, tmp_path: Path
) -> None:
    of = operator(database, tmp_path)

    async def story(web: httpx.AsyncClient) -> list[int]:
        return [
            (await web.get("/v2/users")).status_code,
            (await web.post("/v2/user/token", json={"password": "x"})).status_code,
        ]

    assert play(of, story) == [200, 403]
    assert play(of, story, authorization="Bearer another") == [401, 401]
    assert play(of, story, authorization="bearer") == [401, 401]
    assert of.token not in repr(of)


def test_another_role_or_password_ends_the_sessions(database: Database, tmp_path: Path) -> None:
    add_user(database, "ann@example.org", Role.EDIT)
    of = operator(database, tmp_path)

    async def story() -> list[int]:
        found = []
        async with client(of) as ann, local(of) as admin:
            await log_in(ann, "ann@example.org")
            change = {"email": "ann@example.org", "newRole": "view"}
            assert (await admin.patch("/v2/users", json=change)).status_code == 200
            found.append((await ann.get("/v2/jobs")).status_code)
            await log_in(ann, "ann@example.org")
            change = {"oldPassword": PASSWORD, "newPassword": "another good long one"}
            found.append((await ann.patch("/v2/user/password", json=change)).status_code)
            found.append((await ann.get("/v2/jobs")).status_code)
            answer = await log_in(ann, "ann@example.org", "another good long one")
            return [*found, answer.status_code]

    assert asyncio.run(story()) == [401, 200, 401, 200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"origin": "http://localhost"}, 422),
        ({"origin": "https://dashboard.example"}, 422),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[broken"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 421),
        ({"host": "[broken"}, 421),
        ({"host": "192.0.2.1:8001"}, 422),
        ({"host": "[::1]:8001"}, 422),
        ({"host": "node.example"}, 422),
        ({"host": "behind.example:443"}, 422),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 422),
    ],
)
def test_other_web_pages_cannot_make_a_browser_change_anything(
    database: Database, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    api = ApiSettings(
        origins=("https://dashboard.example",),
        hosts=("node.example",),
        public_url="https://Behind.example/",
    )
    settings = Settings(state=tmp_path, api=api)
    of = operator(database, tmp_path, settings=settings)

    async def story(web: httpx.AsyncClient) -> httpx.Response:
        return await web.post("/v2/jobs", json={}, headers=headers)

    answer = play(of, story)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_request_that_is_too_long_is_refused_before_it_is_read(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(state=tmp_path, api=ApiSettings(body_bytes=1024))
    of = operator(database, tmp_path, settings=settings)

    async def in_pieces() -> Any:
        for _ in range(100):
            yield b"x" * 100

    async def story(web: httpx.AsyncClient) -> list[int]:
        return [
            (await web.post("/v2/jobs", content=b"x" * 2000)).status_code,
            (await web.post("/v2/jobs", content=in_pieces())).status_code,
        ]

    assert play(of, story) == [413, 413]


def test_a_node_proves_itself_without_telling_its_token(database: Database, tmp_path: Path) -> None:
    of = operator(database, tmp_path)

    async def story(web: httpx.AsyncClient) -> list[httpx.Response]:
        nonces = ("a" * 32, "b" * 32, "short")
        return [await web.get("/proof", params={"nonce": nonce}) for nonce in nonces]

    one, other, refused = play(of, story, accept="*/*")
    assert one.json() == {"proof": proof_of(of.token, "a" * 32)} != other.json()
    assert refused.status_code == 422
    assert of.token not in one.text
