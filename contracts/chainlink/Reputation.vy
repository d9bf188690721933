# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title Reputation: what one provider knows of the oracles that joined it
@notice Counts how agreements that named this provider ended, as ServiceAgreements reports them. Anyone can
        deploy one: open to every oracle, or to those that its owner admits. Nobody can change or remove
        what was counted. Counters stop at their largest number instead of starting again. Ratios in ppm, amounts in juels
        (10**18 = 1 LINK), times in seconds. Whitepaper 4.
@custom:invariant-r1 assigned = completed + missed + late + wrong
@custom:invariant-r2 what is counted only grows, and only ServiceAgreements counts
"""

from interfaces import IPoolStorage
from interfaces import IReputation

implements: IReputation

# standing: completed 28 | missed 28 | late 28 | wrong 28 | elapsed 44 | lost 90 | admitted 1 | member 1
M28: constant(uint256) = 2**28 - 1
M44: constant(uint256) = 2**44 - 1
M90: constant(uint256) = 2**90 - 1
COUNTER: constant(uint256) = 28
ELAPSED: constant(uint256) = 112
LOST: constant(uint256) = 156
ADMITTED: constant(uint256) = 2**246
MEMBER: constant(uint256) = 2**247

PPM: constant(uint256) = 1_000_000
# Outcomes are 1 completed, 2 missed, 3 late, 4 wrong.
WRONG: constant(uint256) = 4

AGREEMENTS: immutable(address)
OWNER: immutable(address)
OPEN: immutable(bool)

standings: HashMap[address, uint256]
members: HashMap[uint256, address]
count: uint256


@deploy
def __init__(agreements: address, owner: address, open: bool):
    """
    @param agreements the ServiceAgreements whose outcomes are counted
    @param owner who admits oracles where it is not open; no other power
    @param open whether any oracle may join
    """
    assert agreements.is_contract, "reputation: agreements has no code"
    assert open or owner != empty(address), "reputation: owner"
    AGREEMENTS = agreements
    OWNER = owner
    OPEN = open


# ---- The oracle's senders and operator ----

@external
def join(oracle: address):
    """
    @notice Makes an oracle a member, for good.
    @param oracle a PoolStorage
    @dev Reverts: "reputation: not a sender of the oracle", "reputation: not admitted", "reputation:
         already a member".
    """
    assert self._speaks_for(oracle), "reputation: not a sender of the oracle"
    word: uint256 = self.standings[oracle]
    assert OPEN or word & ADMITTED != 0, "reputation: not admitted"
    assert word & MEMBER == 0, "reputation: already a member"
    self.standings[oracle] = word | MEMBER
    self.members[self.count] = oracle
    self.count += 1
    log IReputation.Joined(oracle=oracle)


# ---- The provider's owner ----

@external
def admit(oracle: address):
    """
    @notice Lets an oracle join a provider that is not open.
    @param oracle a PoolStorage
    @dev Reverts: "reputation: open to all", "reputation: only the owner", "reputation: already admitted".
    """
    assert not OPEN, "reputation: open to all"
    assert msg.sender == OWNER, "reputation: only the owner"
    word: uint256 = self.standings[oracle]
    assert word & ADMITTED == 0, "reputation: already admitted"
    self.standings[oracle] = word | ADMITTED
    log IReputation.Admitted(oracle=oracle)


# ---- ServiceAgreements only ----

@external
def report(id: uint256, reports: DynArray[IReputation.Report, 31]):
    """
    @notice Counts how an agreement ended; passes over who is no member.
    @param id of the agreement
    @param reports one for each oracle that was asked
    @dev Reverts: "reputation: only agreements".
    """
    assert msg.sender == AGREEMENTS, "reputation: only agreements"
    for told: IReputation.Report in reports:
        word: uint256 = self.standings[told.oracle]
        if word & MEMBER == 0:
            continue
        assert told.outcome - 1 < WRONG  # dev: ServiceAgreements knows four
        word = self._raised(word, (told.outcome - 1) * COUNTER, M28, 1)
        word = self._raised(word, ELAPSED, M44, told.elapsed)
        self.standings[told.oracle] = self._raised(word, LOST, M90, told.lost)
        log IReputation.Reported(
            id=id,
            oracle=told.oracle,
            outcome=told.outcome,
            elapsed=told.elapsed,
            lost=told.lost,
        )


# ---- Views ----

@view
@external
def score(oracle: address) -> uint256:
    """
    @notice (completed + 1) / (assigned + 2): a newcomer has half.
    @param oracle a member
    @return ppm, rounded down
    @dev Reverts: "reputation: not a member".
    """
    word: uint256 = self.standings[oracle]
    assert word & MEMBER != 0, "reputation: not a member"
    return self._score(word)


@view
@external
def standing(oracle: address) -> IReputation.Standing:
    """
    @notice Everything counted of an oracle; its score is 0 where it is no member.
    @param oracle any address
    @return see Standing
    """
    word: uint256 = self.standings[oracle]
    member: bool = word & MEMBER != 0
    score: uint256 = 0
    if member:
        score = self._score(word)
    return IReputation.Standing(
        member=member,
        assigned=self._assigned(word),
        completed=word & M28,
        missed=(word >> COUNTER) & M28,
        late=(word >> (2 * COUNTER)) & M28,
        wrong=(word >> (3 * COUNTER)) & M28,
        lost=(word >> LOST) & M90,
        elapsed=(word >> ELAPSED) & M44,
        score=score,
    )


@view
@external
def memberCount() -> uint256:
    """
    @notice How many oracles joined.
    """
    return self.count


@view
@external
def memberAt(index: uint256) -> address:
    """
    @notice A member, in the order they joined.
    @param index from 0
    @return its address; 0x0 from memberCount() on
    """
    return self.members[index]


@view
@external
def isOpen() -> bool:
    """
    @notice Whether any oracle may join.
    """
    return OPEN


@view
@external
def owner() -> address:
    """
    @notice Who admits oracles where it is not open.
    """
    return OWNER


@view
@external
def agreements() -> address:
    """
    @notice The ServiceAgreements whose outcomes are counted.
    """
    return AGREEMENTS


# ---- Internal ----

@pure
@internal
def _raised(word: uint256, offset: uint256, mask: uint256, by: uint256) -> uint256:
    """
    @notice Adds to one field; it stops at its largest number.
    """
    old: uint256 = (word >> offset) & mask
    return word + (min(by, mask - old) << offset)


@pure
@internal
def _assigned(word: uint256) -> uint256:
    done: uint256 = (word & M28) + ((word >> COUNTER) & M28)
    return done + ((word >> (2 * COUNTER)) & M28) + ((word >> (3 * COUNTER)) & M28)


@pure
@internal
def _score(word: uint256) -> uint256:
    return ((word & M28) + 1) * PPM // (self._assigned(word) + 2)


@view
@internal
def _speaks_for(oracle: address) -> bool:
    if staticcall IPoolStorage(oracle).isAuthorizedSender(msg.sender):
        return True
    return msg.sender == staticcall IPoolStorage(oracle).operator()
