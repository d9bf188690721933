# SPDX-License-Identifier: MIT
"""JSON:API envelopes, as Chainlink's node has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import HTTPException, Query, Request
from fastapi.responses import Response

from linkpool.errors import LinkPoolError, UsageError

SIZE: Final = 25
LARGEST: Final = 1000
EXACT: Final = 2**53  # integers above are text: other readers of JSON would round them


class Json(Response):
    """Never with a number that JSON lacks, never kept by anything on the way."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, **more: Any) -> None:
        super().__init__(content, status_code, **more)
        self.headers["cache-control"] = "no-store"

    def render(self, content: Any) -> bytes:
        text = json.dumps(plain(content), allow_nan=False, separators=(",", ":"))
        return text.encode("ascii")


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing of an answer."""

    type: str
    id: str
    attributes: Mapping[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        return {"type": self.type, "id": self.id, "attributes": self.attributes}


class Page:
    """Which part of a list is asked for."""

    def __init__(
        self,
        page: Annotated[int, Query(ge=1, le=2**31)] = 1,
        size: Annotated[int, Query(ge=1, le=LARGEST)] = SIZE,
    ) -> None:
        self.number = page
        self.size = size

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


def one(resource: Resource, status: int = 200) -> Json:
    """An answer of one thing."""
    return Json({"data": resource.document}, status)


def many(resources: Sequence[Resource]) -> Json:
    """A whole list."""
    return Json({"data": [each.document for each in resources]})


def paged(request: Request, page: Page, resources: Sequence[Resource], count: int) -> Json:
    """A part of a list of `count`, with links to what is before and after."""
    links = {}
    if page.number > 1:
        links["prev"] = _link(request, page, page.number - 1)
    if page.number * page.size < count:
        links["next"] = _link(request, page, page.number + 1)
    data = [each.document for each in resources]
    return Json({"data": data, "meta": {"count": count}} | ({"links": links} if links else {}))


def nothing() -> Response:
    """Done, and there is nothing to say."""
    return Response(status_code=204)


def problem(status: int, *details: str) -> Json:
    """An answer that says what is wrong."""
    return Json({"errors": [{"detail": detail} for detail in details]}, status)


def found(thing: Any, what: str) -> Any:
    """`thing`, or 404 where it is None."""
    if thing is None:
        raise HTTPException(404, f"there is no {what}")
    return thing


def status_of(error: LinkPoolError) -> int:
    """Whose fault it is, in HTTP's numbers."""
    return 422 if isinstance(error, UsageError) else 503


def moment(seconds: float | None) -> str | None:
    """As JSON has it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """`value` as JSON: bytes as hexadecimal, what JSON would round as text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -EXACT < value < EXACT else str(value)
    if isinstance(value, float | Decimal):
        return value if isinstance(value, float) and value == value else str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else str(plain(key)): plain(value[key]) for key in value
        }
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value)


def _link(request: Request, page: Page, number: int) -> str:
    kept = {k: v for k, v in request.query_params.items() if k not in ("page", "size")}
    query = {"size": page.size, "page": number} | kept
    return str(request.url.replace(scheme="", netloc="").replace_query_params(**query))
