# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title penalties
@notice LINK at risk: one record per (target, reference), sent to whitelisted contracts only, within LOSS_CAP
        (P15). A record is open until it is returned in full, declared final, or overdue; what came back
        early waits inside until then. Then its loss = amount - returned falls on the owners' pledge first,
        the rest on leavers' claims and stakers in proportion (P9, P10).
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

# record: exposure (amount - pledge) 90 | present stakers' part of it 90 | deadline 40 | weight 20 | state 2
DEADLINE: constant(uint256) = 180
WEIGHT: constant(uint256) = 220
STATE: constant(uint256) = 240
# back: pledge 90 | returned 90 | epoch when closed 32 | waiting sum that it entered, if overdue 44
EPOCH: constant(uint256) = 180
SUM: constant(uint256) = 212

LOSS_CAP: immutable(uint256)
PENALTY_LIFE: immutable(uint256)

ids: HashMap[bytes32, uint256]
records: HashMap[uint256, uint256]
backs: HashMap[uint256, uint256]
# Ids of the open records, 24 bits each, the oldest not always first.
open_ids: uint256
# Weight lost per day since 1970, ten days a word.
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
def _id_of(target: address, reference: bytes32) -> bytes32:
    return keccak256(concat(convert(target, bytes32), reference))


@internal
@view
def _allowance() -> uint256:
    """
    @notice Ppm of the stakers' total that may still be put at risk (P15).
    """
    taken: uint256 = ledger.pledges >> ledger.WEIGHTS
    today: uint256 = unsafe_div(block.timestamp, DAY)
    first: uint256 = unsafe_div(unsafe_sub(block.timestamp, ledger.DELAY), DAY)
    word: uint256 = 0
    for i: uint256 in range(MOST_DAYS):
        day: uint256 = unsafe_add(first, i)
        if day > today:
            break
        if i == 0 or day % DAYS == 0:
            word = self.lost[unsafe_div(day, DAYS)]
        taken = unsafe_add(taken, (word >> unsafe_mul(day % DAYS, 24)) & ledger.M24)
    return unsafe_sub(LOSS_CAP, min(LOSS_CAP, taken))


@internal
def _send(target: address, amount: uint256, reference: bytes32) -> uint256:
    """
    @notice Sends stake to a penalty contract. Everything is written before LINK moves.
    @return The record's id
    """
    totals: uint256 = 0
    dues: uint256 = 0
    book: uint256 = 0
    totals, dues, book = ledger._settle(0)
    staked: uint256 = totals & ledger.M90
    if amount == 0 or staked == 0:
        ledger._refuse("storage: nothing to send")
    if (book >> ledger.OPEN) & 15 == MOST_OPEN:
        ledger._refuse("storage: ten penalties are open")
    # The owners' due bears a loss first: it is pledged now, so that nobody distributes it away (P9).
    pledges: uint256 = ledger.pledges
    due: uint256 = book & ledger.M92
    pledge: uint256 = min(amount, unsafe_sub(due, min(due, pledges & ledger.M92)))
    exposure: uint256 = unsafe_sub(amount, pledge)
    if exposure > unsafe_sub(staked, (book >> ledger.AT_RISK) & ledger.M92):
        ledger._refuse("storage: exceeds liquid stake")
    # Rounded up (P15); amount < 2**93 by the line above, so nothing here can overflow.
    weight: uint256 = unsafe_div(
        unsafe_add(unsafe_mul(amount, ledger.PPM), unsafe_sub(staked, 1)), staked
    )
    if weight > self._allowance():
        ledger._refuse("storage: over the loss cap")
    key: bytes32 = self._id_of(target, reference)
    if self.ids[key] != 0:
        ledger._refuse("storage: reference already used")

    risk: uint256 = unsafe_add(unsafe_add(ledger.risk, amount), 1 << ledger.RECORDS)
    id: uint256 = risk >> ledger.RECORDS
    deadline: uint256 = unsafe_add(block.timestamp, PENALTY_LIFE)
    self.ids[key] = id
    self.records[id] = (
        exposure
        | (exposure << 90)
        | (deadline << DEADLINE)
        | (weight << WEIGHT)
        | (1 << STATE)
    )
    if pledge != 0:
        self.backs[id] = pledge
    self.open_ids = (self.open_ids << 24) | id
    ledger.risk = risk
    ledger.pledges = unsafe_add(unsafe_add(pledges, pledge), weight << ledger.WEIGHTS)
    ledger.book = unsafe_add(
        unsafe_add(book, exposure << ledger.AT_RISK), 1 << ledger.OPEN
    )
    ledger.dues = unsafe_sub(dues, amount)
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
    assert extcall ledger.LINK.transferAndCall(target, amount, abi_encode(reference))  # dev: LINK
    return id


@internal
def _returned(target: address, amount: uint256, data: Bytes[64]):
    """
    @notice LINK from a contract that was once sent a penalty: a return of an existing record, nothing else.
    """
    ledger._only_open()
    # abi.encode(reference), or abi.encode(reference, 1): nothing more will come.
    if len(data) != 32 and (len(data) != 64 or extract32(data, 32, output_type=uint256) != 1):
        ledger._refuse("storage: not a return")
    reference: bytes32 = extract32(data, 0)
    id: uint256 = self.ids[self._id_of(target, reference)]
    if id == 0:
        ledger._refuse("storage: unknown penalty")
    totals: uint256 = 0
    dues: uint256 = 0
    book: uint256 = 0
    totals, dues, book = ledger._settle(amount)
    log IPoolStorage.PenaltyReturned(target=target, reference=reference, id=id, amount=amount)

    record: uint256 = self.records[id]
    back: uint256 = self.backs[id]
    total: uint256 = unsafe_add(record & ledger.M90, back & ledger.M90)
    returned: uint256 = (back >> 90) & ledger.M90
    # What is above the record is nobody's return: it stays pending, as income.
    counted: uint256 = min(amount, unsafe_sub(total, returned))
    back = unsafe_add(back, counted << 90)
    self.backs[id] = back
    if record >> STATE == 1:
        ledger.dues = unsafe_add(dues, counted)
        ledger.risk = unsafe_sub(ledger.risk, counted)
        if len(data) == 64 or unsafe_add(returned, counted) == total:
            self._close(target, reference, id, False)
    else:
        self._late(id, record, back, returned)


@internal
@pure
def _losses(record: uint256, back: uint256, returned: uint256) -> (uint256, uint256, uint256):
    """
    @notice How a closed record's loss is borne once `returned` of it has come back (P9, P10).
    @return by the owners' pledge, by leavers' claims, by present stakers; juels
    """
    exposure: uint256 = record & ledger.M90
    pledge: uint256 = back & ledger.M90
    kept: uint256 = min(returned, exposure)
    claimed: uint256 = unsafe_sub(exposure, (record >> 90) & ledger.M90)
    by_claims: uint256 = unsafe_sub(claimed, self._share_of(claimed, kept, exposure))
    return (
        min(pledge, unsafe_sub(unsafe_add(exposure, pledge), returned)),
        by_claims,
        unsafe_sub(unsafe_sub(exposure, kept), by_claims),
    )


@internal
def _close(target: address, reference: bytes32, id: uint256, overdue: bool):
    """
    @notice Books the outcome of an open record, after settling.
    """
    record: uint256 = self.records[id]
    back: uint256 = self.backs[id]
    returned: uint256 = (back >> 90) & ledger.M90
    pledge: uint256 = back & ledger.M90
    total: uint256 = unsafe_add(record & ledger.M90, pledge)
    loss: uint256 = unsafe_sub(total, returned)
    weight: uint256 = (record >> WEIGHT) & ledger.M20
    self.records[id] = unsafe_add(record, 1 << STATE)
    self._forget(id)
    # What is lost is no longer at risk, what was held back for this record is free again.
    ledger.risk = unsafe_sub(ledger.risk, loss)
    ledger.dues = unsafe_add(ledger.dues, loss)
    present: uint256 = (record >> 90) & ledger.M90
    ledger.book = unsafe_sub(
        unsafe_sub(ledger.book, present << ledger.AT_RISK), 1 << ledger.OPEN
    )
    ledger.pledges = unsafe_sub(ledger.pledges, unsafe_add(pledge, weight << ledger.WEIGHTS))
    owners: uint256 = 0
    claimed: uint256 = 0
    stakers: uint256 = 0
    owners, claimed, stakers = self._losses(record, back, returned)
    if loss != 0:
        lost: uint256 = unsafe_div(
            unsafe_add(unsafe_mul(weight, loss), unsafe_sub(total, 1)), total
        )
        day: uint256 = unsafe_div(block.timestamp, DAY)
        word: uint256 = self.lost[unsafe_div(day, DAYS)]
        self.lost[unsafe_div(day, DAYS)] = unsafe_add(word, lost << unsafe_mul(day % DAYS, 24))
        log IPoolStorage.PenaltySlashed(
            target=target, reference=reference, id=id, amount=loss, overdue=overdue
        )
        back |= (ledger.book >> ledger.EPOCH) << EPOCH
        if overdue:
            self._await(stakers)
            back |= (ledger.dues >> ledger.SUMS) << SUM
        self.backs[id] = back
    self._book_losses(id, 0, 0, 0, owners, claimed, stakers)


@internal
def _late(id: uint256, record: uint256, back: uint256, before: uint256):
    """
    @notice A return after the record was closed: its outcome as if it had come in time, never income.
    """
    owners: uint256 = 0
    claimed: uint256 = 0
    stakers: uint256 = 0
    owners, claimed, stakers = self._losses(record, back, before)
    owners_now: uint256 = 0
    claimed_now: uint256 = 0
    stakers_now: uint256 = 0
    owners_now, claimed_now, stakers_now = self._losses(record, back, (back >> 90) & ledger.M90)
    came: uint256 = unsafe_sub(stakers, stakers_now)
    # The part of those who bore it and are stakers no more goes to the owners, as with no staker (P8):
    # all of it in a new epoch; within the window of an overdue record what leavers gave up.
    given_up: uint256 = 0
    if (back >> EPOCH) & ledger.M32 != ledger.book >> ledger.EPOCH:
        given_up = came
    elif back >> SUM != 0 and back >> SUM == ledger.dues >> ledger.SUMS:
        pledges: uint256 = ledger.pledges
        awaited: uint256 = min((pledges >> 92) & ledger.M92, came)
        ledger.pledges = unsafe_sub(pledges, awaited << 92)
        given_up = unsafe_sub(came, awaited)
    ledger.book = unsafe_add(ledger.book, given_up)
    ledger.totals = unsafe_sub(ledger.totals, given_up)
    self._book_losses(id, owners, claimed, stakers, owners_now, claimed_now, stakers_now)


@internal
def _book_losses(
    id: uint256,
    owners_before: uint256,
    claims_before: uint256,
    stakers_before: uint256,
    owners: uint256,
    claims: uint256,
    stakers: uint256,
):
    """
    @notice Replaces what was booked as a record's losses by what they are now.
    """
    ledger.dues = unsafe_sub(unsafe_add(ledger.dues, claims_before), claims)
    ledger.risk = unsafe_sub(
        unsafe_add(ledger.risk, claims_before << ledger.CLAIMS), claims << ledger.CLAIMS
    )
    ledger.totals = unsafe_sub(unsafe_add(ledger.totals, stakers_before), stakers)
    ledger.book = self._swept(unsafe_sub(unsafe_add(ledger.book, owners_before), owners))
    log IPoolStorage.LossBooked(id=id, owners=owners, claims=claims, stakers=stakers)


@internal
@pure
def _share_of(part: uint256, of: uint256, whole: uint256) -> uint256:
    # 0 where there is no whole: the EVM divides by 0 to 0.
    return unsafe_div(unsafe_mul(part, of), whole)


@internal
def _await(stakers: uint256):
    """
    @notice For one delay who joins pays for what may still come back (P10).
    """
    book: uint256 = ledger.book
    waiting: uint256 = shares._overdue(book)
    if waiting == 0:
        # The one before is over: what comes back of it is not what this one waits for.
        ledger.dues = unsafe_add(ledger.dues, 1 << ledger.SUMS)
    waiting = unsafe_add(waiting, stakers)
    pledges: uint256 = ledger.pledges & (ledger.M92 | (ledger.M20 << ledger.WEIGHTS))
    ledger.pledges = pledges | waiting << 92 | unsafe_add(block.timestamp, ledger.DELAY) << ledger.UNTIL
    ledger.book = book | (1 << ledger.OVERDUE)


@internal
def _swept(book: uint256) -> uint256:
    """
    @notice With no share left, what rounding left of the stakers' total goes to the owners (P8).
    """
    totals: uint256 = ledger.totals
    if (totals >> 90) & ledger.M140 != 0:
        return book
    staked: uint256 = totals & ledger.M90
    rest: uint256 = unsafe_sub(staked, min(staked, (book >> ledger.AT_RISK) & ledger.M92))
    if rest != 0:
        ledger.totals = unsafe_sub(totals, rest)
    return unsafe_add(book, rest)


@internal
def _forget(id: uint256):
    """
    @notice Takes an id out of the open ones: the newest takes its place.
    """
    word: uint256 = self.open_ids
    newest: uint256 = word & ledger.M24
    rest: uint256 = word >> 24
    if newest != id:
        for i: uint256 in range(MOST_OPEN):
            if (rest >> (i * 24)) & ledger.M24 == id:
                rest ^= (id ^ newest) << (i * 24)
                break
    self.open_ids = rest


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
         penalties are open", "storage: reference already used".
    """
    ledger._only_open()
    if msg.sender != ledger.operator:
        ledger._only_logic()
    if not staticcall ledger.FACTORY.isDestination(target):
        ledger._refuse("storage: not a destination")
    return self._send(target, amount, reference)


# ---- Anyone ----

@external
def resolveOverdue(target: address, reference: bytes32):
    """
    @notice Closes a record whose deadline has passed; what has not come back is booked as lost (P10).
    @param target the destination it was sent to
    @param reference as sent
    @dev Reverts: "storage: no such open penalty", "storage: deadline not passed".
    """
    ledger._only_open()
    id: uint256 = self.ids[self._id_of(target, reference)]
    record: uint256 = self.records[id]
    if record >> STATE != 1:
        ledger._refuse("storage: no such open penalty")
    if block.timestamp <= (record >> DEADLINE) & ledger.M40:
        ledger._refuse("storage: deadline not passed")
    ledger._settle(0)
    self._close(target, reference, id, True)


# ---- Views ----

@internal
@view
def _penalty(id: uint256) -> IPoolStorage.Penalty:
    record: uint256 = self.records[id]
    back: uint256 = self.backs[id]
    exposure: uint256 = record & ledger.M90
    return IPoolStorage.Penalty(
        id=id,
        state=record >> STATE,
        amount=exposure + (back & ledger.M90),
        pledge=back & ledger.M90,
        returned=(back >> 90) & ledger.M90,
        claims=exposure - ((record >> 90) & ledger.M90),
        weight=(record >> WEIGHT) & ledger.M20,
        deadline=(record >> DEADLINE) & ledger.M40,
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
    return self._penalty(self.ids[self._id_of(target, reference)])


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
    word: uint256 = self.open_ids
    for i: uint256 in range(MOST_OPEN):
        if word == 0:
            break
        found.append(word & ledger.M24)
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
    return waiting, (ledger.pledges >> ledger.UNTIL) & ledger.M40
