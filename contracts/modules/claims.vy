# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title claims
@notice What a leaver keeps of the open penalties: one word at (staker, record), never deleted, found through
        events and views. Leaving dodges nothing (P9); a claim is paid to its leaver and nobody else (P1, P17).
"""

from interfaces import IPoolStorage
from modules import ledger
from modules import penalties

uses: ledger
uses: penalties

# claim: face 90 | paid 90 | what rounding left of the face, by 2**-64 juel 64
REST: constant(uint256) = 180

# (id, staker) -> claim
claims: HashMap[uint256, uint256]


@internal
@pure
def _key(staker: address, id: uint256) -> uint256:
    return (id << 160) | convert(staker, uint256)


@internal
def _open_claims(
    places: uint256, staker: address, burned: uint256, all_shares: uint256
) -> uint256:
    """
    @notice Turns the burned shares' part of each open record into the leaver's claim (P9).
    @return Juels that became claims
    """
    word: uint256 = penalties.open_ids
    claimed: uint256 = 0
    for i: uint256 in range(penalties.MOST_OPEN):
        rest: uint256 = places >> i
        if rest == 0:
            break
        if rest & 1 == 0:
            continue
        id: uint256 = unsafe_add((word >> unsafe_mul(i, 24)) & ledger.M24, 1)
        record: uint256 = penalties.records[id]
        present: uint256 = (record << 76) >> 166
        part: uint256 = unsafe_mul(burned, present)
        # What rounding leaves is kept: leaving in many parts loses no more than leaving at once.
        key: uint256 = self._key(staker, id)
        claim: uint256 = self.claims[key]
        rest = unsafe_add(claim >> REST, unsafe_div((part % all_shares) << 64, all_shares))
        face: uint256 = min(
            present, unsafe_add(unsafe_div(part, all_shares), rest >> 64)
        )
        penalties.records[id] = unsafe_sub(record, face << 90)
        self.claims[key] = (
            unsafe_add((claim << 76) >> 76, face) | ((rest & ledger.M64) << REST)
        )
        claimed = unsafe_add(claimed, face)
        log IPoolStorage.ExitClaimOpened(staker=staker, id=id, amount=face)
    return claimed


@internal
@view
def _claim(staker: address, id: uint256) -> (uint256, uint256):
    """
    @return open: juels of this claim still at stake; payable: juels it pays now
    """
    claim: uint256 = self.claims[self._key(staker, id)]
    record: uint256 = penalties.records[id]
    face: uint256 = claim & ledger.M90
    if (record >> penalties.STATE) & 2 == 0:
        return face, 0
    exposure: uint256 = record & ledger.M90
    kept: uint256 = min(penalties._back(id, record) >> 90, exposure)
    return 0, penalties._share_of(face, kept, exposure) - ((claim << 76) >> 166)


# ---- Anyone ----

@external
def claimExit(staker: address, ids: DynArray[uint256, 10]) -> uint256:
    """
    @notice Pays a leaver, and nobody else, what their claims on closed records came to (P1, P9, P17).
    @param staker The leaver
    @param ids Records; open ones and those without a claim are passed over
    @return Juels paid
    """
    ledger._only_open()
    sum: uint256 = 0
    for id: uint256 in ids:
        payable_: uint256 = self._claim(staker, id)[1]
        key: uint256 = self._key(staker, id)
        self.claims[key] = unsafe_add(self.claims[key], payable_ << 90)
        sum = unsafe_add(sum, payable_)
    if sum != 0:
        ledger.dues = unsafe_sub(ledger.dues, sum)
        ledger.risk = unsafe_sub(ledger.risk, sum << ledger.CLAIMS)
        log IPoolStorage.ExitClaimed(staker=staker, amount=sum)
        ledger._pay(staker, sum)
    return sum


# ---- Views ----

@view
@external
def exitClaimOf(staker: address, ids: DynArray[uint256, 10]) -> (uint256, uint256):
    """
    @notice A leaver's claims on these records.
    @param staker the leaver
    @param ids records, at most ten; each once
    @return Juels still at stake in open ones, and juels that claimExit would pay now
    """
    still: uint256 = 0
    now: uint256 = 0
    for id: uint256 in ids:
        face: uint256 = 0
        payable_: uint256 = 0
        face, payable_ = self._claim(staker, id)
        still = unsafe_add(still, face)
        now = unsafe_add(now, payable_)
    return still, now
