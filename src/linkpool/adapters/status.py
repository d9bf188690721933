# SPDX-License-Identifier: MIT
"""What /status shows: how an adapter can be asked, and how it has been."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices

from linkpool.adapters.framework import Adapter, Endpoint
from linkpool.net import HttpCounters


def status(adapter: Adapter, counters: HttpCounters, *, seconds: int) -> dict[str, Any]:
    """Without secrets, and with no more of a URL than its host."""
    return {
        "adapter": adapter.name,
        "uptimeSeconds": seconds,
        "defaultEndpoint": adapter.endpoints[0].name,
        "endpoints": [_endpoint(endpoint) for endpoint in adapter.endpoints],
        "settings": adapter.shown,
        "overrides": adapter.overrides,
        "cache": {
            "entries": len(adapter.cache),
            "hits": adapter.cache.hits,
            "misses": adapter.cache.misses,
            "joined": adapter.cache.joined,
        },
        "sources": [
            {"host": host, "answers": kind, "requests": requests}
            for (host, kind), requests in sorted(counters.requests.items())
        ],
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    schema = endpoint.parameters.model_json_schema(by_alias=False)["properties"]
    return {
        "name": endpoint.name,
        "aliases": list(endpoint.aliases),
        "maxAgeSeconds": endpoint.max_age,
        "parameters": [
            {
                "name": name,
                "names": _names(name, found.validation_alias),
                "required": found.is_required(),
                "type": schema[name].get("type", "any of several"),
                "description": found.description,
            }
            for name, found in endpoint.parameters.model_fields.items()
        ],
    }


def _names(name: str, alias: Any) -> list[str]:
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [name]
