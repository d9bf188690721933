# SPDX-License-Identifier: MIT
"""`linkpool wallet …`: keystore v3 files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.accounts import keystore_address, new_keystore, write_keystore
from linkpool.cli.command import offline, reads
from linkpool.cli.output import Answer, counted
from linkpool.cli.session import DEFAULT_WALLET, Session
from linkpool.errors import UsageError
from linkpool.settings import secret
from linkpool.units import show_ether, show_link

app = typer.Typer(help="Wallets: keystore v3 files, encrypted with a password.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="letters, digits, dot, dash")]


@offline(app, "new", password=True)
async def new(session: Session, name: Name) -> Answer:
    """Make a key and keep it encrypted."""
    return written(session, name, None)


@offline(app, "import", password=True)
async def import_(
    session: Session,
    name: Name,
    key_file: Annotated[
        Path, typer.Option("--key-file", metavar="FILE", help="private key, 64 hexadecimal digits")
    ],
) -> Answer:
    """Keep an existing key encrypted; remove the file it came from."""
    text = secret(key_file).removeprefix("0x")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise UsageError(f"{key_file} holds no private key: 64 hexadecimal digits") from None
    return written(session, name, key)


@offline(app, "list")
async def listing(session: Session) -> Answer:
    """Every wallet of the wallets folder."""
    names = sorted(path.stem for path in session.wallets.glob("*.json"))
    used = session.wallet_name() if session.has_wallet() else ""
    found = [(name, _stated(session.wallets / f"{name}.json")) for name in names]
    return Answer(
        title=f"{counted(len(found), 'wallet')} in {session.wallets}",
        data={"wallets": [{"name": n, "address": a, "used": n == used} for n, a in found]},
        columns=("name", "address", "used"),
        rows=[
            (name, account or "no readable keystore v3 file", "yes" if name == used else "")
            for name, account in found
        ],
    )


@offline(app, "use")
async def use(session: Session, name: Name) -> Answer:
    """Sign with this wallet where no other is named."""
    if not (session.wallets / f"{name}.json").is_file():
        raise UsageError(f"no wallet {name!r}: see `linkpool wallet list`")
    (session.wallets / DEFAULT_WALLET).write_text(name + "\n")
    return Answer(title="", data={"used": name}, note=f"{name} signs from now on")


@reads(app, "show", wallet=True)
async def show(session: Session) -> Answer:
    """Address and balances of the wallet that signs."""
    account = session.account()
    connection = await session.connection()
    block = await connection.block_number()
    balance = await connection.balance(account, block=block)
    facts = [("address", account), ("ether", show_ether(balance))]
    data = {"address": account, "block": block, "wei": str(balance)}
    if session.manifest_path.exists():
        link = await session.link_token()
        juels = await link.balance_of(account, block=block)
        facts.append(("LINK", show_link(juels)))
        data["juels"] = str(juels)
    return Answer(title=session.wallet_shown(), data=data, facts=facts)


def _stated(path: Path) -> ChecksumAddress | None:
    """None: the file cannot be read as a keystore, which hides no other wallet."""
    try:
        return keystore_address(path)
    except UsageError:
        return None


def written(session: Session, name: str, key: bytes | None) -> Answer:
    """Keep a key (None: a new one) as a wallet."""
    new_keystore(session.wallets, name)  # before anybody thinks of a password
    password = session.password(f"new password of {name}", confirm=True)
    path, account = write_keystore(session.wallets, name, password, key=key)
    return Answer(
        title="",
        data={"name": name, "address": account, "file": path},
        facts=[("name", name), ("address", account), ("file", str(path))],
        note="Without the password the key is lost: keep it, and a copy of the file.",
    )
