# SPDX-License-Identifier: MIT
"""One frozen Settings: file, environment over it, unknown keys refused, no secret inside."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from linkpool.errors import UsageError
from linkpool.settings import LOCAL_RPC, NAMES, Settings, secret, secrets, without_secret
from linkpool.units import link


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
    with pytest.raises(UsageError, match="LINKPOOL_QQQ: `linkpool config show` lists them all"):
        Settings.from_env({"LINKPOOL_QQQ": "1"})


def test_the_test_suites_own_variables_are_not_settings() -> None:
    of_tests = {"LINKPOOL_FUZZ_SEED": "1", "LINKPOOL_HYPOTHESIS_PROFILE": "long"}
    assert Settings.from_env(of_tests) == Settings.from_env({})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            'network = "holesky"\n',
            "^setting network: expected one of local, sepolia, mainnet$",
        ),
        ("rpc_seconds = 0\n", "^setting rpc_seconds: expected more than 0$"),
        ('rpc_seconds = "soon"\n', "^setting rpc_seconds: expected a number$"),
        ("rpc = 8545\n", "^setting rpc: expected text$"),
        ("wallets = 1\n", "^setting wallets: expected the name of a file or folder$"),
        ('database = "mysql://x"\n', "^setting database: expected sqlite:///FILE or postgresql:"),
        ("api = 8001\n", r"^setting api in some\.toml: expected a table, \[api\]$"),
        ("[api]\nport = 70000\n", "^setting api.port: expected at most 65535$"),
        ("[api]\nport = 1.5\n", "^setting api.port: expected a whole number$"),
        ('[api]\nenabled = "perhaps"\n', "^setting api.enabled: expected true or false$"),
        ('[api]\norigins = "https://a"\n', "^setting api.origins: expected a list$"),
        ("[api]\norigins = [1]\n", "^setting api.origins: expected text$"),
        ("[api]\nprot = 1\n", r"^unknown setting api.prot in some\.toml: did you mean api.port\?$"),
        ("[apo]\nport = 1\n", r"^unknown setting apo in some\.toml: "),
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


def test_a_group_is_a_table_of_the_file_and_a_prefix_of_the_environment(tmp_path: Path) -> None:
    path = written(tmp_path, '[api]\nport = 9001\norigins = ["https://a"]\n')
    environ = {"LINKPOOL_API_PORT": "9002", "LINKPOOL_API_ENABLED": "false"}
    settings = Settings.from_env(environ, file=path)
    assert (settings.api.port, settings.api.enabled) == (9002, False)
    assert settings.api.origins == ("https://a",)
    listed = Settings.from_env({"LINKPOOL_API_ORIGINS": "https://a, https://b"})
    assert listed.api.origins == ("https://a", "https://b")
    with pytest.raises(UsageError, match=r"^setting api.port \(LINKPOOL_API_PORT\): expected a "):
        Settings.from_env({"LINKPOOL_API_PORT": "http"})


def test_no_two_settings_have_one_variable() -> None:
    variables = [name.replace(".", "_") for name in NAMES]
    assert len(set(variables)) == len(variables)


def test_each_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    path = written(tmp_path, 'network = "sepolia"\n[api]\nport = 1\n')
    settings = Settings.from_env({"LINKPOOL_LOG_LEVEL": "debug"}, file=path)
    shown = {
        name: (value, at) for name, value, at in settings.with_options({"wallet": "w"}).shown()
    }
    assert tuple(shown) == NAMES
    assert shown["network"] == ("sepolia", str(path))
    assert shown["api.port"] == (1, str(path))
    assert shown["log_level"] == ("debug", "LINKPOOL_LOG_LEVEL")
    assert shown["wallet"] == ("w", "option")
    assert shown["log_form"] == ("console", "default")


def test_no_secret_is_shown() -> None:
    settings = Settings.from_env(
        {
            "LINKPOOL_RPC": "https://a.example/v3/t0ken,wss://u:t0ken@b.example",
            "LINKPOOL_DATABASE": "postgresql://pool:t0ken@db.example:5432/pool?password=t0ken",
        }
    )
    shown = {name: value for name, value, _ in settings.shown()}
    assert shown["rpc"] == "https://a.example,wss://b.example"
    assert shown["database"] == "postgresql://pool@db.example:5432/pool"
    assert "t0ken" not in repr(settings)
    assert without_secret("no address") == "no address"


def test_several_rpcs(tmp_path: Path) -> None:
    settings = Settings.from_env({"LINKPOOL_RPC": "http://a , ws://b,"})
    assert settings.rpc_urls() == ("http://a", "ws://b")
    path = tmp_path / "rpc"
    path.write_text("# ours\nhttp://a\n\n  ws://b\n")
    assert Settings(rpc_file=path).rpc_urls() == ("http://a", "ws://b") == secrets(path)
    with pytest.raises(UsageError, match="setting rpc is empty"):
        Settings(rpc=" , ").rpc_urls()
    path.write_text("# none\n")
    with pytest.raises(UsageError, match="is empty"):
        Settings(rpc_file=path).rpc_urls()


def test_the_database_is_in_the_state_folder_where_nothing_else_is_set(tmp_path: Path) -> None:
    assert Settings(state=tmp_path).database_url() == f"sqlite:///{tmp_path}/state.db"
    assert Settings(database="postgresql://h/n").database_url() == "postgresql://h/n"
    path = tmp_path / "address"
    path.write_text("postgresql://u:p@h/n\n")
    assert Settings(database_file=path).database_url() == "postgresql://u:p@h/n"
    path.write_text("mysql://h/n\n")
    with pytest.raises(UsageError, match="expected sqlite:///FILE or postgresql:"):
        Settings(database_file=path).database_url()


def test_settings_can_be_written_as_the_file_they_could_have_come_from(tmp_path: Path) -> None:
    path = written(tmp_path, 'wallet = "w\\"x"\n[api]\nport = 1\norigins = ["https://a"]\n')
    settings = Settings.from_env({}, file=path)
    assert "# rpc is not set" in settings.document()
    again = Settings.from_env({}, file=written(tmp_path, settings.document()))
    assert again.model_dump() == settings.model_dump()


def test_what_a_node_bids_for() -> None:
    job = "6bd6398e-a13e-4cb8-adc7-9f56ecfd3146"
    given = {
        "JOBS": f"{job},{'11' * 16}",
        "MINIMUM_PAYMENT": "0.25",
        "MAXIMUM_PENALTY": "10",
        "PROVIDERS": "0x" + "00" * 20,
        "LEAD_SECONDS": "3",
    }
    settings = Settings.from_env({f"LINKPOOL_BIDDING_{k}": v for k, v in given.items()})
    policy = settings.bidding.policy
    assert (policy.minimum_payment, policy.maximum_penalty) == (link("0.25"), link("10"))
    assert len(policy.jobs) == 4  # each as its bytes and as its letters
    assert bytes.fromhex(job.replace("-", "")).ljust(32, b"\0") in policy.jobs
    assert job.replace("-", "").encode() in policy.jobs
    assert (policy.providers, policy.lead) == ({"0x" + "00" * 20}, 3)


def test_by_default_a_node_bids_for_nothing_and_risks_nothing() -> None:
    bidding = Settings.from_env({}).bidding
    assert not bidding.enabled
    assert bidding.policy.maximum_penalty == 0


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("AGREEMENTS", "0x12", "'0x12' is no address"),
        ("PROVIDERS", "0x12", "'0x12' is no address"),
        ("JOBS", "get-uint256", "expected externalJobIDs"),
        ("MAXIMUM_PENALTY", "-1", "expected at least 0"),
        ("MINIMUM_PAYMENT", "0.0000000000000000001", "more than 18 decimals of LINK"),
        ("COLLATERAL_SHARE", "1000001", "expected at most 1000000"),
    ],
)
def test_a_wrong_wish_for_bids_is_one_line(name: str, value: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        Settings.from_env({f"LINKPOOL_BIDDING_{name}": value})
