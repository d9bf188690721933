# SPDX-License-Identifier: MIT
"""Users, their sessions and their API keys: functions of one transaction.

Of what proves who somebody is only digests are stored.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from linkpool.errors import UsageError
from linkpool.store.tables import api_keys, sessions, users

SEEN_EVERY: Final = 60.0  # seconds between two notes of a session's use
_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]{1,190}")


class Role(IntEnum):
    """Each may do what the ones before it may."""

    VIEW = 1
    RUN = 2
    EDIT = 3
    ADMIN = 4

    @property
    def text(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class User:
    """`has_key`: there is an API key."""

    email: str
    role: Role
    created: float
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """An API key at the only moment at which its secret is known."""

    access_key: str
    secret: str


def role(text: str) -> Role:
    """Of its name; UsageError lists them."""
    known = {one.text: one for one in Role}
    if text not in known:
        raise UsageError(f"role {text!r} is unknown: {', '.join(known)}")
    return known[text]


# ---- Users ----


def require_email(email: str) -> None:
    """UsageError where it is none."""
    if not _EMAIL.fullmatch(email):
        raise UsageError(f"{email!r} is no email address")


def add(connection: Connection, email: str, role: Role, sealed: str, *, now: float) -> User:
    """UsageError where the email is taken or is none."""
    require_email(email)
    email = email.lower()
    if find(connection, email) is not None:
        raise UsageError(f"there is a user {email} already")
    row = {"email": email, "role": role.text, "password": sealed, "created": now}
    connection.execute(insert(users).values(row))
    return User(email, role, now)


def page(connection: Connection, *, offset: int, limit: int) -> list[User]:
    """By email."""
    query = select(users).order_by(users.c.email).offset(offset).limit(limit)
    keyed = set(connection.execute(select(api_keys.c.email)).scalars())
    return [
        User(row.email, role(row.role), row.created, row.email in keyed)
        for row in connection.execute(query)
    ]


def count(connection: Connection) -> int:
    return len(connection.execute(select(users.c.email)).all())


def find(connection: Connection, email: str) -> User | None:
    """By email, whatever its case."""
    row = connection.execute(select(users).where(users.c.email == email.lower())).first()
    return None if row is None else User(row.email, role(row.role), row.created)


def password_of(connection: Connection, email: str) -> str | None:
    """As it is stored; None where there is no such user."""
    query = select(users.c.password).where(users.c.email == email.lower())
    return connection.execute(query).scalar_one_or_none()


def change(
    connection: Connection, email: str, *, role: Role | None = None, sealed: str | None = None
) -> None:
    """Another role or password; either ends the user's sessions, a new password the API key too:
    somebody else may have made it.
    """
    changes = {} if role is None else {"role": role.text}
    changes |= {} if sealed is None else {"password": sealed}
    mine = users.c.email == email.lower()
    if not connection.execute(update(users).where(mine).values(changes)).rowcount:
        raise UsageError(f"there is no user {email}")
    connection.execute(delete(sessions).where(sessions.c.email == email.lower()))
    if sealed is not None:
        drop_key(connection, email)


def remove(connection: Connection, email: str) -> None:
    """With sessions and keys."""
    email = email.lower()
    for table in (sessions, api_keys):
        connection.execute(delete(table).where(table.c.email == email))
    if not connection.execute(delete(users).where(users.c.email == email)).rowcount:
        raise UsageError(f"there is no user {email}")


# ---- Sessions ----


def log_in(connection: Connection, email: str, *, now: float, idle: float) -> str:
    """The cookie of a new session; sessions that ended are removed on the way."""
    connection.execute(delete(sessions).where(sessions.c.seen < now - idle))
    cookie = secrets.token_urlsafe(32)
    row = {"digest": digest(cookie), "email": email.lower(), "created": now, "seen": now}
    connection.execute(insert(sessions).values(row))
    return cookie


def session(connection: Connection, cookie: str, *, now: float, idle: float) -> User | None:
    """Whose session it is; None where it ended."""
    query = select(sessions.c.email).where(
        sessions.c.digest == digest(cookie), sessions.c.seen >= now - idle
    )
    email = connection.execute(query).scalar_one_or_none()
    return None if email is None else find(connection, email)


def saw(connection: Connection, cookie: str, *, now: float) -> None:
    """Notes that a session is in use, not at every request."""
    stale = (sessions.c.digest == digest(cookie)) & (sessions.c.seen < now - SEEN_EVERY)
    connection.execute(update(sessions).where(stale).values(seen=now))


def log_out(connection: Connection, cookie: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.digest == digest(cookie)))


# ---- API keys ----


def make_key(connection: Connection, email: str, *, now: float) -> Key:
    """In place of the one that the user has, if any."""
    drop_key(connection, email)
    key = Key(secrets.token_hex(16), secrets.token_urlsafe(32))
    row = {
        "access_key": key.access_key,
        "email": email.lower(),
        "digest": digest(key.secret),
        "created": now,
    }
    connection.execute(insert(api_keys).values(row))
    return key


def drop_key(connection: Connection, email: str) -> None:
    connection.execute(delete(api_keys).where(api_keys.c.email == email.lower()))


def keyed(connection: Connection, access_key: str, secret: str) -> User | None:
    """Whose key it is; None where the secret is another's."""
    row = connection.execute(select(api_keys).where(api_keys.c.access_key == access_key)).first()
    stored = "" if row is None else row.digest
    if not hmac.compare_digest(digest(secret), stored) or row is None:
        return None
    return find(connection, row.email)


def digest(text: str) -> str:
    """Enough for secrets of 256 random bits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
