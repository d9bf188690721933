# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title returns
@notice How a penalty's record ends: LINK that comes back, in time or late, and what is overdue. Its loss = amount -
        returned falls on the owners' pledge first, the rest on leavers' claims and stakers in proportion (P9, P10).
"""

from interfaces import IPoolStorage
from modules import ledger
from modules import penalties
from modules import shares

uses: ledger
uses: shares
uses: penalties

# Who bears a closed record's loss.
struct Loss:
    owners: uint256
    claims: uint256
    stakers: uint256


@internal
def _returned(target: address, amount: uint256, data: Bytes[64]):
    """
    @notice LINK from a contract that was once sent a penalty: a return of an existing record, nothing else.
    """
    ledger._only_open()
    reference: bytes32 = extract32(data, 0)
    key: bytes32 = penalties._key_of(target, reference)
    entry: uint256 = penalties.entries[key]
    # Not said by one who was never sent a penalty; a known entry is proof that this sender was.
    if entry == 0 and not ledger.is_target[target]:
        ledger._refuse("storage: unknown payload")
    # abi.encode(reference), or abi.encode(reference, 1): nothing more will come.
    if len(data) != 32 and extract32(data, 32, output_type=uint256) != 1:
        ledger._refuse("storage: not a return")
    if entry == 0:
        ledger._refuse("storage: unknown penalty")
    id: uint256 = entry & ledger.M24
    words: ledger.Words = ledger._settle(amount)
    log IPoolStorage.PenaltyReturned(target=target, reference=reference, id=id, amount=amount)

    record: uint256 = penalties.records[id]
    back: uint256 = penalties._back(id, record)
    missing: uint256 = unsafe_sub(
        unsafe_add(record & ledger.M90, back & ledger.M90), back >> 90
    )
    # What is above the record is nobody's return: it stays pending, as income.
    counted: uint256 = min(amount, missing)
    now: uint256 = unsafe_add(back, counted << 90)
    state: uint256 = (record >> penalties.STATE) & 3
    if state == 1:
        words.dues = unsafe_add(words.dues, counted)
        ledger.risk = unsafe_sub(ledger.risk, counted)
        if len(data) == 64 or counted == missing:
            self._close(target, reference, key, back == 0, now, words, False)
            return
        ledger.dues = words.dues
    else:
        self._late(entry, record, now, back >> 90, words)
    if state == 3:
        penalties.records[id] = unsafe_add(record, counted << 90)
    else:
        penalties.backs[id] = now


@internal
@pure
def _losses(record: uint256, back: uint256, returned: uint256) -> Loss:
    """
    @notice How a closed record's loss is borne once `returned` of it has come back (P9, P10).
    @return juels of the owners' pledge, of leavers' claims, of present stakers
    """
    exposure: uint256 = record & ledger.M90
    pledge: uint256 = back & ledger.M90
    kept: uint256 = min(returned, exposure)
    claimed: uint256 = penalties._claimed(record)
    by_claims: uint256 = unsafe_sub(claimed, penalties._share_of(claimed, kept, exposure))
    return Loss(
        owners=min(pledge, unsafe_sub(unsafe_add(exposure, pledge), returned)),
        claims=by_claims,
        stakers=unsafe_sub(unsafe_sub(exposure, kept), by_claims),
    )


@internal
def _close(
    target: address,
    reference: bytes32,
    key: bytes32,
    bare: bool,
    back: uint256,
    words_: ledger.Words,
    overdue: bool,
):
    """
    @notice Books the outcome of an open record, after settling. Each word is written once.
    @param bare Nothing is in backs yet
    @param back What is to be there now
    """
    entry: uint256 = penalties.entries[key]
    id: uint256 = entry & ledger.M24
    record: uint256 = penalties.records[id]
    pledge: uint256 = back & ledger.M90
    total: uint256 = unsafe_add(record & ledger.M90, pledge)
    loss: uint256 = unsafe_sub(total, back >> 90)
    weight: uint256 = (record >> penalties.WEIGHT) & ledger.M20
    words: ledger.Words = words_
    # What is lost is no longer at risk, what was held back for this record is free again.
    words.dues = unsafe_sub(unsafe_add(words.dues, loss), weight << ledger.WEIGHTS)
    words.book = unsafe_sub(
        unsafe_sub(words.book, ((record << 76) >> 166) << ledger.AT_RISK),
        ((record >> penalties.PLACE) & ledger.PLACES) << ledger.OPEN,
    )
    if pledge != 0:
        ledger.staff = unsafe_sub(ledger.staff, pledge)
    borne: Loss = empty(Loss)
    if loss != 0:
        borne = self._losses(record, back, back >> 90)
        self._lose(
            loss, unsafe_div(unsafe_add(unsafe_mul(weight, loss), unsafe_sub(total, 1)), total)
        )
        log IPoolStorage.PenaltySlashed(
            target=target, reference=reference, id=id, amount=loss, overdue=overdue
        )
        entry |= (words.book >> ledger.EPOCH) << penalties.EPOCH
        if overdue:
            # For one delay who joins pays for what may still come back (P10).
            waiting: uint256 = shares._overdue(words.book)
            if waiting == 0:
                # The one before is over: what comes back of it is not what this one waits for.
                words.dues = unsafe_add(words.dues, 1 << ledger.SUMS)
            ledger.awaited = (
                ((ledger.awaited << 219) >> 219)
                | (unsafe_add(waiting, borne.stakers) << ledger.WAITING)
                | (unsafe_add(block.timestamp, ledger.DELAY) << ledger.UNTIL)
            )
            words.book |= 1 << ledger.OVERDUE
            entry |= ((words.dues << 27) >> 232) << penalties.SUM
        penalties.entries[key] = entry
    if bare and penalties._claimed(record) == 0:
        penalties.records[id] = unsafe_sub(
            unsafe_add(record, (2 << penalties.STATE) | back), (record & ledger.M90) << 90
        )
    else:
        penalties.records[id] = unsafe_add(record, 1 << penalties.STATE)
        penalties.backs[id] = back
    self._book_losses(id, words, 0, borne)


@internal
def _lose(loss: uint256, weight: uint256):
    """
    @notice Books what is lost, at risk no longer, and its weight for one delay (P15).
    """
    risk: uint256 = unsafe_sub(ledger.risk, loss)
    kept: uint256 = (risk << 32) >> 216
    lost: uint256 = kept
    day: uint256 = kept >> 20
    first: uint256 = penalties._first_day()
    today: uint256 = unsafe_div(block.timestamp, penalties.DAY)
    if day != today:
        lost = today << 20
        if day >= first:
            # Another day's losses still count: they are written down, beside what is overdue where that has room,
            # so that an overdue record never fills two words.
            awaited: uint256 = ledger.awaited
            earlier: uint256 = (awaited << 219) >> 219
            if earlier >> 20 < first:
                ledger.awaited = awaited ^ earlier ^ kept
            else:
                penalties.lost[unsafe_div(day, penalties.DAYS)] |= (kept & ledger.M20) << unsafe_mul(
                    day % penalties.DAYS, 24
                )
            risk |= 1 << ledger.WRITTEN
    ledger.risk = risk ^ ((kept ^ unsafe_add(lost, weight)) << ledger.LOST)


@internal
def _late(
    entry: uint256,
    record: uint256,
    back: uint256,
    before: uint256,
    words_: ledger.Words,
):
    """
    @notice A return after the record was closed: its outcome as if it had come in time, never income.
    """
    was: Loss = self._losses(record, back, before)
    now: Loss = self._losses(record, back, back >> 90)
    came: uint256 = unsafe_sub(was.stakers, now.stakers)
    # The part of those who bore it and are stakers no more goes to the owners, as with no staker (P8):
    # all of it in a new epoch; within the window of an overdue record what leavers gave up.
    words: ledger.Words = words_
    given_up: uint256 = 0
    if (entry << 192) >> 216 != words.book >> ledger.EPOCH:
        given_up = came
    elif entry >> penalties.SUM != 0 and entry >> penalties.SUM == (words.dues << 27) >> 232:
        awaited: uint256 = ledger.awaited
        kept: uint256 = min(((awaited << 127) >> 164), came)
        ledger.awaited = unsafe_sub(awaited, kept << ledger.WAITING)
        given_up = unsafe_sub(came, kept)
    words.totals = unsafe_sub(unsafe_add(words.totals, was.stakers), given_up)
    words.book = unsafe_add(unsafe_add(words.book, was.owners), given_up)
    self._book_losses(entry & ledger.M24, words, was.claims, now)


@internal
def _book_losses(id: uint256, words: ledger.Words, claims_before: uint256, loss: Loss):
    """
    @notice Books who bears a record's loss now. What was booked before is undone in totals and book.
    """
    less: uint256 = unsafe_sub(claims_before, loss.claims)
    ledger.dues = unsafe_add(words.dues, less)
    if less != 0:
        ledger.risk = unsafe_add(ledger.risk, less << ledger.CLAIMS)
    totals: uint256 = unsafe_sub(words.totals, loss.stakers)
    rest: uint256 = shares._rest(totals, words.book)
    ledger.totals = unsafe_sub(totals, rest)
    ledger.book = unsafe_add(unsafe_sub(words.book, loss.owners), rest)
    log IPoolStorage.LossBooked(id=id, owners=loss.owners, claims=loss.claims, stakers=loss.stakers)


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
    key: bytes32 = penalties._key_of(target, reference)
    id: uint256 = penalties.entries[key] & ledger.M24
    record: uint256 = penalties.records[id]
    if (record >> penalties.STATE) & 3 != 1:
        ledger._refuse("storage: no such open penalty")
    if block.timestamp <= (record << 36) >> 216:
        ledger._refuse("storage: deadline not passed")
    words: ledger.Words = ledger._settle(0)
    back: uint256 = penalties.backs[id]
    self._close(target, reference, key, back == 0, back, words, True)
