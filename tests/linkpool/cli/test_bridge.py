# SPDX-License-Identifier: MIT
"""`linkpool bridge` and `linkpool adapter`, as an operator types them while no node runs."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from linkpool.chain.anvil import free_port
from linkpool.cli import run
from tests.flows.processes import process


@pytest.fixture
def linkpool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.chdir(tmp_path)

    def typed(*arguments: str) -> tuple[int, Any]:
        """Exit code, and the JSON or the complaint."""
        code = run([*arguments, "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if code == 0 else json.loads(err.splitlines()[-1])["message"]

    return typed


def test_a_bridge_from_first_to_last(
    linkpool: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text("a-token-of-the-adapter\n")
    code, made = linkpool(
        "bridge", "add", "Prices", "http://127.0.0.1:8080/x", "--confirmations", "3",
        "--minimum-payment", "0.5", "--token-file", "token",
    )  # fmt: skip
    assert code == 0, made
    assert made["outgoingToken"] == "a-token-of-the-adapter"
    assert len(made["incomingToken"]) >= 32
    _, shown = linkpool("bridge", "show", "PRICES")
    assert (shown["name"], shown["confirmations"]) == ("prices", 3)
    assert shown["minimumContractPayment"] == "500000000000000000"
    assert not {"incomingToken", "outgoingToken"} & set(shown)
    code, refused = linkpool("bridge", "add", "prices", "http://x")
    assert (code, refused) == (2, "there is a bridge prices already: choose another name")
    _, changed = linkpool("bridge", "update", "prices", "https://y/")
    assert (changed["url"], changed["confirmations"]) == ("https://y/", 0)
    _, listed = linkpool("bridge", "list")
    assert (listed["count"], [one["name"] for one in listed["bridges"]]) == (1, ["prices"])
    assert run(["bridge", "list", "--page", "99"]) == 0
    assert "page 99 is empty: the last is 1" in capsys.readouterr().out
    assert linkpool("bridge", "remove", "Prices")[0] == 0
    assert linkpool("bridge", "list")[1]["count"] == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("show", "none"), "there is no bridge none"),
        (("remove", "none"), "there is no bridge none"),
        (("add", "a b", "http://x"), "use letters, digits"),
        (("add", "a", "x"), "expected http"),
        (("add", "a", "http://x", "--minimum-payment", "much"), "much"),
        (("add", "a", "http://x", "--token-file", "none"), "none cannot be read"),
    ],
)
def test_a_mistake_is_one_line(linkpool: Any, arguments: tuple[str, ...], text: str) -> None:
    assert linkpool("db", "upgrade")[0] == 0
    code, complaint = linkpool("bridge", *arguments)
    assert code == 2
    assert text in complaint


def test_the_adapters_are_listed(linkpool: Any) -> None:
    _, listed = linkpool("adapter", "list")
    names = [one["name"] for one in listed["adapters"]]
    assert names == ["api-aggregator", "asset-price", "generic"]


def test_an_adapter_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("max_age = 0")
    port = str(free_port())
    command = ("adapter", "run", "api-aggregator", "--config", "a.toml", "--port", port)
    with process(*command, folder=tmp_path) as running:
        running.wait_for(f"url=http://127.0.0.1:{port}", seconds=60)
        with process(*command, folder=tmp_path) as second:
            assert second.code(60) == 8
            assert f"error: port {port} is in use" in second.complaints[-1]
        assert running.end(signal.SIGINT) == 0


def test_an_address_that_is_none_is_not_a_port_in_use(linkpool: Any, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("max_age = 0")
    given = ("--config", "a.toml", "--port", "0", "--address", "0.0.0.0x")
    code, complaint = linkpool("adapter", "run", "api-aggregator", *given)
    assert code == 2
    assert "cannot listen on 0.0.0.0x" in complaint
