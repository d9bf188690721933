# SPDX-License-Identifier: MIT
"""Logging in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request

from linkpool.api.operator import accounts
from linkpool.api.operator.access import COOKIE, Door, Node, require_password
from linkpool.api.operator.envelope import Json, Resource, one
from linkpool.api.operator.fields import Login

router = APIRouter()


@router.post("/sessions")
async def log_in(given: Login, request: Request, operator: Node, door: Door) -> Json:
    """Email and password; the answer sets the cookie."""
    await require_password(operator, door, request, given.email, given.password)
    idle, now = operator.settings.api.session_seconds, operator.now()
    cookie = await operator.database.write(
        lambda c: accounts.log_in(c, given.email, now=now, idle=idle)
    )
    answer = one(Resource("session", "sessionID", {"authenticated": True}))
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=30 * 86400,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.delete("/sessions")
async def log_out(request: Request, operator: Node) -> Json:
    """Ends the session of the cookie, if there is one."""
    if cookie := request.cookies.get(COOKIE):
        await operator.database.write(lambda c: accounts.log_out(c, cookie))
    answer = one(Resource("session", "sessionID", {"authenticated": False}))
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
