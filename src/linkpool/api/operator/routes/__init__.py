# SPDX-License-Identifier: MIT
"""One file per noun. `PRIVATE` ones are below /v2 and need a role; `PUBLIC` ones need none."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from linkpool.api.operator.access import Allow
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.routes import (
    agreements,
    bridges,
    configuration,
    health,
    jobs,
    keys,
    resume,
    runs,
    sessions,
    transactions,
    users,
)

PUBLIC: Final[tuple[APIRouter, ...]] = (sessions.router, health.router, resume.router)
PRIVATE: Final[tuple[APIRouter, ...]] = (
    jobs.router,
    runs.router,
    bridges.router,
    keys.router,
    transactions.router,
    agreements.router,
    users.router,
    configuration.router,
)


@dataclass(frozen=True, slots=True)
class Served:
    """One route. `role` None: no need to say who one is."""

    method: str
    path: str
    role: Role | None
    what: str


def served() -> Iterator[Served]:
    """Everything that the API has."""
    for prefix, routers, least in (("", PUBLIC, None), ("/v2", PRIVATE, Role.VIEW)):
        for router in routers:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                given = [depends.dependency for depends in route.dependencies]
                role = max((one.role for one in given if isinstance(one, Allow)), default=least)
                for method in sorted(route.methods or ()):
                    yield Served(method, prefix + route.path, role, route.description)
