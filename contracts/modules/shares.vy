# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title shares
@notice Who owns which part of the stakers' total: D = S / T * O for everybody at once (6.1.4).
        10**15 shares per first juel; no position below 10**27 shares, so a share never grows above one
        juel. Minting rounds down, burning up: the remainder stays with the stakers. No virtual shares.
"""

from modules import ledger

uses: ledger

FIRST_SHARES: constant(uint256) = 10**15
SMALLEST_POSITION: constant(uint256) = 10**27

# A position: shares 140 | of them credited in its last block, by 2**50, 90 | that block, modulo 2**26 26.
# What 2**50 cuts off is far less than the smallest position, and can leave.
GRAIN: constant(uint256) = 50
CREDIT: constant(uint256) = 140
BLOCK: constant(uint256) = 230
M26: constant(uint256) = 2**26 - 1

# (epoch, staker) -> position. A new epoch begins after a total loss; older positions are void.
positions: HashMap[uint256, uint256]


@internal
@pure
def _key(book: uint256, staker: address) -> uint256:
    return ((book >> ledger.EPOCH) << 160) | convert(staker, uint256)


@internal
@view
def _overdue(book: uint256) -> uint256:
    """
    @notice Stakers' juels that may still come back under records resolved as overdue within one delay.
    """
    if (book >> ledger.OVERDUE) & 1 == 0:
        return 0
    awaited: uint256 = ledger.awaited
    if block.timestamp >= awaited >> ledger.UNTIL:
        return 0
    return (awaited << 127) >> 164


@internal
def _renewed(words_: ledger.Words) -> ledger.Words:
    """
    @notice Opens a new epoch where nothing is left of this one and nothing can come back (P8).
    """
    words: ledger.Words = words_
    if words.totals & ledger.M90 == 0 and words.totals != 0 and self._overdue(words.book) == 0:
        words.totals = 0
        words.book = unsafe_add(words.book, 1 << ledger.EPOCH)
        ledger.book = words.book
    return words


@internal
def _mint(staker: address, amount: uint256, totals_: uint256, book: uint256) -> uint256:
    """
    @notice Credits `amount` juels, after settling, at a price at which who joins gains nothing from
            what is overdue (P10).
    @return The shares minted
    """
    totals: uint256 = totals_
    staked: uint256 = totals & ledger.M90
    shares: uint256 = (totals << 26) >> 116
    minted: uint256 = 0
    if shares == 0:
        minted = unsafe_mul(amount, FIRST_SHARES)
    else:
        minted = unsafe_div(
            unsafe_mul(amount, shares), unsafe_add(staked, self._overdue(book))
        )
    all_shares: uint256 = unsafe_add(shares, minted)
    if all_shares > ledger.M140:
        ledger._refuse("storage: too many shares")

    key: uint256 = self._key(book, staker)
    position: uint256 = self.positions[key]
    held: uint256 = position & ledger.M140
    credit: uint256 = minted >> GRAIN
    tag: uint256 = block.number & M26
    if held == 0:
        totals = unsafe_add(totals, 1 << ledger.STAKERS)
    elif position >> BLOCK == tag:
        credit = unsafe_add(credit, (position >> CREDIT) & ledger.M90)
    held = unsafe_add(held, minted)
    if held < SMALLEST_POSITION:
        ledger._refuse("storage: stake too small")
    self.positions[key] = held | (credit << CREDIT) | (tag << BLOCK)
    ledger.totals = unsafe_add(unsafe_add(totals, amount), minted << 90)
    return minted


@internal
@view
def _leaving(
    position: uint256, amount: uint256, staked: uint256, shares: uint256, at_risk: uint256
) -> (uint256, uint256):
    """
    @notice What a withdrawal pays and burns; refused above what can leave.
    @param amount Juels wanted; 2**256 - 1 for all that can leave
    @param at_risk Stakers' juels in open penalties
    @return juels paid, shares burned
    """
    held: uint256 = position & ledger.M140
    free: uint256 = unsafe_sub(staked, min(staked, at_risk))
    leaves: uint256 = held
    if position >> BLOCK == block.number & M26:
        # What was credited in this block stays; what was held before can go (P8).
        leaves = unsafe_sub(held, ((position >> CREDIT) & ledger.M90) << GRAIN)
    most: uint256 = unsafe_div(unsafe_mul(leaves, free), shares)
    paid: uint256 = min(amount, most)
    burned: uint256 = held
    if free != 0:
        burned = min(
            held, unsafe_div(unsafe_add(unsafe_mul(paid, shares), unsafe_sub(free, 1)), free)
        )
    # Less than the smallest position is not left standing, nor less than a juel by who wants out.
    if (
        unsafe_sub(held, burned) < SMALLEST_POSITION
        or (amount == max_value(uint256) and leaves == held)
    ):
        burned = held
        paid = unsafe_div(unsafe_mul(held, free), shares)
        most = max(most, paid)
    if amount > most and amount != max_value(uint256):
        ledger._refuse("storage: exceeds withdrawable")
    return paid, burned


@internal
@pure
def _rest(totals: uint256, book: uint256) -> uint256:
    """
    @return What rounding left of the stakers' total, for the owners where no share is left (P8)
    """
    if (totals << 26) >> 116 != 0:
        return 0
    staked: uint256 = totals & ledger.M90
    return unsafe_sub(staked, min(staked, (book << 72) >> 164))


@view
@external
def sharesOf(staker: address) -> uint256:
    """
    @notice Shares of a staker.
    @param staker any address
    @return shares
    """
    return (self.positions[self._key(ledger.book, staker)] << 116) >> 116


@view
@external
def stakeOf(staker: address) -> uint256:
    """
    @notice Juels that a staker's shares are worth as booked, what of it is at risk included.
    @param staker any address
    @return juels
    """
    totals: uint256 = ledger.totals
    held: uint256 = (self.positions[self._key(ledger.book, staker)] << 116) >> 116
    if held == 0:
        return 0
    return unsafe_div(unsafe_mul(held, totals & ledger.M90), ((totals << 26) >> 116))


@view
@external
def withdrawable(staker: address) -> uint256:
    """
    @notice Juels that withdraw(2**256 - 1) would pay this staker now: income that waits included, what
            is at risk and what was credited in this block left out.
    @param staker any address
    @return juels
    """
    words: ledger.Words = ledger._accrued(0)[0]
    position: uint256 = self.positions[self._key(words.book, staker)]
    if (position << 116) == 0:
        return 0
    return self._leaving(
        position,
        max_value(uint256),
        words.totals & ledger.M90,
        ((words.totals << 26) >> 116),
        ((words.book << 72) >> 164),
    )[0]
