# SPDX-License-Identifier: MIT
"""`linkpool user …`: who may use the operator API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from linkpool.cli.command import operates
from linkpool.cli.operator import Item, operator_client, part
from linkpool.cli.output import Answer, counted
from linkpool.cli.session import Session

app = typer.Typer(help="Users of the operator API: view, run, edit or admin.")

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="the user's name")]
NewPassword = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="their password [default: ask]"),
]
Role = Annotated[
    Literal["view", "run", "edit", "admin"],
    typer.Option("--role", help="each may do what the ones before it may"),
]


@operates(app, "add")
async def add(
    session: Session, email: Email, role: Role = "view", file: NewPassword = None
) -> Answer:
    """A user who logs in with a password of 16 characters or more."""
    password = _password(session, email, file)
    async with operator_client(session, new=True) as client:
        made = await client.post("/v2/users", {"email": email, "password": password, "role": role})
    return _answer(made)


@operates(app, "list")
async def listing(session: Session) -> Answer:
    """Every user with their role."""
    async with operator_client(session) as client:
        users = await client.every("/v2/users")
    return Answer(
        title=counted(len(users), "user"),
        data={"users": users},
        columns=("email", "role", "API key", "created"),
        rows=[(user["email"], user["role"], _has_key(user), user["createdAt"]) for user in users],
    )


@operates(app, "role")
async def change_role(
    session: Session,
    email: Email,
    role: Annotated[Literal["view", "run", "edit", "admin"], typer.Argument(help="the new role")],
) -> Answer:
    """Another role; the user has to log in again."""
    async with operator_client(session) as client:
        return _answer(await client.patch("/v2/users", {"email": email, "newRole": role}))


@operates(app, "password")
async def change_password(session: Session, email: Email, file: NewPassword = None) -> Answer:
    """Another password; ends the user's sessions."""
    password = _password(session, email, file)
    async with operator_client(session) as client:
        await client.patch(f"/v2/users/{part(email)}/password", {"password": password})
    return Answer(title="", data={"email": email}, note=f"{email} has another password")


@operates(app, "remove")
async def remove(session: Session, email: Email) -> Answer:
    """With their sessions and API key."""
    async with operator_client(session) as client:
        await client.delete(f"/v2/users/{part(email)}")
    return Answer(title="", data={"removed": email}, note=f"{email} is removed")


def _password(session: Session, email: str, file: Path | None) -> str:
    settings = session.settings.model_copy(update={"password_file": file})
    asking = Session(settings=settings)
    return asking.password(f"new password of {email}", confirm=True)


def _answer(user: Item) -> Answer:
    return Answer(title="", data=user, facts=[("email", user["email"]), ("role", user["role"])])


def _has_key(user: Item) -> str:
    return "yes" if user["hasActiveApiToken"] == "true" else ""
