# SPDX-License-Identifier: MIT
"""Bridges as the operator set them up: functions of a transaction on the state database.

Of the token by which an adapter is recognised only a salted hash is kept. The one that the node
shows to the adapter is kept, because it is sent. Each is shown once, when the bridge is made.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy import update as updating

from linkpool.errors import UsageError
from linkpool.net import HttpError, host_of
from linkpool.store.tables import bridge_cache, bridges
from linkpool.units import Juels

NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,100}")
TOKEN_BYTES: Final = 24
NOTHING: Final = Juels(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeDraft:
    """What an operator says of a bridge; checked where it is stored."""

    name: str
    url: str
    confirmations: int = 0
    minimum_payment: Juels = NOTHING
    outgoing_token: str | None = None
    """One that an adapter knows already; None makes a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A bridge without its secrets. Moments are seconds since 1970."""

    name: str
    url: str
    confirmations: int
    minimum_payment: Juels
    created: float
    updated: float


@dataclass(frozen=True, slots=True)
class NewBridge:
    """A bridge and its tokens, which nobody can be shown again."""

    bridge: Bridge
    incoming_token: str
    """The adapter shows it to the node when it answers later."""
    outgoing_token: str
    """The node shows it to the adapter."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a request to the adapter needs."""

    url: str
    outgoing_token: str


def add(connection: Connection, draft: BridgeDraft, now: float) -> NewBridge:
    """UsageError where the name is taken or a field is wrong."""
    row = _checked(draft)
    if find(connection, row["name"]) is not None:
        raise UsageError(f"there is a bridge {row['name']} already: choose another name")
    incoming, salt = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_hex(16)
    outgoing = draft.outgoing_token or secrets.token_urlsafe(TOKEN_BYTES)
    row |= {
        "incoming_salt": salt,
        "incoming_hash": _digest(salt, incoming),
        "outgoing_token": outgoing,
        "created": now,
        "updated": now,
    }
    connection.execute(insert(bridges).values(row))
    return NewBridge(get(connection, row["name"]), incoming, outgoing)


def find(connection: Connection, name: str) -> Bridge | None:
    """The bridge of that name, in whatever case."""
    row = connection.execute(select(bridges).where(bridges.c.name == name.lower())).first()
    return None if row is None else _bridge(row)


def get(connection: Connection, name: str) -> Bridge:
    """UsageError where there is none."""
    found = find(connection, name)
    if found is None:
        raise UsageError(f"there is no bridge {name[:100]}: see `linkpool bridge list`")
    return found


def page(connection: Connection, offset: int, limit: int) -> list[Bridge]:
    """By name."""
    query = select(bridges).order_by(bridges.c.name).offset(offset).limit(limit)
    return [_bridge(row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(bridges)).scalar_one()


def update(connection: Connection, name: str, draft: BridgeDraft, now: float) -> Bridge:
    """Everything but the name and the tokens."""
    bridge, row = get(connection, name), _checked(draft)
    if row.pop("name") != bridge.name:
        raise UsageError(f"bridge {bridge.name} keeps its name: jobs know it by that")
    changed = updating(bridges).where(bridges.c.name == bridge.name)
    connection.execute(changed.values({**row, "updated": now}))
    return get(connection, name)


def remove(connection: Connection, name: str, *, used_by: Collection[str] = ()) -> Bridge:
    """Its kept answers go with it. UsageError where jobs (their names) still use it."""
    bridge = get(connection, name)
    if used_by:
        raise UsageError(f"bridge {bridge.name} is used by {', '.join(sorted(used_by))}")
    connection.execute(delete(bridges).where(bridges.c.name == bridge.name))
    connection.execute(delete(bridge_cache).where(bridge_cache.c.bridge == bridge.name))
    return bridge


def access(connection: Connection, name: str) -> Access | None:
    """Where the adapter is and what to show it."""
    columns = select(bridges.c.url, bridges.c.outgoing_token)
    row = connection.execute(columns.where(bridges.c.name == name.lower())).first()
    return None if row is None else Access(row.url, row.outgoing_token)


def may_resume(connection: Connection, name: str, token: str) -> bool:
    """True for the token that was given to this bridge's adapter."""
    columns = select(bridges.c.incoming_salt, bridges.c.incoming_hash)
    row = connection.execute(columns.where(bridges.c.name == name.lower())).first()
    salt, expected = ("", "") if row is None else (row.incoming_salt, row.incoming_hash)
    return hmac.compare_digest(_digest(salt, token), expected)


def missing(connection: Connection, names: Collection[str]) -> list[str]:
    """Those that do not exist, for a job that names them."""
    known = set(connection.scalars(select(bridges.c.name)))
    return sorted(name for name in names if name.lower() not in known)


def _checked(draft: BridgeDraft) -> dict[str, Any]:
    if not NAME.fullmatch(draft.name):
        raise UsageError(f"bridge name {draft.name[:100]!r}: use letters, digits, - and _ only")
    try:
        host_of(draft.url)
    except HttpError as error:
        raise UsageError(f"bridge {draft.name}: {error}") from None
    if "@" in urlsplit(draft.url).netloc:
        # Lists show the URL.
        raise UsageError(
            f"bridge {draft.name}: no user and password in the URL; the node shows the adapter the "
            "bridge's token"
        )
    for field, value in (
        ("confirmations", draft.confirmations),
        ("minimum payment", draft.minimum_payment),
    ):
        if value < 0:
            raise UsageError(f"bridge {draft.name}: {field} cannot be negative")
    return {
        "name": draft.name.lower(),
        "url": draft.url,
        "confirmations": draft.confirmations,
        "minimum_payment": str(draft.minimum_payment),
    }


def _bridge(row: Any) -> Bridge:
    return Bridge(
        name=row.name,
        url=row.url,
        confirmations=row.confirmations,
        minimum_payment=Juels(int(row.minimum_payment)),
        created=row.created,
        updated=row.updated,
    )


def _digest(salt: str, token: str) -> str:
    return hashlib.sha256(f"{salt}:{token}".encode()).hexdigest()
