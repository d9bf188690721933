# SPDX-License-Identifier: MIT
"""Arguments and options that many commands share: text in, checked values out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address
from linkpool.chain.contracts import EVERYTHING
from linkpool.errors import UsageError
from linkpool.units import Juels, Wei, ether, link


def _amount(text: str) -> Juels:
    amount = link(text)
    if amount == 0:
        raise UsageError("zero does nothing: give an amount above it")
    return amount


def _amount_or_all(text: str) -> Juels:
    return EVERYTHING if text == "all" else _amount(text)


def _ether(text: str) -> Wei:
    amount = ether(text)
    if amount == 0:
        raise UsageError("zero does nothing: give an amount above it")
    return amount


def _token(text: str) -> str:
    return {"link": "LINK", "eth": ZERO}.get(text.lower()) or address(text)


NodeAddress = Annotated[
    ChecksumAddress,
    typer.Argument(metavar="NODE", parser=address, help="the node's address", show_default=False),
]
Target = Annotated[
    ChecksumAddress,
    typer.Argument(metavar="TARGET", parser=address, help="a penalty contract"),
]
Account = Annotated[
    ChecksumAddress, typer.Argument(metavar="ADDRESS", parser=address, help="an account")
]
Amount = Annotated[
    Juels, typer.Argument(metavar="AMOUNT", parser=_amount, help="LINK, exact: 12.5")
]
AmountOrAll = Annotated[
    Juels,
    typer.Argument(metavar="AMOUNT", parser=_amount_or_all, help="LINK, exact: 12.5; or all"),
]
Limit = Annotated[
    Juels, typer.Argument(metavar="LIMIT", parser=link, help="most LINK the node may hold")
]
LimitOption = Annotated[
    Juels, typer.Option("--limit", metavar="LINK", parser=link, help="most LINK it may hold")
]
Shares = Annotated[
    Wei, typer.Argument(metavar="AMOUNT", parser=_ether, help="shares, or ETH, exact: 12.5")
]
Token = Annotated[
    str,
    typer.Option("--token", metavar="TOKEN", parser=_token, help="LINK, ETH or a token's address"),
]


_SHOWN: dict[Any, type] = {
    ChecksumAddress: type("address", (str,), {}),
    Juels: type("LINK", (int,), {}),
    Wei: type("ETH", (int,), {}),
}


def shown(annotation: Any) -> Any:
    """The annotation as --help should name it: Typer shows a NewType with its module."""
    if get_origin(annotation) is not Annotated:
        return annotation
    kind, *more = get_args(annotation)
    kinds = get_args(kind) or (kind,)
    known = next((_SHOWN[one] for one in kinds if one in _SHOWN), None)
    if known is None:
        return annotation
    plain: Any = known | None if type(None) in kinds else known
    return Annotated[plain, *more]


def account_option(flag: str, text: str) -> typer.models.OptionInfo:
    """An option that takes an address."""
    option: typer.models.OptionInfo = typer.Option(
        flag, metavar="ADDRESS", parser=address, help=text
    )
    return option


# ---- Of every command that reads the chain ----

Network = Annotated[
    Literal["local", "sepolia", "mainnet"] | None,
    typer.Option("--network", help="profile [default: the setting, else local]"),
]
Rpc = Annotated[
    str | None, typer.Option("--rpc", metavar="URL", help="Ethereum RPC [default: the setting]")
]
ManifestFile = Annotated[
    Path | None,
    typer.Option("--manifest", metavar="FILE", help="deployment [default: the network's]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object, nothing else")]

# ---- Of every command that speaks to a node ----

StateFolder = Annotated[
    Path | None,
    typer.Option("--state", metavar="FOLDER", help="of the node [default: the setting]"),
]
Page = Annotated[int, typer.Option("--page", min=1, max=2**31, help="which part of the list")]
Size = Annotated[int, typer.Option("--size", min=1, max=1000, help="lines of one part")]

# ---- Of every command that signs ----

WalletName = Annotated[
    str | None,
    typer.Option(
        "--wallet",
        metavar="WALLET",
        help="who signs: a wallet's name, a keystore file, web3signer:URL#0xADDRESS, kms:KEY, or "
        "dev:0 on the local chain",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="the wallet's password [default: ask]"),
]
Yes = Annotated[bool, typer.Option("--yes", help="sign without asking")]
Unsigned = Annotated[
    bool, typer.Option("--unsigned", help="print unsigned calldata (JSON) instead of signing")
]
From = Annotated[
    ChecksumAddress | None,
    account_option("--from", "who will sign it elsewhere (with --unsigned, --safe)"),
]
Safe = Annotated[
    Path | None,
    typer.Option("--safe", metavar="FILE", help="write a Safe Transaction Builder batch instead"),
]
