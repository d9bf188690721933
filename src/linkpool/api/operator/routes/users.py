# SPDX-License-Identifier: MIT
"""Who may use the API, with which role; passwords and API keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import Field

from linkpool.api.operator import accounts, passwords
from linkpool.api.operator.access import LOCAL, Allow, Door, Node, Someone, require_password
from linkpool.api.operator.accounts import Role, User
from linkpool.api.operator.envelope import (
    Json,
    Page,
    Resource,
    found,
    moment,
    nothing,
    one,
    paged,
)  # fmt: skip
from linkpool.api.operator.fields import Body, Login, Name, Text

router = APIRouter()
admin = [Depends(Allow(Role.ADMIN))]


class NewUser(Login):
    role: Text = "view"


class Change(Body):
    email: Text = Field(max_length=256)
    newRole: Text


class NewPassword(Body):
    oldPassword: Text = Field(max_length=1024)
    newPassword: Text = Field(max_length=1024)


class Reset(Body):
    password: Text = Field(max_length=1024)


class Password(Body):
    password: Text = Field(max_length=1024)


@router.get("/users", dependencies=admin)
async def listing(request: Request, operator: Node, page: Annotated[Page, Depends()]) -> Json:
    """Every user, by email."""
    users, count = await operator.database.read(
        lambda c: (accounts.page(c, offset=page.offset, limit=page.size), accounts.count(c))
    )
    return paged(request, page, [_resource(user) for user in users], count)


@router.post("/users", dependencies=admin)
async def add(given: NewUser, operator: Node, door: Door) -> Json:
    """A user with a password and a role."""
    role = accounts.role(given.role)
    accounts.require_email(given.email)
    passwords.require_strong(given.password, given.email)
    sealed, now = await door.sealed(given.password), operator.now()
    user = await operator.database.write(
        lambda c: accounts.add(c, given.email, role, sealed, now=now)
    )
    return one(_resource(user), 201)


@router.patch("/users", dependencies=admin)
async def change(given: Change, operator: Node) -> Json:
    """Another role; the user has to log in again."""
    role = accounts.role(given.newRole)
    known = await operator.database.read(lambda c: accounts.find(c, given.email))
    user: User = found(known, f"user {given.email}")
    await operator.database.write(lambda c: accounts.change(c, user.email, role=role))
    return one(_resource(User(user.email, role, user.created)))


@router.delete("/users/{email}", dependencies=admin)
async def remove(email: Name, operator: Node) -> Response:
    """With sessions and API key."""
    found(await operator.database.read(lambda c: accounts.find(c, email)), f"user {email}")
    await operator.database.write(lambda c: accounts.remove(c, email))
    return nothing()


@router.patch("/users/{email}/password", dependencies=admin)
async def reset_password(email: Name, given: Reset, operator: Node, door: Door) -> Response:
    """Another password for somebody who lost theirs."""
    found(await operator.database.read(lambda c: accounts.find(c, email)), f"user {email}")
    passwords.require_strong(given.password, email)
    sealed = await door.sealed(given.password)
    await operator.database.write(lambda c: accounts.change(c, email, sealed=sealed))
    return nothing()


@router.patch("/user/password")
async def change_password(
    given: NewPassword, user: Someone, request: Request, operator: Node, door: Door
) -> Json:
    """One's own; ends all of one's sessions."""
    await _require_person(user, given.oldPassword, operator, door, request)
    passwords.require_strong(given.newPassword, user.email)
    sealed = await door.sealed(given.newPassword)
    await operator.database.write(lambda c: accounts.change(c, user.email, sealed=sealed))
    return one(_resource(user))


@router.post("/user/token")
async def make_key(
    given: Password, user: Someone, request: Request, operator: Node, door: Door
) -> Json:
    """One's API key in place of the last one; its secret is shown this once."""
    await _require_person(user, given.password, operator, door, request)
    now = operator.now()
    key = await operator.database.write(lambda c: accounts.make_key(c, user.email, now=now))
    shown = {"accessKey": key.access_key, "secret": key.secret}
    return one(Resource("auth_token", key.access_key, shown), 201)


@router.post("/user/token/delete")
async def drop_key(
    given: Password, user: Someone, request: Request, operator: Node, door: Door
) -> Response:
    """One's API key."""
    await _require_person(user, given.password, operator, door, request)
    await operator.database.write(lambda c: accounts.drop_key(c, user.email))
    return nothing()


async def _require_person(
    user: User, password: str, operator: Node, door: Door, request: Request
) -> None:
    """What belongs to a person needs that person's password."""
    if user.email == LOCAL:
        raise HTTPException(403, "the local token has no password: log in as a user")
    await require_password(operator, door, request, user.email, password)


def _resource(user: User) -> Resource:
    shown = {
        "email": user.email,
        "role": user.role.text,
        "hasActiveApiToken": str(user.has_key).lower(),
        "createdAt": moment(user.created),
    }
    return Resource("users", user.email, shown)
