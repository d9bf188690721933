# SPDX-License-Identifier: MIT
"""Where LINK can go, what binds a request, what no single call can raise, what adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from halmos.sevm import Exec, StorageRead
from z3 import (
    UGE,
    UGT,
    ULE,
    And,
    BitVec,
    BitVecRef,
    BitVecVal,
    BoolRef,
    Extract,
    Implies,
    Not,
    Or,
    is_true,
    simplify,
)

from tests.symbolic.access import CALLER, asked
from tests.symbolic.engine import (
    AT,
    World,
    arguments,
    artefact,
    as_word,
    calldata,
    calls,
    entry_of,
    never,
    result,
    selector_of,
    word_at,
)
from tests.symbolic.outcome import Claim, Refuted

MOVES = ("a9059cbb", "4000aea0", "23b872dd", "095ea7b3")  # transfer, ...AndCall, ...From, approve


def argument(contract: str, function: str, name: str, words: list[Any]) -> Any:
    """The word of an argument of a static type."""
    names = [one["name"] for one in entry_of(contract, function)["inputs"]]
    return words[names.index(name)]


def moves_of(end: Exec) -> Iterator[tuple[Any, Any]]:
    """To whom LINK is told to go, and how much."""
    for message in calls(end, "LINK"):
        method = message.data[:4].unwrap()
        if not isinstance(method, bytes) or method.hex() in MOVES[2:]:
            raise Refuted(f"LINK is called with {method}")
        if method.hex() in MOVES[:2]:
            yield word_at(message.data, 0), word_at(message.data, 1)


def must(world: World, end: Exec, claim: BoolRef, what: str, *, linear: bool = False) -> None:
    if not is_true(simplify(claim)) and not world.impossible(end, Not(claim), linear=linear):
        raise Refuted(what)


# ---- P1: six doors ----

Recipients = Callable[[World, list[Any]], list[Any]]


def caller(_world: World, _words: list[Any]) -> list[Any]:
    return [as_word(CALLER)]


def first(_world: World, words: list[Any]) -> list[Any]:
    return [words[0]]


def dues(world: World, _words: list[Any]) -> list[Any]:
    wallets = [word for _, word in asked(world, "THIS.operationsWallet")]
    return [AT["POOL_OWNERS"], *wallets]


RECIPIENTS: dict[str, tuple[str, Recipients]] = {
    "withdraw": ("the caller", caller),
    "release": ("the staker named", first),
    "claimExit": ("the leaver named", first),
    "distribute": ("PoolOwners or the operations wallet", dues),
    "activateTerm": ("PoolOwners or the operations wallet", dues),
    "cancelOracleRequest": ("the caller", caller),
    "cancelOracleRequestByRequester": ("the caller", caller),
    "sendPenalty": ("the target named", first),
}


def goes_to(function: str, recipients: Recipients) -> Iterator[object]:
    world = World("PoolStorage", branching=0.05)
    for words in arguments("PoolStorage", function):
        allowed = recipients(world, words)
        data = calldata(selector_of("PoolStorage", function), words)
        for end in world.successes("THIS", CALLER, data):
            for to, _ in moves_of(end):
                known = Or(*[to == one for one in allowed])
                must(world, end, known, "LINK goes elsewhere", linear=True)
            yield end


def goes_nowhere(function: str) -> Iterator[object]:
    world = World("PoolStorage", branching=0.05)
    for words in arguments("PoolStorage", function):
        data = calldata(selector_of("PoolStorage", function), words)
        given = []
        if function.startswith("fulfill"):
            # The consumer is a stranger: P12 keeps LINK out of the commitments, not of every state.
            given = [argument("PoolStorage", function, "callbackAddress", words) == AT["LOGIC"]]
        for end in world.successes("THIS", CALLER, data, given):
            if list(moves_of(end)):
                raise Refuted("LINK goes out")
            yield end


def listed_only() -> Iterator[object]:
    """A penalty goes to an active destination."""
    world = World("PoolStorage", branching=0.05)
    selector = selector_of("PoolStorageFactory", "isDestination")
    for words in arguments("PoolStorage", "sendPenalty"):
        given = [
            never(end, result(end) == 1)
            for end in world.successes("FACTORY", CALLER, calldata(selector, words[:1]))
        ]
        data = calldata(selector_of("PoolStorage", "sendPenalty"), words)
        for end in world.call("THIS", CALLER, data, given):
            if end.context.output.error is None and not world.impossible(end):
                raise Refuted("a penalty to who is not on the list")
            yield end


# ---- A request is answered or cancelled once, by what was committed to ----


def no_collisions(*ends: Exec) -> list[BoolRef]:
    """Hashes of commitments that agree in the bits kept are of the same words."""
    found = [one for end in ends for one in end.sha3s]
    hashes = [one for one in found if one.num_args() and one.arg(0).size() == 8 * 88]
    return [
        Implies(Extract(255, 9, one) == Extract(255, 9, other), one.arg(0) == other.arg(0))
        for one in hashes
        for other in hashes
        if not one.eq(other)
    ]


CANCEL = "cancelOracleRequest"


def cancel_data(mark: str, request: BitVecRef) -> tuple[list[Any], Any]:
    names = [one["name"] for one in entry_of("PoolStorage", CANCEL)["inputs"]]
    words = [request, *(BitVec(f"{mark}_{name}", 256) for name in names[1:])]
    return words, calldata(selector_of("PoolStorage", CANCEL), words)


def bound() -> Iterator[object]:
    """Two cancellations that would both work from one state are the same one."""
    world = World("PoolStorage")
    request, other = BitVec("request", 256), BitVec("other", 160)
    words, data = cancel_data("a", request)
    again, data_again = cancel_data("b", request)
    for end in world.successes("THIS", CALLER, data):
        for second in world.successes("THIS", other, data_again, end.path.conditions):
            same = And(CALLER == other, *[a == b for a, b in zip(words, again, strict=True)])
            if not world.impossible(second, *no_collisions(end, second), Not(same)):
                raise Refuted("two ways to cancel one request")
            yield second


def once(function: str) -> Iterator[object]:
    """After a cancellation nothing works with the same id."""
    world = World("PoolStorage", branching=1.0)
    request, other = BitVec("requestId", 256), BitVec("other", 160)
    _, data = cancel_data("a", request)
    for end in world.successes("THIS", CALLER, data):
        for words in arguments("PoolStorage", function):
            later = calldata(selector_of("PoolStorage", function), [request, *words[1:]])
            for second in world.call("THIS", other, later, start=end):
                reverted = second.context.output.error is not None
                if not reverted and not world.impossible(second):
                    raise Refuted("a request that is gone is ended again")
                yield second


def refunds() -> Iterator[object]:
    """What is refunded is the payment that was committed to."""
    world = World("PoolStorage")
    words, data = cancel_data("a", BitVec("request", 256))
    for end in world.successes("THIS", CALLER, data):
        for _, amount in moves_of(end):
            must(world, end, amount == words[1], "another amount")
        yield end


# ---- P4: what a single call cannot raise ----


def view(world: World, name: str, start: Exec, given: Iterable[BoolRef]) -> Iterator[Any]:
    data = calldata(selector_of("PoolStorage", name), [])
    yield from world.successes("THIS", CALLER, data, given, start=start)


def not_raised(function: str) -> Iterator[object]:
    """Where no income waits: percentage and ceiling do not rise, the wallet stays."""
    world = World("PoolStorage", branching=0.05)
    idle = [never(end, word != 0) for end, word in asked(world, "THIS.pendingIncome")]
    for words in arguments("PoolStorage", function):
        data = calldata(selector_of("PoolStorage", function), words)
        for name, worse in (
            ("makersPercentage", UGT),
            ("costCeiling", UGT),
            ("operationsWallet", lambda after, before: after != before),
        ):
            for _, before in asked(world, f"THIS.{name}"):
                for end in world.successes("THIS", CALLER, data, idle):
                    for after in view(world, name, end, []):
                        if not world.impossible(after, worse(result(after), before)):
                            raise Refuted(f"{name} at once")
                        yield after


# ---- Penalties: what is reserved stays, what is paid was there ----


def deposit_after(world: World, words: list[Any], start: Exec) -> Iterator[Exec]:
    data = calldata(selector_of("Penalties", "deposit"), words)
    yield from world.successes("THIS", CALLER, data, start=start)


def released() -> Iterator[object]:
    """A release pays the depositor exactly what the deposit falls by."""
    world = World("Penalties")
    # Some contract of which nothing is known; its place is as good as any.
    words = [BitVecVal(AT["STORE"], 256), BitVec("reference", 256)]
    (before,) = deposit_after(world, words, world.start)
    data = calldata(selector_of("Penalties", "release"), words)
    for end in world.successes("THIS", CALLER, data):
        (after,) = deposit_after(world, words, end)
        paid = [(to, amount) for to, amount in moves_of(end)]
        if len(paid) != 1:
            raise Refuted(f"{len(paid)} payments")
        ((to, amount),) = paid
        claim = And(to == words[0], amount == result(before) - result(after))
        must(world, after, claim, "paid is not what the deposit falls by")
        yield end


def reserved() -> Iterator[object]:
    """A reservation adds to what is reserved, takes nothing, and stays within the deposit."""
    world = World("Penalties")
    words = [BitVec(name, 256) for name in ("depositor", "reference", "amount", "until")]
    (before,) = deposit_after(world, words[:2], world.start)
    data = calldata(selector_of("Penalties", "reserve"), words)
    for end in world.successes("THIS", CALLER, data):
        (after,) = deposit_after(world, words[:2], end)
        claim = And(
            result(after) == result(before),
            result(after, 1) == result(before, 1) + words[2],
            ULE(result(after, 1), result(after)),
        )
        if list(moves_of(end)):
            raise Refuted("LINK goes out")
        must(world, after, claim, "the deposit does not add up")
        yield end


# ---- PoolOwners: shares move, and are never made ----


def read_by(world: World, name: str, words: list[Any], start: Exec) -> Any:
    """The word of storage that a view of PoolOwners reads."""
    data = calldata(selector_of("PoolOwners", name), words)
    (end,) = world.successes("THIS", CALLER, data, start=start)
    (word,) = [one.value for one in end.context.trace if isinstance(one, StorageRead)]
    return word


def shares_stay(function: str) -> Iterator[object]:
    """Sender and receiver hold together what they held, where both are settled."""
    world = World("PoolOwners", branching=0.05)
    both = [as_word(CALLER), as_word(BitVec("receiver", 160))]
    words = [both[1], BitVec("amount", 256)]
    totals = read_by(world, "getCurrentOwners", [], world.start)
    before = [read_by(world, "balanceOf", [one], world.start) for one in both]
    settled = [Extract(207, 144, one) == Extract(63, 0, totals) for one in before]
    data = calldata(selector_of("PoolOwners", function), words)
    for end in world.successes("THIS", CALLER, data, [both[0] != both[1], *settled]):
        after = [read_by(world, "balanceOf", [one], end) for one in both]
        was, now = ([Extract(71, 0, one) for one in pair] for pair in (before, after))
        amount = Extract(71, 0, words[1])
        claim = And(now[0] == was[0] - amount, now[1] == was[1] + amount)
        # Nobody has more than the whole, of which both hold a part.
        fits = UGE(was[1] + amount, was[1])
        must(world, end, Implies(fits, claim), "shares are made or lost")
        yield end


def doorless() -> list[str]:
    entries = [one for one in artefact("PoolStorage")["abi"] if one["type"] == "function"]
    active = [one["name"] for one in entries if one["stateMutability"] not in {"view", "pure"}]
    return [name for name in active if name not in RECIPIENTS]


def claims() -> Iterator[Claim]:
    for name, (who, recipients) in RECIPIENTS.items():
        text = f"PoolStorage.{name}: LINK goes to {who} only (P1)"
        yield Claim(text, partial(goes_to, name, recipients))
    for name in doorless():
        yield Claim(f"PoolStorage.{name}: no LINK goes out (P1)", partial(goes_nowhere, name))
    yield Claim("PoolStorage.sendPenalty: to destinations of the list only", listed_only)
    yield Claim("PoolStorage.cancelOracleRequest: one commitment, one key", bound)
    yield Claim("PoolStorage.cancelOracleRequest: refunds the payment", refunds)
    for name in (CANCEL, "fulfillOracleRequest"):
        yield Claim(f"PoolStorage.{name}: not after a cancellation (P13)", partial(once, name))
    for name in ("setTerm", "setPolicy", "cancelTerm", "acceptOperator"):
        yield Claim(f"PoolStorage.{name}: raises nothing at once (P4)", partial(not_raised, name))
    yield Claim("Penalties.release: pays what the deposit falls by", released)
    yield Claim("Penalties.reserve: within the deposit, takes nothing", reserved)
    for name in ("transfer", "sendOwnership"):
        text = f"PoolOwners.{name}: shares are neither made nor lost"
        yield Claim(text, partial(shares_stay, name))
