# SPDX-License-Identifier: MIT
"""The operator API as one ASGI application."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from linkpool import __version__
from linkpool.api.operator import problems
from linkpool.api.operator.access import Allow, Doorkeeper
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.envelope import Json
from linkpool.api.operator.guard import Guard
from linkpool.api.operator.model import Operator
from linkpool.api.operator.routes import PRIVATE, PUBLIC
from linkpool.settings import ApiSettings


def operator_app(operator: Operator) -> FastAPI:
    """For one node process, or for a database alone (`Operator.host` None)."""
    app = FastAPI(
        title="LinkPool operator API",
        version=__version__,
        default_response_class=Json,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    limits = operator.settings.api
    app.state.operator = operator
    app.state.doorkeeper = Doorkeeper(
        most=limits.logins, seconds=limits.logins_seconds, now=operator.now
    )
    for router in PUBLIC:
        app.include_router(router)
    for router in PRIVATE:
        app.include_router(router, prefix="/v2", dependencies=[Depends(Allow(Role.VIEW))])
    problems.install(app)
    origins = frozenset(limits.origins)
    app.add_middleware(
        Guard, body_bytes=limits.body_bytes, origins=origins, hosts=known_hosts(limits)
    )
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=sorted(origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["content-type", "x-api-key", "x-api-secret", "authorization"],
        )
    return app


def known_hosts(limits: ApiSettings) -> frozenset[str]:
    """Names that requests may call this API by: those of the settings."""
    public = urlsplit(limits.public_url or "").hostname
    return frozenset(name.lower() for name in (*limits.hosts, public) if name)
