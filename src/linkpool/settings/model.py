# SPDX-License-Identifier: MIT
"""Every setting with its default; groups beside the code that obeys them, or here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from linkpool.agreements.limits import BiddingLimits
from linkpool.chain.limits import RpcLimits
from linkpool.errors import UsageError
from linkpool.follower.limits import FollowerLimits
from linkpool.net.limits import HttpLimits
from linkpool.oracle.bridges.limits import BridgeLimits
from linkpool.oracle.runs.limits import RunLimits
from linkpool.settings.reading import NAMED, PREFIX, from_environment, from_file, names, nested
from linkpool.settings.secrets import secret, secrets, without_secret
from linkpool.settings.sentences import sentence
from linkpool.settings.toml import document
from linkpool.transactions.limits import TransactionLimits

FILE: Final = "linkpool.toml"
LOCAL_RPC: Final = "http://127.0.0.1:8545"
DATABASE: Final = "state.db"
DEFAULT: Final = "default"
OPTION: Final = "option"
_DATABASES: Final = ("sqlite:///", "postgresql://")
_EXPECTED: Final = "expected sqlite:///FILE or postgresql://USER@HOST/NAME"


class ApiSettings(BaseModel):
    """The operator API of a running node."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=True, description="whether a running node serves it")
    address: str = Field(default="127.0.0.1", description="address it listens on")
    reachable: bool = Field(
        default=False,
        description="allow an `address` that other machines reach; put a proxy with TLS before it",
    )
    port: int = Field(default=8001, ge=0, le=65535, description="port; 0 takes a free one")
    public_url: str | None = Field(
        default=None,
        description="how adapters reach it, for the answers they send later; "
        "asynchronous bridges need it [default: its own address]",
    )
    hosts: tuple[str, ...] = Field(
        default=(),
        description="names of the machine under which a proxy or a container reaches it; "
        "that of `public_url`, localhost and addresses in numbers are known",
    )
    origins: tuple[str, ...] = Field(
        default=(), description="other web origins whose pages may use it, as https://host"
    )
    session_seconds: float = Field(
        default=900, ge=10, le=30 * 86400, description="seconds without a request that end a login"
    )
    logins: int = Field(
        default=5, ge=1, le=1000, description="failed logins within `logins_seconds`"
    )
    logins_seconds: float = Field(
        default=20, ge=1, le=86400, description="seconds that `logins` is for"
    )
    body_bytes: int = Field(
        default=1_048_576, ge=1024, le=64 * 1_048_576, description="bytes of the longest request"
    )

    @property
    def url(self) -> str:
        """Where adapters and people reach it, without a slash at its end."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


class Settings(BaseModel):
    """Every setting with its default; docs/reference/settings.md is made from this."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Literal["local", "sepolia", "mainnet"] = Field(
        "local", description="which profile: chain id, LINK, confirmations, delay"
    )
    rpc: str | None = Field(
        None,
        repr=False,
        description="address of the Ethereum RPC, or several with commas between them; on local "
        f"{LOCAL_RPC} where none is given",
    )
    rpc_file: Path | None = Field(
        None, description="file with the RPC's addresses, one a line, where they hold a token"
    )
    rpc_seconds: float = Field(20, gt=0, le=600, description="deadline of one RPC request, seconds")
    state: Path = Field(
        Path(".linkpool"), description="folder of the local chain's and of a node's state"
    )
    database: str | None = Field(
        None,
        repr=False,
        description=f"state database: sqlite:///FILE or postgresql://USER@HOST/NAME "
        f"[default: {DATABASE} in `state`]",
    )
    database_file: Path | None = Field(
        None, description="file with the database's address, where that holds a password"
    )
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
    endpoints: RpcLimits = Field(
        default_factory=RpcLimits, description="how the RPC's addresses are used"
    )
    follower: FollowerLimits = Field(
        default_factory=FollowerLimits, description="how the chain's logs are read"
    )
    transactions: TransactionLimits = Field(
        default_factory=TransactionLimits, description="how a node sends its answers"
    )
    http: HttpLimits = Field(
        default_factory=HttpLimits, description="requests to data sources and external adapters"
    )
    bridges: BridgeLimits = Field(default_factory=BridgeLimits, description="external adapters")
    runs: RunLimits = Field(
        default_factory=RunLimits, description="how requests are admitted and run"
    )
    bidding: BiddingLimits = Field(
        default_factory=BiddingLimits, description="which of the network's agreements it bids for"
    )
    api: ApiSettings = Field(
        default_factory=ApiSettings, description="the operator API of a running node"
    )

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("database")
    @classmethod
    def _of_a_known_kind(cls, url: str | None) -> str | None:
        if url is None or url.startswith(_DATABASES):
            return url
        raise ValueError(_EXPECTED)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, file: Path | None = None) -> Self:
        """`file` None: the one LINKPOOL_SETTINGS names, or else linkpool.toml of the work folder,
        where there is one.
        """
        named = file or (Path(one) if (one := environ.get(NAMED)) else None)
        path = named or Path(FILE)
        if named is not None and not path.exists():
            raise UsageError(f"there is no settings file {path}")
        given = from_file(cls, path) if path.exists() else {}
        origins = dict.fromkeys(given, str(path))
        for name, value, variable in from_environment(cls, environ):
            given[name], origins[name] = value, variable
        try:
            settings = cls(**nested(given))
        except ValidationError as error:
            raise UsageError(_complaint(error, origins)) from None
        settings._origins.update(origins)
        return settings

    def with_options(self, changes: Mapping[str, Any]) -> Self:
        """These settings with those that a command's options gave."""
        copy = self.model_copy(update=dict(changes))
        copy._origins = self._origins | dict.fromkeys(changes, OPTION)
        return copy

    def shown(self) -> Iterator[tuple[str, Any, str]]:
        """Name, value and origin of every setting; no secret in any value."""
        for name in NAMES:
            group, _, key = name.rpartition(".")
            value = getattr(getattr(self, group) if group else self, key)
            origin = self._origins.get(name, DEFAULT)
            yield name, without_secret(value) if isinstance(value, str) else value, origin

    def document(self) -> str:
        """All of it as a settings file; what is not set is a comment."""
        return document((name, value) for name, value, _ in self.shown())

    def rpc_urls(self) -> tuple[str, ...]:
        """The RPC's addresses; UsageError where a network other than local has none."""
        if self.rpc is not None:
            urls = tuple(one.strip() for one in self.rpc.split(",") if one.strip())
            if not urls:
                raise UsageError("setting rpc is empty: give an address")
            return urls
        if self.rpc_file is not None:
            return secrets(self.rpc_file)
        if self.network == "local":
            return (LOCAL_RPC,)
        raise UsageError(f"no RPC for {self.network}: give --rpc, LINKPOOL_RPC or rpc in {FILE}")

    def rpc_url(self) -> str:
        """The first of them."""
        return self.rpc_urls()[0]

    def database_url(self) -> str:
        """Of the state database, SQLite in the state folder where nothing else is set."""
        if self.database is not None:
            return self.database
        if self.database_file is not None:
            url = secret(self.database_file)
            if not url.startswith(_DATABASES):
                raise UsageError(f"{self.database_file}: {_EXPECTED}")
            return url
        return f"sqlite:///{self.state / DATABASE}"

    def manifest_path(self) -> Path:
        """The manifest of the network; a local chain's lies with its state and goes with it."""
        folder = self.state if self.network == "local" else self.deployments
        return folder / f"{self.network}.json"


NAMES: Final = tuple(names(Settings))
"""Every setting as the file has it: `network`, `api.port`."""


def _complaint(error: ValidationError, origins: Mapping[str, str]) -> str:
    first = error.errors()[0]
    dotted = ".".join(str(part) for part in first["loc"][:2])
    name = dotted if dotted in NAMES else str(first["loc"][0])
    origin = origins.get(name, "")
    where = f" ({origin})" if origin.startswith(PREFIX) else ""
    return f"setting {name}{where}: {sentence(first)}"
