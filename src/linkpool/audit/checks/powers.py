# SPDX-License-Identifier: MIT
"""Who rules, how long every new power waits, and what is waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.audit.checks.code import is_as_wanted, logic
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Facts, Operation, Store
from linkpool.audit.findings import Finding, look, right, unknown, wrong
from linkpool.audit.release import hash_of
from linkpool.audit.words import counted, day, lasting
from linkpool.chain import wire
from linkpool.chain.addresses import ZERO
from linkpool.chain.codec import codec
from linkpool.deployment.writes import Named, write_of
from linkpool.units import show_percent

_DELEGATED: Final = bytes.fromhex("ef0100")  # EIP-7702
_TERMS: Final = ("makers' percentage", "cost ceiling", "operations wallet")


def check(facts: Facts, expected: Expected) -> Iterator[Finding]:
    yield _delay(facts, expected)
    yield from _suite_owner(facts, expected)
    yield _owners_owner(facts, expected)
    yield _creator(facts)
    yield from _operators(facts)
    waiting = [*_operations(facts, expected), *_terms(facts)]
    yield from waiting
    if not waiting:
        yield right("pending", "announcements", "nothing waits")


def _delay(facts: Facts, expected: Expected) -> Finding:
    found = facts.powers.delay
    if found is None:
        return unknown("delay", "Timelock", "it does not say", "a delay")
    least, terms = expected.least_delay, expected.terms
    if terms is None or terms.delay < least:  # no manifest makes a short delay right
        make = right if found >= least else wrong
        return make("delay", "Timelock", lasting(found), f"{lasting(least)} or more")
    make = right if found == terms.delay else wrong
    return make("delay", "Timelock", lasting(found), lasting(terms.delay))


def _suite_owner(facts: Facts, expected: Expected) -> Iterator[Finding]:
    owner, pending = facts.powers.owner, facts.powers.pending_owner
    wanted = None if expected.terms is None else expected.terms.owner
    yield _owner(facts, "the suite", owner, wanted)
    if pending not in (None, ZERO):
        yield look("owner", "the suite", f"offered to {pending}, who may take it", "nobody else")


def _owner(
    facts: Facts, what: str, found: ChecksumAddress | None, wanted: ChecksumAddress | None
) -> Finding:
    if found is None:
        return unknown("owner", what, "it does not say", wanted or "an owner")
    if found == ZERO:
        return look("owner", what, "nobody: renounced, nothing new can come", wanted or "an owner")
    shown = f"{found}, {_kind(facts.codes.get(found, b''))}"
    if wanted is None:
        return look("owner", what, shown, "nobody said who: see --manifest")
    return (right if found == wanted else wrong)("owner", what, shown, wanted)


def _kind(code: bytes) -> str:
    if not code:
        return "one key"
    return "one key that delegates its code" if code.startswith(_DELEGATED) else "a contract"


def _owners_owner(facts: Facts, expected: Expected) -> Finding:
    """It is offered to the owner at deployment, who takes it when he likes. An adopted one has an
    owner of its own.
    """
    found, offered = facts.powers.owners_owner, facts.powers.owners_pending
    manifest = expected.manifest
    if (
        manifest is None
        or (made := manifest.contracts.get("PoolOwners")) is None
        or made.tx is None
    ):
        return _owner(facts, "PoolOwners", found, None)
    wanted = manifest.terms.owner
    if found == manifest.deployer != wanted and offered == wanted:
        return look("owner", "PoolOwners", f"{found}, offered and not yet taken", wanted)
    return _owner(facts, "PoolOwners", found, wanted)


def _creator(facts: Facts) -> Finding:
    creator = facts.powers.creator
    if creator is None:
        return unknown("owner", "creation of nodes", "LinkPool does not say", "an address, or none")
    if creator == ZERO:
        return right("owner", "creation of nodes", "the owner alone")
    return right("owner", "creation of nodes", f"the owner, and {creator} within its daily number")


def _operators(facts: Facts) -> Iterator[Finding]:
    """Who may send a node's stake to the whitelist, within the loss cap."""
    known = [one.books for one in facts.stores if one.books is not None]
    count = counted(len({one.operator for one in known}), "operator")
    yield right("owner", "nodes", f"{count} of {counted(len(known), 'node')}", "operators")
    for one in known:
        if one.proposed != ZERO:
            found = f"offered to {one.proposed}, who may take it"
            yield look("owner", f"node {one.node}", found, f"{one.operator} today")


# ---- What waits in the Timelock ----


def _operations(facts: Facts, expected: Expected) -> Iterator[Finding]:
    alive = [
        one for one in facts.history.operations if not one.ended and facts.moment.time <= one.lapse
    ]
    for one in alive:
        if not one.waits:
            yield unknown(
                "pending",
                _called(facts, one),
                "announced, and the Timelock knows nothing of it",
                "the same",
            )
        else:
            yield _operation(facts, expected, one)
    names = [write.name for one in alive if (write := _write(facts, one)) is not None]
    for name in sorted({one for one in names if names.count(one) > 1}):
        found = f"{names.count(name)} announcements: whoever runs them chooses the order"
        yield look("pending", name, found, "one")


def _write(facts: Facts, operation: Operation) -> Named | None:
    return write_of(operation.data) if operation.target == facts.suite.factory else None


def _operation(facts: Facts, expected: Expected, operation: Operation) -> Finding:
    what, since = _called(facts, operation), f"from {day(operation.ready)} on anyone may run it"
    write = _write(facts, operation)
    if write is None:
        return wrong("pending", what, since, "a registry write, or nothing")
    if write.new == ZERO:
        return look("pending", what, f"{since}: takes {write.name} out of service", "nothing")
    if not facts.codes.get(write.new):
        found = (
            f"{since}: no code yet, whatever the hash: code created in the transaction that runs "
            "it can be destroyed in it and replaced"
        )
        return wrong("pending", what, found, "code that stood there before the announcement")
    if write.code_hash != hash_of(facts.codes[write.new]):
        return look("pending", what, "announced with other code than stands there", "nothing")
    if not is_as_wanted(facts, expected, logic(write.name, write.new)):
        found = f"{since}: code that this release does not have gets the powers of logic"
        return wrong("pending", what, found, "code of this release, made for this pool")
    again = write.new in {one.new for one in facts.history.changes}
    found = f"{since}: {write.name} of this release{', which served before' if again else ''}"
    return look("pending", what, found, "nothing")


def _called(facts: Facts, operation: Operation) -> str:
    if operation.target != facts.suite.factory:
        return f"{operation.target} 0x{operation.data[:4].hex()}…"
    write = _write(facts, operation)
    if write is None:
        return codec("PoolStorageFactory").describe(operation.data)
    return f"setContract({write.name}, {write.new})"


# ---- What waits at nodes ----


def _terms(facts: Facts) -> Iterator[Finding]:
    """As the contracts allow: bounded, announced, and reason to have a look."""
    for store in facts.stores:
        for term, one in enumerate(store.books.waiting if store.books else ()):
            if one.ready and facts.moment.time <= one.lapse:
                found = f"{_value(term, one.value)} from {day(one.ready)} on"
                yield look(
                    "pending", f"{_TERMS[term]} of {_node(store)}", found, _today(store, term)
                )


def _value(term: int, value: int) -> str:
    if term == 2:
        return str(wire.checksummed((value % 2**160).to_bytes(20)))
    return show_percent(value)


def _today(store: Store, term: int) -> str:
    assert store.books is not None
    books = store.books
    return f"{(show_percent(books.makers), show_percent(books.ceiling), books.wallet)[term]} today"


def _node(store: Store) -> str:
    assert store.books is not None
    return f"node {store.books.node}"
