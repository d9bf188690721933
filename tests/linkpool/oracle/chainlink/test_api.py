# SPDX-License-Identifier: MIT
"""Reading a Chainlink node over its API."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from linkpool.errors import UsageError
from linkpool.oracle.chainlink import Export
from linkpool.oracle.chainlink.api import SIZE, Credentials, signed_in
from linkpool.oracle.spec import load
from tests.linkpool.oracle.chainlink.stub import (
    EMAIL,
    ORACLE,
    PASSWORD,
    SOURCE,
    Stub,
    direct_request,
    other,
    stub,
)


@pytest.fixture
def node() -> Iterator[Stub]:
    with stub() as server:
        yield server


def export(
    node: Stub, *, password: str = PASSWORD, keys_password: str | None = None, url: str = ""
) -> Export:
    async def asked() -> Export:
        async with signed_in(url or node.url, Credentials(EMAIL, password)) as api:
            return await api.export(keys_password=keys_password)

    return asyncio.run(asked())


def test_jobs_bridges_and_addresses_are_read_and_the_session_is_ended(node: Stub) -> None:
    node.jobs = [direct_request(1), other(2, "offchainreporting2")]
    found = export(node)
    assert [(one.name, one.kind) for one in found.jobs] == [
        ("price 1", "directrequest"),
        ("offchainreporting2 2", "offchainreporting2"),
    ]
    (bridge,) = found.bridges
    assert (bridge.url, bridge.confirmations) == ("http://127.0.0.1:8080/prices", 1)
    assert (bridge.minimum_payment, bridge.outgoing_token) == (5, "out of the old node")
    assert [(key.address, key.keystore) for key in found.keys] == [(node.key.address, None)]
    assert (node.asked[0], node.asked[-1]) == ("POST /sessions", "DELETE /sessions")


def test_a_job_in_pieces_becomes_the_file_that_makes_it(node: Stub) -> None:
    node.jobs = [direct_request(1, gasLimit=900_000, forwardingAllowed=True)]
    (job,) = export(node).jobs
    fields = tomllib.loads(job.toml)
    assert fields.pop("observationSource").strip() == (SOURCE % ORACLE).strip()
    assert fields == {
        "type": "directrequest",
        "schemaVersion": 1,
        "name": "price 1",
        "externalJobID": "0eec7e1d-d0d2-476c-a1a8-72dfb6633f01",
        "maxTaskDuration": "30s",
        "contractAddress": ORACLE,
        "evmChainID": "31337",
        "minIncomingConfirmations": 2,
        "minContractPaymentLinkJuels": "100000000000000000",
        "gasLimit": 900_000,
        "forwardingAllowed": True,
    }
    spec = load(job.toml)
    assert (spec.minimum, spec.confirmations, spec.chain_id) == (10**17, 2, 31337)


@pytest.mark.parametrize("text", ['say "hi"', "a\\b", '"""', "tab\there", "bell\a", "line\r\nend"])
def test_any_text_survives_the_file(node: Stub, text: str) -> None:
    pipeline = {"dotDagSource": f"// {text}"}
    node.jobs = [direct_request(1, name=text, pipelineSpec=pipeline)]
    (job,) = export(node).jobs
    fields = tomllib.loads(job.toml)
    assert fields["name"] == text.replace("\r\n", "\n")
    assert fields["observationSource"] == f"// {text}\n".replace("\r\n", "\n")


def test_every_page_is_read(node: Stub) -> None:
    node.jobs = [other(number, "cron") for number in range(2 * SIZE + 1)]
    assert len(export(node).jobs) == 2 * SIZE + 1


def test_keys_are_fetched_where_a_password_for_them_is_given(node: Stub) -> None:
    (key,) = export(node, keys_password="new one").keys
    assert key.keystore is not None
    assert Account.decrypt(dict(key.keystore), "new one") == node.key.key
    assert "new one" not in repr(key)


def test_keys_do_not_travel_unencrypted(node: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback by another name stands for a host elsewhere."""
    url = node.url.replace("127.0.0.1", "127.1")
    assert len(export(node, url=url).keys) == 1
    with pytest.raises(UsageError, match="over https or from this machine only"):
        export(node, url=url, keys_password="new one")
    assert not any("export" in line for line in node.asked)


def test_a_wrong_password_is_named(node: Stub) -> None:
    with pytest.raises(UsageError, match="check --credentials") as error:
        export(node, password="wrong one")
    assert "wrong one" not in str(error.value)


def test_something_else_that_listens_is_named(node: Stub) -> None:
    node.answer = b"<html>"
    with pytest.raises(UsageError, match="is no JSON: check --url"):
        export(node)
    node.answer = b"[" * 100_000
    with pytest.raises(UsageError, match="is no JSON: check --url"):
        export(node)
    node.answer = b'{"data": "nothing"}'
    with pytest.raises(UsageError, match="is no list of a Chainlink node"):
        export(node)


def test_nobody_listening_is_named(node: Stub) -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:1 does not answer \(ConnectError\)"):
        export(node, url="http://127.0.0.1:1")
    with pytest.raises(UsageError, match="has to start with"):
        export(node, url="localhost:6688")


def test_credentials_are_the_node_s_own_file(tmp_path: Path) -> None:
    path = tmp_path / "api"
    path.write_text(f"{EMAIL}\n{PASSWORD}\n")
    who = Credentials.load(path)
    assert (who.email, who.password) == (EMAIL, PASSWORD)
    assert PASSWORD not in repr(who)


@pytest.mark.parametrize("text", ["", "no address\nsecret", f"{EMAIL}\n"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "api"
    path.write_text(text)
    with pytest.raises(UsageError, match="e-mail on the first line"):
        Credentials.load(path)
    with pytest.raises(UsageError, match="cannot be read"):
        Credentials.load(tmp_path / "nowhere")
