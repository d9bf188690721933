# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title penalties
@notice LINK at risk: one record per (target, reference), sent to whitelisted contracts only, within LOSS_CAP
        (P15). A record is open until it is returned in full, declared final, or overdue (module returns);
        what came back early waits inside until then.
"""

from interfaces import IPoolStorage
from modules import ledger
from modules import shares

uses: ledger
uses: shares

MOST_OPEN: constant(uint256) = 10
DAY: constant(uint256) = 86_400
# Days of lost weight kept in one word, 24 bits each.
DAYS: constant(uint256) = 10
MOST_DAYS: constant(uint256) = 64

# entry: id 24 | epoch when closed with a loss 40 | waiting sum that it entered, if overdue 24
EPOCH: constant(uint256) = 24
SUM: constant(uint256) = 64
# record: exposure (amount - pledge) 90 | present stakers' part of it 90 | deadline 40 | weight 20 | state 2: open, closed,
# closed and said by this word alone (no pledge, nobody left: what was returned takes the part's place)
# | bit of its place among the open ones 10
DEADLINE: constant(uint256) = 180
WEIGHT: constant(uint256) = 220
STATE: constant(uint256) = 240
PLACE: constant(uint256) = 242
# back: pledge 90 | returned 90

LOSS_CAP: immutable(uint256)
PENALTY_LIFE: immutable(uint256)

entries: HashMap[bytes32, uint256]
records: HashMap[uint256, uint256]
backs: HashMap[uint256, uint256]
# Ids less 1 by place, 24 bits each, so that the first one fills no word; ledger.book says which places are open. What
# is closed is overwritten.
open_ids: uint256
# Weight lost per day since 1970, ten days a word; the latest day with a loss is in ledger.risk, an earlier one in
# ledger.awaited.
lost: HashMap[uint256, uint256]


@deploy
def __init__(loss_cap: uint256, penalty_life: uint256):
    assert loss_cap <= ledger.PPM  # dev: a share
    assert penalty_life != 0 and penalty_life < ledger.DELAY  # dev: P4
    assert ledger.DELAY < (MOST_DAYS - 2) * DAY  # dev: the window of lost weights
    LOSS_CAP = loss_cap
    PENALTY_LIFE = penalty_life


@internal
@pure
def _key_of(target: address, reference: bytes32) -> bytes32:
    return keccak256(abi_encode(target, reference))


@internal
@view
def _first_day() -> uint256:
    """
    @notice The oldest day whose losses count, in full (P15).
    """
    return unsafe_div(unsafe_sub(block.timestamp, ledger.DELAY), DAY)


@internal
@view
def _back(id: uint256, record: uint256) -> uint256:
    if (record >> STATE) & 3 == 3:
        return ((record << 76) >> 166) << 90
    return self.backs[id]


@internal
@pure
def _claimed(record: uint256) -> uint256:
    """
    @return Juels of a record that leavers bear
    """
    if (record >> STATE) & 3 == 3:
        return 0
    return unsafe_sub(record & ledger.M90, (record << 76) >> 166)


@internal
@view
def _allowance() -> uint256:
    """
    @notice Ppm of the stakers' total that may still be put at risk (P15).
    """
    taken: uint256 = ledger.dues >> ledger.WEIGHTS
    first: uint256 = self._first_day()
    risk: uint256 = ledger.risk
    latest: uint256 = (risk >> ledger.LOST_DAY) & ledger.M20
    if latest >= first:
        taken = unsafe_add(taken, (risk >> ledger.LOST) & ledger.M20)
    if (risk >> ledger.WRITTEN) & 1 != 0:
        word: uint256 = (ledger.awaited << 219) >> 219
        if word >> 20 >= first:
            taken = unsafe_add(taken, word & ledger.M20)
        for i: uint256 in range(MOST_DAYS):
            day: uint256 = unsafe_add(first, i)
            if day >= latest:
                break
            if i == 0 or day % DAYS == 0:
                word = self.lost[unsafe_div(day, DAYS)]
            taken = unsafe_add(taken, (word >> unsafe_mul(day % DAYS, 24)) & ledger.M24)
    return unsafe_sub(LOSS_CAP, min(LOSS_CAP, taken))


@internal
@pure
def _share_of(part: uint256, of: uint256, whole: uint256) -> uint256:
    # 0 where there is no whole: the EVM divides by 0 to 0.
    return unsafe_div(unsafe_mul(part, of), whole)


# ---- Operator, logic ----

@external
def sendPenalty(target: address, amount: uint256, reference: bytes32) -> uint256:
    """
    @notice Sends stake to an active destination whose code is unchanged (6.1.3.2, P1, P5, P15); the
            target is told abi.encode(reference). For the operator, or logic.
    @param target A destination of the factory's list
    @param amount Juels
    @param reference Never used before with this target
    @return id of the record, counted from 1
    @dev Reverts: "storage: only logic", "storage: not a destination", "storage: nothing to
         send", "storage: exceeds liquid stake", "storage: over the loss cap", "storage: ten
         penalties are open", "storage: reference already used"; without a reason once 2**24 - 1
         records have been made: all numbers are used.
    """
    ledger._only_open()
    staff: uint256 = ledger.staff
    if convert(msg.sender, uint256) != staff >> ledger.OPERATOR:
        ledger._only_logic()
    if not staticcall ledger.FACTORY.isDestination(target, skip_contract_check=True):
        ledger._refuse("storage: not a destination")

    words: ledger.Words = ledger._settle(0)
    staked: uint256 = words.totals & ledger.M90
    if amount == 0 or staked == 0:
        ledger._refuse("storage: nothing to send")
    places: uint256 = (words.book >> ledger.OPEN) & ledger.PLACES
    if places == ledger.PLACES:
        ledger._refuse("storage: ten penalties are open")
    # The lowest free place i, as 2**i, and the unit of the id there, 2**24i.
    place: uint256 = ~places & unsafe_add(places, 1)
    unit: uint256 = pow_mod256(place, 24)
    # The owners' due bears a loss first: it is pledged now, so that nobody distributes it away (P9).
    due: uint256 = words.book & ledger.M92
    pledge: uint256 = 0
    if due != 0:
        pledge = min(amount, unsafe_sub(due, min(due, (staff << 160) >> 160)))
    exposure: uint256 = unsafe_sub(amount, pledge)
    if exposure > unsafe_sub(staked, ((words.book << 72) >> 164)):
        ledger._refuse("storage: exceeds liquid stake")
    # Rounded up (P15); amount < 2**93 by the line above, so nothing here can overflow.
    weight: uint256 = unsafe_div(
        unsafe_add(unsafe_mul(amount, ledger.PPM), unsafe_sub(staked, 1)), staked
    )
    if weight > self._allowance():
        ledger._refuse("storage: over the loss cap")
    key: bytes32 = self._key_of(target, reference)
    if self.entries[key] != 0:
        ledger._refuse("storage: reference already used")

    risk: uint256 = unsafe_add(ledger.risk, amount)
    before: uint256 = risk >> ledger.RECORDS
    id: uint256 = unsafe_add(before, 1)
    deadline: uint256 = unsafe_add(block.timestamp, PENALTY_LIFE)
    self.entries[key] = id
    self.records[id] = (
        exposure
        | (exposure << 90)
        | (deadline << DEADLINE)
        | (weight << WEIGHT)
        | (1 << STATE)
        | (place << PLACE)
    )
    if pledge != 0:
        self.backs[id] = pledge
        ledger.staff = unsafe_add(staff, pledge)
    self.open_ids = (self.open_ids & ~unsafe_mul(ledger.M24, unit)) | unsafe_mul(before, unit)
    # The one addition here that is checked: a number that came again would bring old claims to life.
    ledger.risk = risk + (1 << ledger.RECORDS)
    ledger.book = unsafe_add(
        unsafe_add(words.book, exposure << ledger.AT_RISK), place << ledger.OPEN
    )
    ledger.dues = unsafe_add(unsafe_sub(words.dues, amount), weight << ledger.WEIGHTS)
    if not ledger.is_target[target]:
        ledger.is_target[target] = True
    log IPoolStorage.PenaltySent(
        target=target,
        reference=reference,
        id=id,
        amount=amount,
        pledge=pledge,
        weight=weight,
        deadline=deadline,
    )
    # Everything is written before LINK moves.
    assert extcall ledger.LINK.transferAndCall(  # dev: LINK
        target, amount, abi_encode(reference), skip_contract_check=True
    )
    return id


# ---- Views ----

@internal
@view
def _penalty(id: uint256) -> IPoolStorage.Penalty:
    record: uint256 = self.records[id]
    back: uint256 = self._back(id, record)
    exposure: uint256 = (record << 166) >> 166
    return IPoolStorage.Penalty(
        id=id,
        state=min((record >> STATE) & 3, 2),
        amount=exposure + ((back << 166) >> 166),
        pledge=(back << 166) >> 166,
        returned=back >> 90,
        claims=self._claimed(record),
        weight=(record >> WEIGHT) & ledger.M20,
        deadline=(record << 36) >> 216,
    )


@view
@external
def penalty(target: address, reference: bytes32) -> IPoolStorage.Penalty:
    """
    @notice The record of a penalty; state 0 where there is none. Juels, ppm of weight, deadline in seconds.
    @param target the destination it was sent to
    @param reference as sent
    @return see Penalty; state 0 where there is none
    """
    return self._penalty(self.entries[self._key_of(target, reference)] & ledger.M24)


@view
@external
def penaltyById(id: uint256) -> IPoolStorage.Penalty:
    """
    @notice The record with this id, counted from 1.
    @param id counted from 1
    @return see Penalty; state 0 where there is none
    """
    return self._penalty(id)


@view
@external
def penaltyCount() -> uint256:
    """
    @notice Records ever made; the newest has this id.
    """
    return ledger.risk >> ledger.RECORDS


@view
@external
def openPenalties() -> DynArray[uint256, 10]:
    """
    @notice Ids of the open records, at most ten.
    """
    found: DynArray[uint256, 10] = []
    places: uint256 = (ledger.book >> ledger.OPEN) & ledger.PLACES
    word: uint256 = self.open_ids
    for i: uint256 in range(MOST_OPEN):
        if places & 1 != 0:
            found.append(unsafe_add(word & ledger.M24, 1))
        places >>= 1
        word >>= 24
    return found


@view
@external
def lossAllowance() -> uint256:
    """
    @notice Ppm of the stakers' total that may still be put at risk; 0 where the cap is reached (P15).
    """
    return self._allowance()


@view
@external
def overdue() -> (uint256, uint256):
    """
    @notice Stakers' juels that records resolved as overdue may still give back and that a new stake pays
            for until the second number, a time; both 0 where there are none.
    """
    waiting: uint256 = shares._overdue(ledger.book)
    if waiting == 0:
        return 0, 0
    return waiting, ledger.awaited >> ledger.UNTIL
