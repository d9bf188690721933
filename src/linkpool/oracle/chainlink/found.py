# SPDX-License-Identifier: MIT
"""What a Chainlink node holds, as its API or its files say it; nothing is judged here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from linkpool.errors import UsageError

DIRECT_REQUEST: Final = "directrequest"

_SPECS: Final = {
    "contractAddress": "contractAddress",
    "evmChainID": "evmChainID",
    "minIncomingConfirmations": "minIncomingConfirmations",
    "minContractPaymentLinkJuels": "minContractPaymentLinkJuels",
    "minContractPayment": "minContractPaymentLinkJuels",
    "requesters": "requesters",
}
_TEXTS: Final = frozenset({"evmChainID", "minContractPaymentLinkJuels"})
_QUOTES: Final = re.compile(r'[\\"\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundJob:
    """One job. `toml` is the file it was made from, or one that makes the same job."""

    name: str
    kind: str
    toml: str
    origin: str
    """Where it was found: a file's name, or the job's number there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBridge:
    """One bridge. Its incoming token is known to its adapter alone: Chainlink keeps a hash."""

    name: str
    url: str
    confirmations: int
    minimum_payment: int
    outgoing_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKey:
    """One key of the node. `keystore` None: it has not been asked for."""

    address: str
    keystore: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """All of it."""

    jobs: tuple[FoundJob, ...] = ()
    bridges: tuple[FoundBridge, ...] = ()
    keys: tuple[FoundKey, ...] = ()


def attributes(document: Any, what: str) -> list[dict[str, Any]]:
    """The resources of a JSON:API document, or of the plain list that the CLI prints."""
    entries = document.get("data") if isinstance(document, Mapping) else document
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise UsageError(f"{what} is no list of a Chainlink node: save its answer unchanged")
    try:
        return [dict(one, **one.get("attributes", {})) for one in entries]
    except TypeError:
        raise UsageError(f"{what}: attributes of an entry are no map: save it unchanged") from None


def job(entry: Mapping[str, Any]) -> FoundJob:
    """One job of the API, with the file that makes it; UsageError where it is in other pieces."""
    kind = str(entry.get("type", ""))
    name = str(entry.get("name") or entry.get("externalJobID") or entry.get("id", ""))
    try:
        text = _toml(entry) if kind == DIRECT_REQUEST else ""
    except (AttributeError, ValueError, TypeError) as error:
        raise UsageError(f"a job of the Chainlink node is not readable: {error!r}") from None
    return FoundJob(name=name, kind=kind, toml=text, origin=f"job {entry.get('id', '?')}")


def bridge(entry: Mapping[str, Any]) -> FoundBridge:
    """One bridge of the API; UsageError where it has no name or no number."""
    try:
        return FoundBridge(
            name=str(entry["name"]),
            url=str(entry["url"]),
            confirmations=int(entry.get("confirmations") or 0),
            minimum_payment=int(entry.get("minimumContractPayment") or 0),
            outgoing_token=str(entry.get("outgoingToken") or ""),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(f"a bridge of the Chainlink node is not readable: {error!r}") from None


def _toml(entry: Mapping[str, Any]) -> str:
    """The API gives a job in pieces: the same pieces in a file."""
    spec = entry.get("directRequestSpec") or {}
    pipeline = entry.get("pipelineSpec") or {}
    fields: dict[str, Any] = {
        "type": DIRECT_REQUEST,
        "schemaVersion": int(entry.get("schemaVersion") or 1),
        "name": str(entry.get("name") or ""),
        "externalJobID": str(entry.get("externalJobID") or ""),
        "maxTaskDuration": str(entry.get("maxTaskDuration") or "0s"),
    }
    for there, here in _SPECS.items():
        if (value := spec.get(there)) is not None and here not in fields:
            fields[here] = str(value) if here in _TEXTS else value
    if gas := entry.get("gasLimit"):
        fields["gasLimit"] = int(gas)
    if entry.get("forwardingAllowed"):
        fields["forwardingAllowed"] = True
    lines = [f"{key} = {_value(value)}" for key, value in fields.items() if value != ""]
    source = _escaped(str(pipeline.get("dotDagSource") or ""))
    return "\n".join([*lines, f'observationSource = """\n{source}\n"""', ""])


def _value(value: Any) -> str:
    if isinstance(value, str):
        return '"' + _escaped(value).replace("\n", "\\n") + '"'
    if isinstance(value, Iterable):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value)


def _escaped(text: str) -> str:
    """Within a TOML basic string, of one line or of many."""

    def escape(match: re.Match[str]) -> str:
        found = match.group()
        return "\\" + found if found in '\\"' else f"\\u{ord(found):04X}"

    return _QUOTES.sub(escape, text.replace("\r\n", "\n"))
