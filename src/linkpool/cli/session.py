# SPDX-License-Identifier: MIT
"""One command's surroundings: settings with its options over them, connection, suite, wallet."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.accounts import Signer, development, keystore_address, open_keystore
from linkpool.chain.connection import LOCAL_CHAIN_ID, Connection
from linkpool.chain.contracts import Contract, LinkToken
from linkpool.chain.fees import FeeBounds
from linkpool.chain.signers.kms import KmsSigner
from linkpool.chain.signers.web3signer import Web3Signer
from linkpool.chain.suite import AgreementSuite, Suite
from linkpool.deployment import PROFILES, Manifest, Profile
from linkpool.errors import CheckFailed, ManifestError, UsageError
from linkpool.settings import Settings, secret
from linkpool.telemetry import hide_tokens
from linkpool.units import Wei

DEFAULT_WALLET = "default"  # file in the wallets folder that names the wallet in use


@dataclass(kw_only=True)
class Session:
    """Opened lazily: a command pays for what it asks for."""

    settings: Settings
    network: str | None = None
    """As the command line names it; `profile` is of the setting where it names none."""
    manifest_file: Path | None = None
    as_json: bool = False
    yes: bool = False
    unsigned: bool = False
    sender: ChecksumAddress | None = None
    safe: Path | None = None
    _connection: Connection | None = field(default=None, init=False)
    _signers: dict[str, Signer] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, settings: Settings, given: Mapping[str, Any]) -> Session:
        """From a command's common options; what was not given stays as set."""
        names = ("network", "rpc", "wallet", "password_file")
        changes = {name: given[name] for name in names if given.get(name) is not None}
        if "network" in changes and "rpc" not in changes and changes["network"] != settings.network:
            changes |= {"rpc": None, "rpc_file": None}  # they belong to the other network
        return cls(
            settings=settings.with_options(changes),
            network=given.get("network"),
            manifest_file=given.get("manifest"),
            as_json=bool(given.get("as_json")),
            yes=bool(given.get("yes")),
            unsigned=bool(given.get("unsigned")),
            sender=given.get("sender"),
            safe=given.get("safe"),
        )

    # ---- The chain ----

    @property
    def profile(self) -> Profile:
        return PROFILES[self.settings.network]

    @property
    def manifest_path(self) -> Path:
        return self.manifest_file or self.settings.manifest_path()

    async def connection(self) -> Connection:
        """Checked against the profile's chain id, once."""
        if self._connection is None:
            self._connection = await Connection.open(
                self.settings.rpc_urls(),
                chain_id=self.profile.chain_id,
                timeout=self.settings.rpc_seconds,
                limits=self.settings.endpoints,
            )
        return self._connection

    async def manifest(self) -> Manifest:
        """Of this very chain."""
        connection = await self.connection()
        manifest = Manifest.load(self.manifest_path)
        manifest.require_chain(self.manifest_path, connection.chain_id, await connection.genesis())
        return manifest

    async def suite(self) -> Suite:
        """The finished deployment; ManifestError where the chain has none at its addresses."""
        manifest = await self.manifest()
        if "PoolStorageFactory.seal" not in manifest.calls:
            raise UsageError(f"the pool on {manifest.network} is not finished: `linkpool deploy`")
        connection, factory = await self.connection(), manifest.address("PoolStorageFactory")
        try:
            suite = await Suite.open(connection, factory)
        except UsageError as error:  # nothing stands where the manifest says
            raise ManifestError(f"{self.manifest_path}: {error}") from None
        self._require_fixed(manifest, suite.link, suite.owners, suite.timelock)
        return suite

    async def agreement_suite(self) -> AgreementSuite:
        """The ChainLink network that came with the pool."""
        manifest = await self.manifest()
        place = manifest.address("ServiceAgreements")
        try:
            suite = await AgreementSuite.open(await self.connection(), place)
        except UsageError as error:  # nothing stands where the manifest says
            raise ManifestError(f"{self.manifest_path}: {error}") from None
        self._require_fixed(manifest, suite.link, suite.penalties, suite.aggregator)
        return suite

    def _require_fixed(self, manifest: Manifest, *contracts: Contract) -> None:
        """CheckFailed where the endpoint names others than the manifest of what no upgrade changes:
        LINK would be a token of its choice.
        """
        for one in contracts:
            place = manifest.address(one.NAME)
            if one.address != place:
                raise CheckFailed(
                    f"the RPC says that {one.NAME} of this pool is {one.address}, "
                    f"{self.manifest_path} says {place}: use another RPC, or the right --manifest"
                )

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        for signer in self._signers.values():
            if isinstance(signer, Web3Signer):
                await signer.close()

    async def link_token(self) -> LinkToken:
        """LINK of this network's deployment."""
        manifest = await self.manifest()
        return LinkToken(await self.connection(), manifest.address("LinkToken"))

    # ---- Who signs ----

    @property
    def fee_bounds(self) -> FeeBounds:
        """Of every transaction, whatever the RPC says that it costs."""
        limits = self.settings.transactions
        return FeeBounds(fee=Wei(limits.max_fee), tip=Wei(limits.max_tip))

    def has_wallet(self) -> bool:
        """Whether `wallet_name` has an answer."""
        return (
            self.settings.wallet is not None
            or (self.wallets / DEFAULT_WALLET).exists()
            or self.profile.chain_id == LOCAL_CHAIN_ID
        )

    def wallet_name(self) -> str:
        """The option, the setting, `wallet use`, or the first development key of a local chain."""
        chosen = self.wallets / DEFAULT_WALLET
        if self.settings.wallet is not None:
            return self.settings.wallet
        if chosen.exists():
            return _chosen(chosen)
        if self.profile.chain_id == LOCAL_CHAIN_ID:
            return "dev:0"
        raise UsageError("no wallet: `linkpool wallet new NAME`, then --wallet NAME")

    def wallet_shown(self) -> str:
        """`wallet_name`, without the tokens in a remote signer's address."""
        return hide_tokens(self.wallet_name())

    @property
    def wallets(self) -> Path:
        return self.settings.wallets.expanduser()

    def account(self) -> ChecksumAddress:
        """The address that signs, known without its password."""
        if self.sender is not None:
            if not (self.unsigned or self.safe):
                raise UsageError(
                    "--from goes with --unsigned or --safe; --wallet chooses who signs"
                )
            return self.sender
        name = self.wallet_name()
        if _keeper(name) == "":
            return keystore_address(self._keystore(name))
        return self.signer(name).address

    def signer(self, name: str | None = None) -> Signer:
        """The unlocked key of a wallet, None: of `wallet_name`. A remote one is closed with the
        session.
        """
        chosen = self.wallet_name() if name is None else name
        if chosen not in self._signers:
            self._signers[chosen] = self._unlocked(chosen)
        return self._signers[chosen]

    def _unlocked(self, name: str) -> Signer:
        chain_id, keeper = self.profile.chain_id, _keeper(name)
        rest = name.removeprefix(f"{keeper}:")
        match keeper:
            case "dev":
                return _development(rest, chain_id)
            case "web3signer":
                return Web3Signer.parse(rest, chain_id=chain_id)
            case "kms":
                return KmsSigner.open_now(rest, chain_id=chain_id)
            case _:
                path = self._keystore(name)  # before anybody is asked for its password
                return open_keystore(path, self.password(f"password of {name}"), chain_id=chain_id)

    def password(self, prompt: str, *, confirm: bool = False) -> str:
        """From the file, or asked for."""
        if self.settings.password_file is not None:
            return secret(self.settings.password_file)
        if not sys.stdin.isatty():
            raise UsageError(f"nobody is there to ask for the {prompt}: give --password-file FILE")
        text: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
        return text

    def _keystore(self, name: str) -> Path:
        path = Path(name).expanduser()
        if path.suffix == ".json" or "/" in name:
            if not path.is_file():
                raise UsageError(f"no keystore at {path}")
            return path
        found = self.wallets / f"{name}.json"
        if not found.is_file():
            raise UsageError(f"no wallet {name!r}: see `linkpool wallet list`")
        return found


def _keeper(name: str) -> str:
    """Who keeps the key of a wallet with this name; empty for a keystore file."""
    keeper, colon, _ = name.partition(":")
    return keeper if colon and keeper in ("dev", "web3signer", "kms") else ""


def _development(digits: str, chain_id: int) -> Signer:
    if not digits.isdecimal() or len(digits) > 20:
        raise UsageError(f"'dev:{digits[:20]}' is no development key: dev:0, dev:1, …")
    return development(int(digits), chain_id=chain_id)


def _chosen(path: Path) -> str:
    """The name that `wallet use` wrote."""
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} names no wallet: remove it, then `linkpool wallet use`") from None
