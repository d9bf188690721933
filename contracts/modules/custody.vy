# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title custody
@notice Stake in, stake out. No admin, no logic and no stranger chooses where LINK goes (P1), and nothing
        replaceable stands on the way out (P2, P17).
"""

from interfaces import INode
from interfaces import IPoolStorage
from modules import claims
from modules import ledger
from modules import shares

uses: ledger
uses: shares
uses: claims

allowed: HashMap[address, bool]
release_refused: HashMap[address, bool]


@internal
def _stake(sender: address, staker: address, amount: uint256):
    """
    @notice Credits LINK that has just arrived.
    """
    ledger._only_open()
    policy: uint256 = ledger._enabled_policy()
    if amount == 0:
        ledger._refuse("storage: zero stake")
    words: ledger.Words = ledger._settle(amount)
    words = shares._renewed(words)
    if unsafe_add(words.totals & ledger.M90, amount) > policy & ledger.M90:
        ledger._refuse("storage: over the stake limit")
    barred: bool = False
    if shares.positions[shares._key(words.book, staker)] == 0:
        if amount < (policy << 3) >> 169:
            ledger._refuse("storage: below minimum stake")
        # 0x0, whatever is part of the suite, and who was ever a destination.
        barred = ledger._is_barred(staker)
    else:
        barred = ledger.is_target[sender]
    if barred:
        ledger._refuse("storage: not a staker")
    if (policy >> ledger.PRIVATE) & 1 != 0 and not self.allowed[staker]:
        ledger._refuse("storage: staker is not allowed")
    if policy >> ledger.ASK_NODE != 0:
        asked: address = staticcall ledger.FACTORY.getContract("Node", skip_contract_check=True)
        if not staticcall INode(asked).allowStake(ledger._node(), staker, amount):
            ledger._refuse("storage: refused by Node")
    minted: uint256 = shares._mint(staker, amount, words.totals, words.book)
    log IPoolStorage.Staked(staker=staker, sender=sender, amount=amount, shares=minted)


@internal
def _withdraw(staker: address, amount: uint256) -> uint256:
    """
    @notice Pays a staker from the stake; what is at risk in open penalties becomes their claims.
    @return Juels paid
    """
    ledger._only_open()
    if amount == 0:
        ledger._refuse("storage: zero withdrawal")
    words: ledger.Words = ledger._settle(0)
    key: uint256 = shares._key(words.book, staker)
    position: uint256 = shares.positions[key]
    if position == 0:
        ledger._refuse("storage: nothing staked")
    all_shares: uint256 = (words.totals << 26) >> 116
    paid: uint256 = 0
    burned: uint256 = 0
    paid, burned = shares._leaving(
        position, amount, words.totals & ledger.M90, all_shares, ((words.book << 72) >> 164)
    )
    if burned == 0:
        ledger._refuse("storage: credited in this block")

    # Who leaves gives up their part of what overdue records may still give back (P10).
    given_up: uint256 = unsafe_div(unsafe_mul(shares._overdue(words.book), burned), all_shares)
    if given_up != 0:
        ledger.awaited = unsafe_sub(ledger.awaited, given_up << ledger.WAITING)
    leaving: uint256 = paid
    places: uint256 = (words.book >> ledger.OPEN) & ledger.PLACES
    if places != 0:
        claimed: uint256 = claims._open_claims(places, staker, burned, all_shares)
        leaving = unsafe_add(paid, claimed)
        words.book = unsafe_sub(words.book, claimed << ledger.AT_RISK)
        ledger.book = words.book
        ledger.dues = unsafe_add(words.dues, claimed)
        ledger.risk = unsafe_add(ledger.risk, claimed << ledger.CLAIMS)
    words.totals = unsafe_sub(words.totals, unsafe_add(leaving, burned << 90))
    if position & ledger.M140 == burned:
        words.totals = unsafe_sub(words.totals, 1 << ledger.STAKERS)
        shares.positions[key] = 0
    else:
        shares.positions[key] = unsafe_sub(position, burned)
    if burned == all_shares:
        # Who stakes next is another company: what comes back late is not theirs (P10).
        rest: uint256 = shares._rest(words.totals, words.book)
        words.totals = unsafe_sub(words.totals, rest)
        ledger.book = unsafe_add(unsafe_add(words.book, rest), 1 << ledger.EPOCH)
    ledger.totals = words.totals
    log IPoolStorage.Withdrawal(
        node=ledger._node(), staker=staker, amount=paid
    )
    ledger._pay(staker, paid)
    return paid


# ---- Stakers ----

@external
def withdraw(amount: uint256) -> uint256:
    """
    @notice Pays the caller from their stake, straight from custody: nothing replaceable is asked (P2).
            What is at risk in open penalties becomes claims, paid by claimExit (P9). A withdrawal that
            would leave less than the smallest position takes all.
    @param amount Juels; 2**256 - 1 for all that can leave
    @return Juels paid
    @dev Reverts: "storage: nothing staked", "storage: exceeds withdrawable", "storage: zero
         withdrawal", "storage: credited in this block", "storage: locked by a callback".
    """
    return self._withdraw(msg.sender, amount)


@external
def setReleaseAllowed(allowed: bool):
    """
    @notice Whether logic may pay the caller's own stake to the caller; allowed at first.
    @param allowed False switches it off
    """
    self.release_refused[msg.sender] = not allowed
    log IPoolStorage.ReleaseAllowed(staker=msg.sender, allowed=allowed)


# ---- Logic ----

@external
def release(staker: address, amount: uint256) -> uint256:
    """
    @notice As withdraw, asked for by logic; pays that staker only (P1), unless they switched it off.
    @param staker whose stake; only they are paid
    @param amount juels; 2**256 - 1 for all that can leave
    @return Juels paid
    @dev Reverts: "storage: only logic", "storage: release switched off", and as withdraw.
    """
    ledger._only_logic()
    if self.release_refused[staker]:
        ledger._refuse("storage: release switched off")
    return self._withdraw(staker, amount)


@external
def setStakerAllowed(staker: address, allowed: bool):
    """
    @notice Who may stake while the node is private. Never restricts a withdrawal.
    @param staker any address
    @param allowed whether they may
    """
    ledger._only_logic()
    self.allowed[staker] = allowed
    log IPoolStorage.StakerAllowed(staker=staker, allowed=allowed)


# ---- Anyone ----

@external
def distribute() -> (uint256, uint256):
    """
    @notice Settles, then pays PoolOwners and the operations wallet what is due to them (6.1.4). The
            stakers' part is credited by settling. The cost does not depend on their number (P7).
    @return Juels paid to PoolOwners, juels paid to the operations wallet
    """
    return ledger._distribute()


# ---- Views ----

@view
@external
def stakerAllowed(staker: address) -> bool:
    """
    @notice Whether this staker may stake while the node is private.
    @param staker any address
    @return True if so
    """
    return self.allowed[staker]
