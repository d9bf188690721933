# SPDX-License-Identifier: MIT
"""What each immutable has to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from eth_typing import ChecksumAddress

from linkpool.audit.expected import Expected
from linkpool.audit.facts import Facts
from linkpool.chain import wire
from linkpool.chain.addresses import created_address
from linkpool.deployment.profiles import LOSS_CAP
from linkpool.deployment.steps import OPEN

if TYPE_CHECKING:
    from linkpool.audit.checks.code import Part

_WORD: Final = 2**256 - 1
_PLACE: Final = 2**160 - 1


@dataclass(frozen=True, slots=True)
class Want:
    """A range; `text` says it."""

    least: int
    most: int
    text: str
    is_place: bool = False

    def holds(self, value: int) -> bool:
        return self.least <= value <= self.most

    def shown(self, value: int) -> str:
        if self.is_place and value <= _PLACE:
            return str(wire.checksummed(value.to_bytes(20)))
        return str(value)


ANYTHING: Final = Want(0, _WORD, "any")


def wanted(facts: Facts, expected: Expected, part: Part) -> Mapping[str, Want]:
    """By the immutable's name. KeyError: a contract that nobody taught this function."""
    match part.name:
        case "Timelock":
            return {"DELAY": _delay(expected)}
        case "PoolOwners":
            return _owners(expected)
        case "ServiceAgreements" | "Penalties" | "Aggregator" | "Reputation":
            return _network(facts, expected)
        case _:
            return _pool(facts, expected, part.place)


def _pool(facts: Facts, expected: Expected, itself: ChecksumAddress) -> Mapping[str, Want]:
    suite, terms, manifest = facts.suite, expected.terms, expected.manifest
    delay = facts.powers.delay or 0 if terms is None else terms.delay
    return {
        "LINK": _place(suite.link),
        "FACTORY": _place(suite.factory),
        "POOL_OWNERS": _place(suite.pool_owners),
        "TIMELOCK": _place(suite.timelock),
        "STORE": _place(suite.data),
        "IMPLEMENTATION": _place(itself),
        "DELAY": _number(delay),
        "DEPLOYER": ANYTHING if manifest is None else _place(manifest.deployer),
        # No manifest makes a higher cap right.
        "LOSS_CAP": _number(terms.loss_cap)
        if terms is not None and terms.loss_cap <= LOSS_CAP
        else Want(0, LOSS_CAP, f"at most {LOSS_CAP}"),
        "PENALTY_LIFE": _number(terms.penalty_life)
        if terms is not None
        else Want(1, max(delay - 1, 0), f"shorter than the delay, {delay}"),
    }


def _delay(expected: Expected) -> Want:
    if expected.terms is not None and expected.terms.delay >= expected.least_delay:
        return _number(expected.terms.delay)
    return Want(expected.least_delay, _WORD, f"at least {expected.least_delay}")


def _owners(expected: Expected) -> Mapping[str, Want]:
    """An adopted PoolOwners was made on its own terms."""
    manifest, terms = expected.manifest, expected.terms
    names = ("WHOLE", "wallet", "restReceiver", "hardCap", "saleEnd", "minimumCap")
    made = None if manifest is None else manifest.contracts.get("PoolOwners")
    if terms is None or made is None or made.tx is None:
        return dict.fromkeys(names, ANYTHING)
    return {
        "WHOLE": _number(terms.valuation),
        "wallet": _place(terms.wallet),
        "restReceiver": _place(terms.wallet),
        "hardCap": _number(terms.hard_cap),
        "saleEnd": _number(terms.sale_end),
        "minimumCap": _number(terms.minimum_cap),
    }


def _network(facts: Facts, expected: Expected) -> Mapping[str, Want]:
    network, terms = facts.network, expected.terms
    assert network is not None
    wants = {
        "LINK": _place(facts.suite.link),
        "AGREEMENTS": _place(network.agreements),
        # Its constructor makes both, one after the other.
        "PENALTIES": _place(created_address(network.agreements, 1)),
        "AGGREGATOR": _place(created_address(network.agreements, 2)),
    }
    if terms is None:
        free = ("ANSWER_TIME", "LATE_TIME", "MINIMUM_PAYMENT", "MARGIN", "OWNER", "OPEN")
        return wants | dict.fromkeys(free, ANYTHING)
    return wants | {
        "ANSWER_TIME": _number(terms.answer_time),
        "LATE_TIME": _number(terms.late_time),
        "MINIMUM_PAYMENT": _number(terms.agreement_payment),
        "MARGIN": _number(terms.penalty_margin),
        "OWNER": _place(terms.owner),
        "OPEN": _number(int(OPEN)),
    }


def _place(place: ChecksumAddress) -> Want:
    return Want(int(place, 16), int(place, 16), place, is_place=True)


def _number(value: int) -> Want:
    return Want(value, value, str(value))
