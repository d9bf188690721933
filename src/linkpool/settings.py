# SPDX-License-Identifier: MIT
"""One frozen Settings: linkpool.toml, over it the environment (LINKPOOL_…), over it the options.

Read once, in linkpool.cli, and passed down. An unknown key is refused with the nearest name.
Secrets are never in here: only the names of the files that hold them.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linkpool.errors import UsageError

PREFIX = "LINKPOOL_"
FILE = "linkpool.toml"
LOCAL_RPC = "http://127.0.0.1:8545"

_TESTS = ("LINKPOOL_FUZZ_", "LINKPOOL_HYPOTHESIS_")  # read by the test suite, not by the package


class Settings(BaseModel):
    """Every setting with its default; docs/reference/settings.md is made from this."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Literal["local", "sepolia", "mainnet"] = Field(
        "local", description="which profile: chain id, LINK, confirmations, delay"
    )
    rpc: str | None = Field(
        None, description=f"address of the Ethereum RPC; on local {LOCAL_RPC} where none is given"
    )
    rpc_file: Path | None = Field(
        None, description="file with the RPC's address, where that holds an access token"
    )
    rpc_seconds: float = Field(20, gt=0, le=600, description="deadline of one RPC request")
    state: Path = Field(Path(".linkpool"), description="folder of the local chain's state")
    deployments: Path = Field(
        Path("deployments"), description="folder of the manifests: NETWORK.json"
    )
    wallets: Path = Field(
        Path("~/.linkpool/wallets"), description="folder of the keystore v3 files"
    )
    wallet: str | None = Field(
        None, description="who signs: a wallet's name, a keystore file, or dev:0 on the local chain"
    )
    password_file: Path | None = Field(None, description="file with the wallet's password")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="what is logged to standard error"
    )
    log_form: Literal["console", "json"] = Field("console", description="how it is logged")

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, file: Path | None = None) -> Self:
        """`file` None: the one LINKPOOL_SETTINGS names, or else linkpool.toml of the work folder,
        where there is one.
        """
        named = file or (Path(one) if (one := environ.get(f"{PREFIX}SETTINGS")) else None)
        given = _from_file(named or Path(FILE), required=named is not None)
        for name, text in environ.items():
            if name.startswith(PREFIX) and not name.startswith(_TESTS):
                key = name.removeprefix(PREFIX).lower()
                if key != "settings":
                    given[_known(cls, key, name)] = text
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"setting {key}: {first['msg']}") from None

    def rpc_url(self) -> str:
        """The RPC's address; UsageError where a network other than local has none."""
        if self.rpc is not None:
            return self.rpc
        if self.rpc_file is not None:
            return secret(self.rpc_file)
        if self.network == "local":
            return LOCAL_RPC
        raise UsageError(f"no RPC for {self.network}: give --rpc, LINKPOOL_RPC or rpc in {FILE}")

    def manifest_path(self) -> Path:
        """The manifest of the network; a local chain's lies with its state and goes with it."""
        folder = self.state if self.network == "local" else self.deployments
        return folder / f"{self.network}.json"


def secret(path: Path) -> str:
    """The first line of a file that holds a secret."""
    try:
        text = path.expanduser().read_text().strip()
    except OSError:
        raise UsageError(f"{path} cannot be read: check the name and its permissions") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text file: choose another") from None
    if not text:
        raise UsageError(f"{path} is empty")
    return text.splitlines()[0]


def _from_file(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            raise UsageError(f"there is no settings file {path}")
        return {}
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise UsageError(f"{path} is not readable: {reason}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not readable: it is no text file") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not readable: {error}") from None
    return {_known(Settings, key, f"{key} in {path.name}"): one for key, one in content.items()}


def _known(cls: type[Settings], key: str, shown: str) -> str:
    if key in cls.model_fields:
        return key
    nearest = difflib.get_close_matches(key, cls.model_fields, n=1, cutoff=0)
    raise UsageError(f"unknown setting {shown}: did you mean {nearest[0]}?")
