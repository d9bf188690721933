# SPDX-License-Identifier: MIT
"""Do the contracts of the ChainLink network belong together, and do they hold what they owe?"""

from __future__ import annotations

from collections.abc import Iterator

from linkpool.audit.expected import Expected
from linkpool.audit.facts import Facts, Network
from linkpool.audit.findings import Finding, right, unknown, wrong
from linkpool.audit.words import counted
from linkpool.units import Juels, show_link


def check(facts: Facts, _expected: Expected) -> Iterator[Finding]:
    network = facts.network
    if network is None:
        yield right("network", "ServiceAgreements", "none comes with this pool")
        return
    yield from _wiring(network)
    posted = counted(network.posted or 0, "agreement")
    yield _holds("ServiceAgreements", network.agreements_balance, network.open_cost, posted)
    yield _holds(
        "Penalties",
        network.penalties_balance,
        network.deposited,
        counted(network.deposits, "deposit"),
    )
    yield _holds("Aggregator", network.aggregator_balance, network.refused, "refused requests")


def _wiring(network: Network) -> Iterator[Finding]:
    """What ServiceAgreements names is in its code; whom its two parts obey is in theirs."""
    bad = 0
    for name, named in (
        ("Penalties", network.penalties_agreements),
        ("Aggregator", network.aggregator_agreements),
    ):
        if named != network.agreements:
            bad += 1
            yield wrong("network", f"{name}: ServiceAgreements", str(named), network.agreements)
    if not bad:
        text = "Penalties and Aggregator obey this ServiceAgreements"
        yield right("network", "wiring", text)


def _holds(name: str, balance: Juels | None, owed: Juels | None, of: str) -> Finding:
    if balance is None or owed is None:
        return unknown("solvency", name, "it does not say", f"LINK for {of}")
    make = right if balance >= owed else wrong
    return make("solvency", name, f"{show_link(balance)} held", f"{show_link(owed)} for {of}")
