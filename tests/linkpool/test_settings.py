# SPDX-License-Identifier: MIT
"""One frozen Settings: file, environment over it, unknown keys refused, no secret inside."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from linkpool.errors import UsageError
from linkpool.settings import LOCAL_RPC, Settings, secret


def written(folder: Path, text: str) -> Path:
    path = folder / "some.toml"
    path.write_text(text)
    return path


def test_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_env({})
    assert settings.network == "local"
    assert settings.rpc_url() == LOCAL_RPC
    assert settings.manifest_path() == Path(".linkpool/local.json")


def test_the_work_folders_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linkpool.toml").write_text('network = "sepolia"\n')
    assert Settings.from_env({}).manifest_path() == Path("deployments/sepolia.json")


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'network = "sepolia"\nrpc = "http://file"\n')
    settings = Settings.from_env({"LINKPOOL_RPC": "http://environment", "PATH": "x"}, file=path)
    assert (settings.network, settings.rpc) == ("sepolia", "http://environment")
    named = Settings.from_env({"LINKPOOL_SETTINGS": str(path)})
    assert named.rpc == "http://file"


def test_an_unknown_key_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"netwerk in some\.toml: did you mean network"):
        Settings.from_env({}, file=written(tmp_path, 'netwerk = "local"\n'))
    with pytest.raises(UsageError, match="LINKPOOL_WALET: did you mean wallet"):
        Settings.from_env({"LINKPOOL_WALET": "hot"})


def test_the_test_suites_own_variables_are_not_settings() -> None:
    of_tests = {"LINKPOOL_FUZZ_SEED": "1", "LINKPOOL_HYPOTHESIS_PROFILE": "long"}
    assert Settings.from_env(of_tests) == Settings.from_env({})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('network = "holesky"\n', "setting network: "),
        ("rpc_seconds = 0\n", "setting rpc_seconds: "),
        ('network = "lo', "is not readable"),
    ],
)
def test_a_wrong_value_is_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as caught:
        Settings.from_env({}, file=written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_named_file_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no settings file"):
        Settings.from_env({}, file=tmp_path / "none.toml")
    with pytest.raises(UsageError, match="no settings file"):
        Settings.from_env({"LINKPOOL_SETTINGS": str(tmp_path / "none.toml")})


def test_a_settings_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not readable: is a directory$"):
        Settings.from_env({}, file=tmp_path)
    (tmp_path / "some.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"it is no text file$"):
        Settings.from_env({}, file=tmp_path / "some.toml")


def test_a_secret_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no text file"):
        secret(path)


def test_nothing_changes_afterwards() -> None:
    with pytest.raises(ValidationError):
        Settings.from_env({}).network = "mainnet"


def test_an_rpc_with_a_token_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rpc"
    path.write_text("https://rpc.example/t0ken\n")
    settings = Settings.from_env({"LINKPOOL_NETWORK": "mainnet", "LINKPOOL_RPC_FILE": str(path)})
    assert settings.rpc_url() == "https://rpc.example/t0ken"
    assert "t0ken" not in repr(settings)


def test_a_public_network_needs_an_rpc() -> None:
    with pytest.raises(UsageError, match="no RPC for mainnet"):
        Settings.from_env({"LINKPOOL_NETWORK": "mainnet"}).rpc_url()


def test_a_secret_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("first\nsecond\n")
    assert secret(path) == "first"
    path.write_text("\n")
    with pytest.raises(UsageError, match="is empty"):
        secret(path)
    with pytest.raises(UsageError, match="cannot be read"):
        secret(tmp_path / "none")
