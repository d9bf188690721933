# SPDX-License-Identifier: MIT
"""Who asks, and whether they may: local token, API key, or session cookie."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import Depends, HTTPException, Request

from linkpool.api.operator import accounts, passwords
from linkpool.api.operator.accounts import Role, User
from linkpool.api.operator.model import Operator

T = TypeVar("T")
COOKIE: Final = "clsession"
LOCAL: Final = "local"
PLACES: Final = 1024  # pairs of address and user whose failed logins are remembered
EVERYBODY: Final = 10  # as many times the failures of one user are allowed in all


def proof_of(token: str, nonce: str) -> str:
    """What only who knows the token can say of `nonce`."""
    given = nonce.encode("utf-8", "surrogatepass")
    return hmac.new(token.encode(), given, hashlib.sha256).hexdigest()


def operator_of(request: Request) -> Operator:
    found: Operator = request.app.state.operator
    return found


Node = Annotated[Operator, Depends(operator_of)]


class Doorkeeper:
    """Counts failed logins, by address and user and in all, and lets one password be tried at a
    time: each costs memory and time. Keys and sessions need no count: nobody guesses 256 bits.
    """

    def __init__(self, *, most: int, seconds: float, now: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._failed: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._one = asyncio.Lock()

    def admit(self, place: str, email: str) -> None:
        """429 after too many failures. Counts as one until `passed` says otherwise: guesses that
        come together are not all let in.
        """
        for key, most in self._counted(place, email):
            failed = self._failed.get(key, deque())
            while failed and failed[0] <= self._now() - self._seconds:
                failed.popleft()
            if len(failed) >= most:
                wait = max(1, round(failed[0] + self._seconds - self._now()))
                raise HTTPException(
                    429, f"too many failed logins: wait {wait} s", {"retry-after": str(wait)}
                )

        for key, _ in self._counted(place, email):
            self._failed.setdefault(key, deque()).append(self._now())
            self._failed.move_to_end(key)
        while len(self._failed) > PLACES:
            self._failed.popitem(last=False)

    def passed(self, place: str, email: str) -> None:
        """The password was right: nothing has failed."""
        for key, _ in self._counted(place, email):
            if self._failed.get(key):
                self._failed[key].pop()

    def _counted(self, place: str, email: str) -> tuple[tuple[tuple[str, str], int], ...]:
        """What a failure counts for, and how many of each there may be."""
        return ((place, email.lower()), self._most), (("", ""), self._most * EVERYBODY)

    async def password_matches(self, password: str, stored: str | None) -> bool:
        return await self.alone(lambda: passwords.matches(password, stored))

    async def sealed(self, password: str) -> str:
        return await self.alone(lambda: passwords.sealed(password))

    async def alone(self, work: Callable[[], T]) -> T:
        """Work with a password, also with a keystore's, in its turn."""
        async with self._one:
            return await asyncio.to_thread(work)


def doorkeeper_of(request: Request) -> Doorkeeper:
    found: Doorkeeper = request.app.state.doorkeeper
    return found


Door = Annotated[Doorkeeper, Depends(doorkeeper_of)]


def place_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


async def require_password(
    operator: Operator, door: Doorkeeper, request: Request, email: str, password: str
) -> None:
    """401 where it is not the user's; failures count."""
    place = place_of(request)
    door.admit(place, email)
    stored = await operator.database.read(lambda c: accounts.password_of(c, email))
    if not await door.password_matches(password, stored):
        raise HTTPException(401, "email or password is wrong")
    door.passed(place, email)


async def user_of(request: Request, operator: Node) -> User:
    """401 where nobody can be made out."""
    given = request.headers.get("authorization", "")
    if given.lower().startswith("bearer "):
        token = given[7:].strip().encode("latin-1")
        if hmac.compare_digest(token, operator.token.encode()):
            return User(LOCAL, Role.ADMIN, 0.0)
        raise HTTPException(401, "the token is not this node's: it changes with every start")
    if "x-api-key" in request.headers:
        return await _by_key(request, operator)
    if cookie := request.cookies.get(COOKIE):
        return await _by_cookie(operator, cookie)
    raise HTTPException(401, "log in: POST /sessions, or X-API-KEY and X-API-SECRET")


async def _by_key(request: Request, operator: Operator) -> User:
    key = request.headers["x-api-key"]
    secret = request.headers.get("x-api-secret", "")
    user = None
    if key.isascii() and key.isalnum():
        user = await operator.database.read(lambda c: accounts.keyed(c, key, secret))
    if user is None:
        raise HTTPException(401, "X-API-KEY or X-API-SECRET is wrong")
    return user


async def _by_cookie(operator: Operator, cookie: str) -> User:
    idle, now = operator.settings.api.session_seconds, operator.now()
    user = await operator.database.read(lambda c: accounts.session(c, cookie, now=now, idle=idle))
    if user is None:
        raise HTTPException(401, "the session has ended: log in again")
    await operator.database.write(lambda c: accounts.saw(c, cookie, now=now))
    return user


Someone = Annotated[User, Depends(user_of)]


@dataclass(frozen=True, slots=True)
class Allow:
    """A dependency of routes: 403 below `role`."""

    role: Role

    async def __call__(self, user: Someone) -> User:
        if user.role < self.role:
            raise HTTPException(
                403, f"this needs the role {self.role.text}; {user.email} has {user.role.text}"
            )
        return user
