# SPDX-License-Identifier: MIT
"""Job specs: the TOML files of Chainlink's direct-request jobs, unchanged.

Only the placeholder for the oracle's address, as Chainlink's documentation writes it, is filled in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, ParamSpec, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, is_checksum_address, to_checksum_address

from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError, together
from linkpool.oracle.graph import Graph, parse
from linkpool.oracle.places import MAX_NOTICES, Notice, Places, nearest, of_keys, of_string
from linkpool.oracle.tasks import RULES
from linkpool.units import Juels

P = ParamSpec("P")
T = TypeVar("T")

PLACEHOLDER: Final = re.compile("YOUR_(?:OPERATOR|ORACLE)_CONTRACT_ADDRESS")
MAX_FILE: Final = 131_072
TOML_PLACE: Final = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)")
TOML_WORDS: Final = {
    "Cannot overwrite a value": "the key is given twice",
    "Illegal character '\\n'": "the text of this line is not closed, a quotation mark is missing",
}
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
        self.mistakes: list[SpecError] = []

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
        for python, plain in TOML_WORDS.items():
            reason = reason.replace(python, plain)
        if self.text.startswith("\ufeff"):
            reason = "the file begins with a byte order mark (BOM), save it without one"
        known = reason != TOML_PLACE.sub("", said)[:200] or "xpected" in reason
        wanted = "" if known else ", expected `key = value`"
        raise SpecError(f"not TOML: {reason}{wanted}", line=line, column=column)

    def spec(self) -> JobSpec:
        kind = self.fields.get("type")
        if kind is not None and kind != "directrequest":
            raise self.wrong("type", 'expected "directrequest"')  # the rest is another language
        if kind is None:
            self.mistakes.append(self.wrong("type", 'expected "directrequest"'))
        if str(self.fields.get("schemaVersion", 1)) != "1":
            self.mistakes.append(self.wrong("schemaVersion", "expected 1"))
        oracle = self.tried(self.oracle)
        minimum = self.tried(self.whole, "minContractPaymentLinkJuels")
        name = self.tried(self.title)
        source = self.tried(self.source)
        external_id = self.tried(self.external_id, str(oracle), self.filled(source))
        confirmations = self.tried(self.whole, "minIncomingConfirmations")
        requesters = self.tried(self.requesters)
        chain_id = self.tried(self.whole, "evmChainID")
        deadline = self.tried(self.duration, "maxTaskDuration")
        gas_limit = self.tried(self.whole, "gasLimit")
        forwarding = self.tried(self.flag, "forwardingAllowed")
        graph = None if source is None else self.tried(self.tasks, source)
        if self.mistakes or oracle is None or graph is None or external_id is None:
            raise together(self.mistakes)
        return JobSpec(
            name=name or "",
            contract=oracle,
            external_id=external_id,
            confirmations=confirmations or 0,
            minimum=None if minimum is None else Juels(minimum),
            requesters=frozenset(requesters or ()),
            chain_id=chain_id,
            deadline=deadline or 0.0,
            gas_limit=gas_limit,
            forwarding_allowed=bool(forwarding),
            graph=graph,
            warnings=(
                *self.unknown(),
                *self.odd(),
                *self.unanswered(graph, oracle),
                *graph.notices,
            )[:MAX_NOTICES],
        )

    def tried(self, read: Callable[P, T], *args: P.args, **more: P.kwargs) -> T | None:
        """One field; a mistake in it is told with those in others."""
        try:
            return read(*args, **more)
        except SpecError as error:
            self.mistakes.append(error)
            return None

    def source(self) -> str:
        found = self.fields.get("observationSource")
        if not isinstance(found, str):
            raise self.wrong("observationSource", "expected the tasks of the job, as text")
        return found

    def tasks(self, source: str) -> Graph:
        return parse(source, self.places_of(source), RULES, self.filled)

    def oracle(self) -> ChecksumAddress:
        found = self.address(self.filled(self.fields.get("contractAddress")), "contractAddress")
        if int(found, 16) == 0:
            raise self.wrong("contractAddress", "expected the oracle's address, not zero")
        return found

    def title(self) -> str:
        found = self.words("name")
        if not found.isprintable():
            raise self.wrong("name", "expected one line without control characters")
        return found

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
        return SpecError(f"{name}: {wanted}, got {_shown(value)}", line=line, column=column)

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

    def unanswered(self, graph: Graph, oracle: ChecksumAddress) -> list[Notice]:
        """Transactions that lead elsewhere, or none at all: a request gets no answer then."""
        sends = [task for task in graph.tasks if task.kind == "ethtx"]
        if not sends:
            at = self.keys.get("observationSource", (0, 0))[0]
            return [self.places.notice("no task is an ethtx: requests get no answer", at)]
        return [
            Notice(
                *graph.places[task.name],
                f"task {task.name!r}: sends to {to}, the job listens at {oracle}: "
                "the answer earns nothing there",
            )
            for task in sends
            if is_address(to := task.attributes["to"].strip()) and to.lower() != oracle.lower()
        ]

    # ---- One field each ----

    def words(self, name: str) -> str:
        value = self.fields.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, "expected text")
        return value

    def address(self, value: Any, name: str) -> ChecksumAddress:
        if not isinstance(value, str) or not is_address(value):
            raise self.wrong(name, "expected an address")
        digits = value.removeprefix("0x")
        if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(value):
            raise self.wrong(name, "wrong checksum, copy the address again")
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
            raise self.wrong(name, "expected a whole number from 0")
        return int(text)

    def duration(self, name: str) -> float:
        try:
            return seconds(str(self.fields.get(name) or "0s"))
        except SpecError as error:
            line, column = self.places.at(self.keys.get(name, (0, 0))[1])
            raise SpecError(f"{name}: {error}", line=line, column=column) from None

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


def _shown(value: Any) -> str:
    """A value in TOML's words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    return (repr(value) if isinstance(value, str | list) else str(value))[:80]
