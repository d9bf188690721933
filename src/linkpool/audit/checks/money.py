# SPDX-License-Identifier: MIT
"""Is every juel there, within its caps?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from linkpool.audit.checks.code import Part, is_released
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Books, Facts, Store
from linkpool.audit.findings import Finding, look, right, unknown, wrong
from linkpool.audit.release import released
from linkpool.audit.words import counted, day
from linkpool.deployment.profiles import LOSS_CAP
from linkpool.staking.rules import bearable
from linkpool.units import WHOLE_PPM, Ppm, show_link, show_percent

MOST_MAKERS: Final = 500_000
"""Ppm: the limit in PoolStorage."""
_DAY: Final = 86_400

Problem = tuple[str, str]
"""What was found, what was expected."""


def check(facts: Facts, _expected: Expected) -> Iterator[Finding]:
    cap, every = loss_cap(facts), [one for one in facts.stores if one.books is not None]
    text = "one storage each, known to the factory"
    yield from _each(facts, "nodes", text, text, _place)
    found = (
        f"at most {_most(every, 'makers')} of the profit, {_most(every, 'ceiling')} of a payment"
    )
    text = f"{show_percent(MOST_MAKERS)} to the owners, 100 % for running it, or less"
    yield from _each(facts, "rates", found, text, _rates)
    found = f"{show_percent(_most_taken(every, facts))} of a stake at risk or lately lost, at most"
    text = f"{show_percent(cap)} or less"
    yield from _each(facts, "penalties", found, text, lambda one, f: _penalties(one, f, cap))
    yield from _overdue(every, cap)
    text = "LINK for all that is owed"
    yield from _each(facts, "solvency", text, text, _solvency)
    yield _solvency_in_all(facts)
    yield from _shares(facts)


def loss_cap(facts: Facts) -> int:
    """As the code of PoolStorage says, where that is the released one."""
    part = Part("PoolStorage", facts.suite.implementation)
    build = released("PoolStorage")
    if build is None or not is_released(facts, part):
        return LOSS_CAP
    return build.values(facts.codes[part.place])["LOSS_CAP"]


def _each(
    facts: Facts,
    check_: str,
    found_: str,
    wanted: str,
    problem: Callable[[Store, Facts], Problem | None],
) -> Iterator[Finding]:
    """One line for each node that has a problem, one for those that cannot be read, one in all
    where there is none.
    """
    readable = [one for one in facts.stores if one.books is not None]
    bad = 0
    for store in readable:
        found = problem(store, facts)
        if found is not None:
            bad += 1
            yield wrong(check_, name_of(store), found[0], found[1])
    if len(readable) < len(facts.stores):
        count = counted(len(facts.stores) - len(readable), "storage")
        yield unknown(check_, count, "they do not answer as PoolStorage does", wanted)
    if not bad and readable:
        yield right(check_, counted(len(readable), "node"), found_, wanted)


def name_of(store: Store) -> str:
    return f"node {store.books.node}" if store.books is not None else f"PoolStorage {store.index}"


def _place(store: Store, facts: Facts) -> Problem | None:
    books = store.books
    assert books is not None
    if books.factory != facts.suite.factory:
        return f"of another factory, {books.factory}", facts.suite.factory
    if store.found != store.place or not store.is_storage:
        return f"the factory has {store.found} for it", store.place
    return None


def _rates(store: Store, _facts: Facts) -> Problem | None:
    books = store.books
    assert books is not None
    if books.makers > MOST_MAKERS:
        return (
            f"{show_percent(books.makers)} of the profit to the owners",
            f"at most {show_percent(MOST_MAKERS)}",
        )
    if books.ceiling > WHOLE_PPM:
        return f"cost ceiling {show_percent(books.ceiling)}", "at most 100 % of a payment"
    return None


def _penalties(store: Store, facts: Facts, cap: int) -> Problem | None:
    books = store.books
    assert books is not None
    taken = _taken(store, books, facts)
    if taken > cap:
        return f"{show_percent(taken)} of the stake", f"at most {show_percent(cap)}"
    if books.allowance > cap - taken:
        found = f"{show_percent(books.allowance)} more would be let go"
        return found, f"at most {show_percent(cap - taken)} more"
    return _penalty_sums(books)


def _overdue(every: list[Store], cap: int) -> Iterator[Finding]:
    """Nodes where more is overdue than one delay can cost: a newcomer pays for all of it."""
    for store in every:
        assert store.books is not None
        waiting, until = store.books.overdue
        most = bearable(store.books.staked, Ppm(cap))
        if most is not None and waiting > most:
            found = (
                f"{show_link(waiting)} overdue until {day(until)}, beside "
                f"{show_link(store.books.staked)}: a new stake pays for all of it"
            )
            yield look("penalties", name_of(store), found, f"at most {show_link(most)} overdue")


def _taken(store: Store, books: Books, facts: Facts) -> int:
    """Weight of what is at risk, and of what was lost within one delay; whole days."""
    since = (facts.moment.time - facts.suite.delay) // _DAY
    lost = sum(one.weight for one in store.losses if one.time // _DAY >= since)
    return sum(one.weight for one in books.open) + lost


def _most_taken(stores: list[Store], facts: Facts) -> int:
    taken = (_taken(one, one.books, facts) for one in stores if one.books is not None)
    return max(taken, default=0)


def _most(stores: list[Store], rate: str) -> str:
    return show_percent(max((getattr(one.books, rate) for one in stores), default=0))


def _penalty_sums(books: Books) -> Problem | None:
    """The ledger's totals against its open records."""
    away = sum(one.amount - one.returned for one in books.open)
    borne = sum(one.amount - one.pledge - one.claims for one in books.open)
    pledged = sum(one.pledge for one in books.open)
    for what, found, wanted in (
        ("at risk", books.at_risk, away),
        ("at risk for stakers", books.stakers_at_risk, borne),
        ("pledged by the owners", books.pledged, pledged),
    ):
        if found != wanted:
            return f"{show_link(found)} {what}", f"{show_link(wanted)}, as its records say"
    return None


def _solvency(store: Store, _facts: Facts) -> Problem | None:
    books = store.books
    assert books is not None
    if store.balance is None or store.balance < books.owed:
        held = "unknown" if store.balance is None else show_link(store.balance)
        return f"holds {held}", f"{show_link(books.owed)} is owed"
    return None


def _solvency_in_all(facts: Facts) -> Finding:
    readable = [one for one in facts.stores if one.books is not None]
    held = sum(one.balance or 0 for one in readable)
    owed = sum(one.books.owed for one in readable if one.books is not None)
    staked = sum(one.books.staked for one in readable if one.books is not None)
    away = sum(one.books.at_risk for one in readable if one.books is not None)
    out = f", {show_link(away)} more of it out as penalties" if away else ""
    found = f"{show_link(staked)} staked: {show_link(held)} held{out}"
    make = right if held >= owed else look  # whose is missing stands above, node by node
    return make("solvency", "all nodes", found, f"{show_link(owed)} owed")


def _shares(facts: Facts) -> Iterator[Finding]:
    shares = facts.shares
    if shares.is_distributed is False:
        found = "LINK is no token of its list: its income waits for the owner"
        yield look("solvency", "PoolOwners", found, "LINK is distributed")
    if shares.balance is None or shares.reserved is None:
        yield unknown("solvency", "PoolOwners", "it does not say", "LINK for all claims")
        return
    held, owed = f"{show_link(shares.balance)} held", f"{show_link(shares.reserved)} owed"
    yield (right if shares.balance >= shares.reserved else wrong)(
        "solvency", "PoolOwners", held, owed
    )
