# SPDX-License-Identifier: MIT
"""Job specs: the TOML files of Chainlink's direct-request jobs, unchanged.

Only the placeholder for the oracle's address, as Chainlink's documentation writes it, is filled in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError
from linkpool.oracle.graph import Graph, parse
from linkpool.oracle.tasks import REQUIRED, TASKS
from linkpool.units import Juels

PLACEHOLDER: Final = re.compile("YOUR_(?:OPERATOR|ORACLE)_CONTRACT_ADDRESS")
MAX_FILE: Final = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One direct-request job. `minimum` None leaves the price to the contract; `deadline` 0 is
    none.
    """

    name: str
    contract: ChecksumAddress
    external_id: UUID
    confirmations: int
    minimum: Juels | None
    requesters: frozenset[ChecksumAddress]
    chain_id: int | None
    deadline: float
    graph: Graph

    @property
    def spec_ids(self) -> tuple[bytes, bytes]:
        """The job's id as a request may name it: 16 bytes padded, or 32 letters."""
        return self.external_id.bytes.ljust(32, b"\0"), self.external_id.hex.encode()

    @property
    def variables(self) -> dict[str, Any]:
        """What tasks see as $(jobSpec...)."""
        return {
            "externalJobID": str(self.external_id),
            "name": self.name,
            "evmChainID": str(self.chain_id or ""),
        }


def template(name: str) -> str:
    """The text of a job that comes with the package, such as `get-uint256`."""
    file = resources.files("linkpool.oracle") / "jobs" / f"{name}.toml"
    if not file.is_file():
        raise SpecError(f"there is no bundled job {name!r}")
    return file.read_text()


def load(text: str, *, contract: ChecksumAddress | None = None) -> JobSpec:
    """Reads a job file. `contract` fills the placeholder for the oracle's address, if any."""
    if len(text) > MAX_FILE:
        raise SpecError(f"job: longer than {MAX_FILE} characters")
    if contract is not None:
        text = PLACEHOLDER.sub(contract, text)
    try:
        fields = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"job: not TOML: {error}") from None
    if fields.get("type") != "directrequest":
        raise SpecError(f"type: expected directrequest, got {fields.get('type')!r}")
    if str(fields.get("schemaVersion", 1)) != "1":
        raise SpecError(f"schemaVersion: expected 1, got {fields['schemaVersion']!r}")
    source = fields.get("observationSource")
    if not isinstance(source, str):
        raise SpecError("observationSource: missing")
    oracle = _address(fields.get("contractAddress"), "contractAddress")
    return JobSpec(
        name=str(fields.get("name", "")),
        contract=oracle,
        external_id=_external_id(fields, oracle, source),
        confirmations=_whole(fields, "minIncomingConfirmations") or 0,
        minimum=_minimum(fields),
        requesters=frozenset(_requesters(fields)),
        chain_id=_whole(fields, "evmChainID"),
        deadline=seconds(str(fields.get("maxTaskDuration", "0s"))),
        graph=_checked(parse(source)),
    )


def _checked(graph: Graph) -> Graph:
    for task in graph.tasks:
        if task.kind not in TASKS:
            known = ", ".join(sorted(TASKS))
            raise SpecError(f"task {task.name!r}: type {task.kind!r} is unknown; known are {known}")
        for name in REQUIRED.get(task.kind, ()):
            if name not in task.attributes:
                raise SpecError(f"task {task.name!r}: {task.kind} needs {name!r}")
    return graph


def _address(value: Any, name: str) -> ChecksumAddress:
    if not isinstance(value, str) or not is_address(value):
        raise SpecError(f"{name}: {value!r} is not an address")
    return to_checksum_address(value)


def _external_id(fields: Mapping[str, Any], oracle: str, source: str) -> UUID:
    """The job's id; without one, the same for the same job on each start."""
    text = fields.get("externalJobID")
    if text is None:
        return uuid5(NAMESPACE_URL, f"{oracle}\n{source}")
    try:
        return UUID(str(text))
    except ValueError:
        raise SpecError(f"externalJobID: {text!r} is not a UUID") from None


def _whole(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not str(value).isdecimal():
        raise SpecError(f"{name}: {value!r} is not a whole number")
    return int(str(value))


def _minimum(fields: Mapping[str, Any]) -> Juels | None:
    found = _whole(fields, "minContractPaymentLinkJuels")
    return None if found is None else Juels(found)


def _requesters(fields: Mapping[str, Any]) -> list[ChecksumAddress]:
    listed = fields.get("requesters", [])
    if not isinstance(listed, list):
        raise SpecError("requesters: expected a list of addresses")
    return [_address(entry, "requesters") for entry in listed]
