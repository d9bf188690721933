# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title penalties
@notice LINK at risk: one record per (target, reference), sent to whitelisted contracts only, within LOSS_CAP
        (P15). A record is open until it is returned in full, declared final, or overdue; what came back
        early waits inside until then. Then its loss = amount - returned falls on the owners' pledge first,
        the rest on leavers' claims and stakers in proportion (P9, P10).
"""

from interfaces import ILinkToken
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
ONE_OPEN: constant(uint256) = 2**240
# back: pledge 90 | returned 90 | overdue 1
ONE_RETURNED: constant(uint256) = 2**90
WAS_OVERDUE: constant(uint256) = 2**180
# claim: face 90 | paid 90
ONE_PAID: constant(uint256) = 2**90

LOSS_CAP: immutable(uint256)
PENALTY_LIFE: immutable(uint256)

ids: HashMap[bytes32, uint256]
records: HashMap[uint256, uint256]
backs: HashMap[uint256, uint256]
claims: HashMap[address, HashMap[uint256, uint256]]
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
    taken: uint256 = (ledger.pledges // ledger.ONE_WEIGHT) & ledger.M20
    today: uint256 = block.timestamp // DAY
    first: uint256 = (block.timestamp - ledger.DELAY) // DAY
    word: uint256 = self.lost[first // DAYS]
    for i: uint256 in range(MOST_DAYS):
        day: uint256 = first + i
        if day > today:
            break
        if i != 0 and day % DAYS == 0:
            word = self.lost[day // DAYS]
        taken += (word >> ((day % DAYS) * 24)) & ledger.M24
    return LOSS_CAP - min(LOSS_CAP, taken)


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
    assert amount != 0, "storage: zero penalty"
    assert amount <= staked, "storage: exceeds liquid stake"
    assert book & ledger.OPEN < MOST_OPEN * ledger.ONE_OPEN, "storage: ten penalties are open"
    weight: uint256 = (amount * ledger.PPM + staked - 1) // staked
    assert weight <= self._allowance(), "storage: over the loss cap"
    key: bytes32 = self._id_of(target, reference)
    assert self.ids[key] == 0, "storage: reference already used"

    # The owners' due bears a loss first: it is pledged now, so that nobody distributes it away (P9).
    pledges: uint256 = ledger.pledges
    due: uint256 = book & ledger.M92
    pledge: uint256 = min(amount, due - min(due, pledges & ledger.M92))
    exposure: uint256 = amount - pledge
    assert exposure + ((book >> 92) & ledger.M92) <= staked, "storage: exceeds liquid stake"

    risk: uint256 = ledger.risk + amount + ledger.ONE_RECORD
    id: uint256 = risk >> 184
    deadline: uint256 = block.timestamp + PENALTY_LIFE
    self.ids[key] = id
    self.records[id] = (
        exposure | (exposure << 90) | (deadline << DEADLINE) | (weight << WEIGHT) | ONE_OPEN
    )
    if pledge != 0:
        self.backs[id] = pledge
    self.open_ids = (self.open_ids << 24) | id
    ledger.risk = risk
    ledger.pledges = pledges + pledge + weight * ledger.ONE_WEIGHT
    ledger.book = book + exposure * ledger.ONE_AT_RISK + ledger.ONE_OPEN
    ledger.dues = dues - amount
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
    assert len(data) == 32 or len(data) == 64, "storage: not a return"
    reference: bytes32 = convert(slice(data, 0, 32), bytes32)
    final: bool = False
    if len(data) == 64:
        assert convert(slice(data, 32, 32), uint256) == 1, "storage: not a return"
        final = True
    id: uint256 = self.ids[self._id_of(target, reference)]
    assert id != 0, "storage: unknown penalty"
    totals: uint256 = 0
    dues: uint256 = 0
    book: uint256 = 0
    totals, dues, book = ledger._settle(amount)
    log IPoolStorage.PenaltyReturned(target=target, reference=reference, id=id, amount=amount)

    record: uint256 = self.records[id]
    back: uint256 = self.backs[id]
    total: uint256 = (record & ledger.M90) + (back & ledger.M90)
    returned: uint256 = (back >> 90) & ledger.M90
    # What is above the record is nobody's return: it stays pending, as income.
    counted: uint256 = min(amount, total - returned)
    back += counted * ONE_RETURNED
    self.backs[id] = back
    if record >> STATE == 1:
        ledger.dues = dues + counted
        ledger.risk -= counted
        if final or returned + counted == total:
            self._close(target, reference, id, False)
    else:
        self._late(id, record, back, returned, counted)


@internal
def _close(target: address, reference: bytes32, id: uint256, overdue: bool):
    """
    @notice Books the outcome of an open record, after settling.
    """
    record: uint256 = self.records[id]
    back: uint256 = self.backs[id]
    exposure: uint256 = record & ledger.M90
    present: uint256 = (record >> 90) & ledger.M90
    pledge: uint256 = back & ledger.M90
    returned: uint256 = (back >> 90) & ledger.M90
    loss: uint256 = exposure + pledge - returned
    kept: uint256 = min(returned, exposure)
    by_owners: uint256 = min(pledge, loss)
    claimed: uint256 = exposure - present
    by_claims: uint256 = claimed - self._share_of(claimed, kept, exposure)
    by_stakers: uint256 = exposure - kept - by_claims

    weight: uint256 = (record >> WEIGHT) & ledger.M20
    self.records[id] = (record & (2**STATE - 1)) | (2 << STATE)
    if overdue:
        self.backs[id] = back | WAS_OVERDUE
    self._forget(id)
    book: uint256 = ledger.book - by_owners - present * ledger.ONE_AT_RISK - ledger.ONE_OPEN
    pledges: uint256 = ledger.pledges - pledge - weight * ledger.ONE_WEIGHT
    ledger.risk -= loss + by_claims * ledger.ONE_CLAIM
    ledger.dues = ledger.dues + loss - by_claims
    ledger.totals -= by_stakers
    if loss != 0:
        lost: uint256 = (weight * loss + exposure + pledge - 1) // (exposure + pledge)
        day: uint256 = block.timestamp // DAY
        self.lost[day // DAYS] += lost << ((day % DAYS) * 24)
        if overdue:
            book, pledges = self._await(book, pledges, by_stakers)
        log IPoolStorage.PenaltySlashed(
            target=target, reference=reference, id=id, amount=loss, overdue=overdue
        )
        log IPoolStorage.LossBooked(
            id=id, owners=by_owners, claims=by_claims, stakers=by_stakers
        )
    ledger.pledges = pledges
    ledger.book = self._swept(book)


@internal
def _late(id: uint256, record: uint256, back: uint256, before: uint256, counted: uint256):
    """
    @notice A return after the record was closed: its outcome as if it had come in time, never income.
    """
    exposure: uint256 = record & ledger.M90
    present: uint256 = (record >> 90) & ledger.M90
    claimed: uint256 = exposure - present
    kept_before: uint256 = min(before, exposure)
    kept: uint256 = min(before + counted, exposure)
    to_claims: uint256 = self._share_of(claimed, kept, exposure) - self._share_of(
        claimed, kept_before, exposure
    )
    to_stakers: uint256 = kept - kept_before - to_claims
    to_owners: uint256 = counted - (kept - kept_before)
    totals: uint256 = ledger.totals
    book: uint256 = ledger.book + to_owners
    if totals & (ledger.M140 << 90) == 0:
        book += to_stakers
    else:
        ledger.totals = totals + to_stakers
    ledger.dues += to_claims
    ledger.risk += to_claims * ledger.ONE_CLAIM
    if back & WAS_OVERDUE != 0 and book & ledger.OVERDUE != 0:
        pledges: uint256 = ledger.pledges
        ledger.pledges = pledges - min((pledges >> 92) & ledger.M92, to_stakers) * ledger.ONE_OVERDUE
    ledger.book = book
    loss: uint256 = exposure + (back & ledger.M90) - before - counted
    by_claims: uint256 = claimed - self._share_of(claimed, kept, exposure)
    by_owners: uint256 = min(back & ledger.M90, loss)
    log IPoolStorage.LossBooked(
        id=id, owners=by_owners, claims=by_claims, stakers=loss - by_owners - by_claims
    )


@internal
@pure
def _share_of(part: uint256, of: uint256, whole: uint256) -> uint256:
    if whole == 0:
        return 0
    return part * of // whole


@internal
@view
def _await(book: uint256, pledges_: uint256, stakers: uint256) -> (uint256, uint256):
    """
    @notice For one delay who joins pays for what may still come back (P10).
    """
    pledges: uint256 = pledges_
    waiting: uint256 = stakers
    if book & ledger.OVERDUE != 0 and block.timestamp < (pledges >> ledger.UNTIL) & ledger.M40:
        waiting += (pledges >> 92) & ledger.M92
    pledges &= ledger.M92 | (ledger.M20 * ledger.ONE_WEIGHT)
    pledges |= waiting << 92 | (block.timestamp + ledger.DELAY) << ledger.UNTIL
    return book | ledger.OVERDUE, pledges


@internal
def _swept(book: uint256) -> uint256:
    """
    @notice With no share left, what rounding left of the stakers' total goes to the owners (P8).
    """
    totals: uint256 = ledger.totals
    if totals & (ledger.M140 << 90) != 0:
        return book
    staked: uint256 = totals & ledger.M90
    rest: uint256 = staked - min(staked, (book >> 92) & ledger.M92)
    if rest != 0:
        ledger.totals = totals - rest
    return book + rest


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


@internal
def _open_claims(staker: address, burned: uint256, all_shares: uint256) -> uint256:
    """
    @notice Turns the burned shares' part of each open record into the leaver's claim (P9).
    @return Juels that became claims
    """
    word: uint256 = self.open_ids
    claimed: uint256 = 0
    for i: uint256 in range(MOST_OPEN):
        if word == 0:
            break
        id: uint256 = word & ledger.M24
        word >>= 24
        record: uint256 = self.records[id]
        face: uint256 = unsafe_div(
            unsafe_mul(burned, (record >> 90) & ledger.M90), all_shares
        )
        if face != 0:
            self.records[id] = unsafe_sub(record, face << 90)
            self.claims[staker][id] = unsafe_add(self.claims[staker][id], face)
            claimed = unsafe_add(claimed, face)
            log IPoolStorage.ExitClaimOpened(staker=staker, id=id, amount=face)
    return claimed


@internal
@view
def _claim(staker: address, id: uint256) -> (uint256, uint256):
    """
    @return open: juels of this claim still at stake; payable: juels it pays now
    """
    claim: uint256 = self.claims[staker][id]
    record: uint256 = self.records[id]
    face: uint256 = claim & ledger.M90
    if record >> STATE != 2:
        return face, 0
    exposure: uint256 = record & ledger.M90
    kept: uint256 = min((self.backs[id] >> 90) & ledger.M90, exposure)
    return 0, self._share_of(face, kept, exposure) - ((claim >> 90) & ledger.M90)


@internal
def _claim_exit(staker: address, which: DynArray[uint256, 10]) -> uint256:
    """
    @notice Pays a leaver what their claims on closed records came to. Nothing payable changes nothing.
    """
    sum: uint256 = 0
    for id: uint256 in which:
        payable_: uint256 = self._claim(staker, id)[1]
        self.claims[staker][id] += payable_ * ONE_PAID
        sum += payable_
    if sum != 0:
        ledger.dues -= sum
        ledger.risk -= sum * ledger.ONE_CLAIM
        log IPoolStorage.ExitClaimed(staker=staker, amount=sum)
        ledger._pay(staker, sum)
    return sum


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
    """
    ledger._only_open()
    if msg.sender != ledger.operator:
        ledger._only_logic()
    assert staticcall ledger.FACTORY.isDestination(target), "storage: not a destination"
    return self._send(target, amount, reference)


# ---- Anyone ----

@external
def resolveOverdue(target: address, reference: bytes32):
    """
    @notice Closes a record whose deadline has passed; what has not come back is booked as lost (P10).
    """
    ledger._only_open()
    id: uint256 = self.ids[self._id_of(target, reference)]
    record: uint256 = self.records[id]
    assert record >> STATE == 1, "storage: no such open penalty"
    assert block.timestamp > (record >> DEADLINE) & ledger.M40, "storage: deadline not passed"
    ledger._settle(0)
    self._close(target, reference, id, True)


@external
def claimExit(staker: address, ids: DynArray[uint256, 10]) -> uint256:
    """
    @notice Pays a leaver, and nobody else, what their claims on closed records came to (P1, P9, P17).
    @param staker The leaver
    @param ids Records; open ones and those without a claim are passed over
    @return Juels paid
    """
    ledger._only_open()
    return self._claim_exit(staker, ids)


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
    """
    return self._penalty(self.ids[self._id_of(target, reference)])


@view
@external
def penaltyById(id: uint256) -> IPoolStorage.Penalty:
    """
    @notice The record with this id, counted from 1.
    """
    return self._penalty(id)


@view
@external
def penaltyCount() -> uint256:
    """
    @notice Records ever made; the newest has this id.
    """
    return ledger.risk >> 184


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


@view
@external
def exitClaimOf(staker: address, ids: DynArray[uint256, 10]) -> (uint256, uint256):
    """
    @notice A leaver's claims on these records.
    @return Juels still at stake in open ones, and juels that claimExit would pay now
    """
    still: uint256 = 0
    now: uint256 = 0
    for id: uint256 in ids:
        face: uint256 = 0
        payable_: uint256 = 0
        face, payable_ = self._claim(staker, id)
        still += face
        now += payable_
    return still, now
