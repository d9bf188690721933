# SPDX-License-Identifier: MIT
"""Job specs: the TOML files of Chainlink's direct-request jobs, unchanged.

Only the placeholder for the oracle's address, as Chainlink's documentation writes it, is filled in.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError
from linkpool.oracle.graph import Graph, parse
from linkpool.oracle.places import MAX_NOTICES, Notice, Places, nearest, of_keys, of_string
from linkpool.oracle.tasks import RULES
from linkpool.units import Juels

PLACEHOLDER: Final = re.compile("YOUR_(?:OPERATOR|ORACLE)_CONTRACT_ADDRESS")
MAX_FILE: Final = 131_072
TOML_PLACE: Final = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)")
FIELDS: Final = (
    "type",
    "schemaVersion",
    "name",
    "contractAddress",
    "externalJobID",
    "evmChainID",
    "minIncomingConfirmations",
    "minContractPaymentLinkJuels",
    "requesters",
    "maxTaskDuration",
    "gasLimit",
    "forwardingAllowed",
    "observationSource",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One direct-request job. `minimum` None leaves the price to the contract; `deadline` (seconds
    for each task) 0 is none; `gas_limit` None leaves it to the node.
    """

    name: str
    contract: ChecksumAddress
    external_id: UUID
    confirmations: int
    minimum: Juels | None
    requesters: frozenset[ChecksumAddress]
    chain_id: int | None
    deadline: float
    gas_limit: int | None = None
    forwarding_allowed: bool = False
    graph: Graph
    warnings: tuple[Notice, ...] = ()
    """What is odd about the job and does not keep it from running."""

    @property
    def spec_ids(self) -> tuple[bytes, bytes]:
        """The job's id as a request may name it: 16 bytes padded, or 32 letters."""
        return self.external_id.bytes.ljust(32, b"\0"), self.external_id.hex.encode()

    @property
    def variables(self) -> dict[str, Any]:
        """What tasks see as $(jobSpec...), without the number of the database."""
        return {
            "externalJobID": str(self.external_id),
            "name": self.name,
            "evmChainID": str(self.chain_id or ""),
            "gasLimit": self.gas_limit,
            "forwardingAllowed": self.forwarding_allowed,
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
        raise SpecError(f"the job is longer than {MAX_FILE} characters")
    return _Reader(text, contract).spec()


class _Reader:
    def __init__(self, text: str, contract: ChecksumAddress | None) -> None:
        self.text = text
        self.contract = contract
        self.places = Places(text)
        self.fields = self.toml()
        self.keys = of_keys(text)

    def toml(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except RecursionError:
            raise SpecError("not TOML: nested too deeply") from None
        except ValueError as error:
            said = str(error)
        place = TOML_PLACE.search(said)
        line, column = self.places.at(len(self.text))
        if place is not None and place[1]:
            line, column = int(place[1]), int(place[2])
        reason = TOML_PLACE.sub("", said)[:200]
        wanted = "" if "xpected" in reason else ", expected `key = value`"
        raise SpecError(f"not TOML: {reason}{wanted}", line=line, column=column)

    def spec(self) -> JobSpec:
        if self.fields.get("type") != "directrequest":
            raise self.wrong("type", 'expected "directrequest"')
        if str(self.fields.get("schemaVersion", 1)) != "1":
            raise self.wrong("schemaVersion", "expected 1")
        source = self.fields.get("observationSource")
        if not isinstance(source, str):
            raise self.wrong("observationSource", "expected the tasks of the job, as text")
        oracle = self.address(self.filled(self.fields.get("contractAddress")), "contractAddress")
        graph = parse(source, self.places_of(source), RULES)
        for task in graph.tasks:
            task.attributes = {name: self.filled(text) for name, text in task.attributes.items()}
        minimum = self.whole("minContractPaymentLinkJuels")
        return JobSpec(
            name=self.words("name"),
            contract=oracle,
            external_id=self.external_id(oracle, self.filled(source)),
            confirmations=self.whole("minIncomingConfirmations") or 0,
            minimum=None if minimum is None else Juels(minimum),
            requesters=frozenset(self.requesters()),
            chain_id=self.whole("evmChainID"),
            deadline=self.duration("maxTaskDuration"),
            gas_limit=self.whole("gasLimit"),
            forwarding_allowed=self.flag("forwardingAllowed"),
            graph=graph,
            warnings=(*self.unknown(), *self.odd(), *graph.notices)[:MAX_NOTICES],
        )

    def filled(self, text: Any) -> Any:
        if self.contract is None or not isinstance(text, str):
            return text
        return PLACEHOLDER.sub(self.contract, text)

    def places_of(self, source: str) -> Places:
        """Of the observation source, in the file."""
        key = self.keys.get("observationSource")
        found = of_string(self.text, key[1], source) if key else None
        return found or Places(source)

    def wrong(self, name: str, wanted: str) -> SpecError:
        value = self.fields.get(name)
        if value is None:
            return SpecError(f"{name}: missing, {wanted}")
        line, column = self.places.at(self.keys.get(name, (0, 0))[1])
        shown = repr(value)[:80]
        return SpecError(f"{name}: {wanted}, got {shown}", line=line, column=column)

    def unknown(self) -> list[Notice]:
        """In the order of the file."""
        return [
            self.places.notice(
                f"{name!r} is no field of a job, it is ignored{nearest(name, FIELDS)}",
                self.keys.get(name, (0, 0))[0],
            )
            for name in self.fields
            if name not in FIELDS
        ][:MAX_NOTICES]

    def odd(self) -> list[Notice]:
        """What is known and not done."""
        if not self.flag("forwardingAllowed"):
            return []
        text = "forwardingAllowed: the node's own key sends, without a forwarder"
        return [self.places.notice(text, self.keys.get("forwardingAllowed", (0, 0))[0])]

    # ---- One field each ----

    def words(self, name: str) -> str:
        value = self.fields.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, "expected text")
        return value

    def address(self, value: Any, name: str) -> ChecksumAddress:
        if not isinstance(value, str) or not is_address(value):
            raise self.wrong(name, "expected an address")
        return to_checksum_address(value)

    def external_id(self, oracle: str, source: str) -> UUID:
        """The job's id; without one, the same for the same job on each start."""
        text = self.fields.get("externalJobID")
        if text is None:
            return uuid5(NAMESPACE_URL, f"{oracle}\n{source}")
        try:
            return UUID(str(text))
        except ValueError:
            raise self.wrong("externalJobID", "expected a UUID") from None

    def whole(self, name: str) -> int | None:
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        text = str(value) if isinstance(value, int | str) else ""
        plain = text.isascii() and text.isdecimal() and len(text) <= 78
        if isinstance(value, bool) or not plain:
            raise self.wrong(name, "expected a whole number")
        return int(text)

    def duration(self, name: str) -> float:
        try:
            return seconds(str(self.fields.get(name) or "0s"))
        except SpecError as error:
            raise self.wrong(name, str(error)) from None

    def flag(self, name: str) -> bool:
        value = self.fields.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "expected true or false")
        return value

    def requesters(self) -> list[ChecksumAddress]:
        listed = self.fields.get("requesters", [])
        if not isinstance(listed, list):
            raise self.wrong("requesters", "expected a list of addresses")
        return [self.address(entry, "requesters") for entry in listed]
