# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title owners_ledger
@notice Who holds which share, and what each share has earned. No function here calls another
        contract.

        The index of a token is the income booked for it since the beginning. The number of shares
        never changes, so with S = T = all shares a reward r raises the index by r*S/T = r and
        leaves no remainder; each holder's own remainder is carried in units of 1/T:

            gained = held * (index - index paid) + remainder
            owed += gained / T;  remainder = gained % T

        hence, exactly:  sum(owed + paid out) * T + sum(remainders) == T * sum(booked).
        Therefore what all holders are owed together never exceeds `reserved`, which is kept below
        2**90: a holder's 90 bits cannot overflow, and settling cannot revert.
@dev Everything is packed: a transfer between two holders who are up to date reads one slot and
     writes two.
"""

from ethereum.ercs import IERC20

# ---- Packing: what the bits mean ----

# a holder: shares 72 | of those staked 72 | round settled 64 | listed 1
# a holder's record of one token: index paid 94 | owed 90 | remainder 72
# a token: index 94 | reserved (booked, not paid out) 90 | distribution minimum 71 | whitelisted 1
# totals: round 64 | holders now 32 | holders ever 32 | tokens 8
M32: constant(uint256) = 2**32 - 1
M64: constant(uint256) = 2**64 - 1
M71: constant(uint256) = 2**71 - 1
M72: constant(uint256) = 2**72 - 1
M90: constant(uint256) = 2**90 - 1
M94: constant(uint256) = 2**94 - 1

STAKED_AT: constant(uint256) = 72
ROUND_AT: constant(uint256) = 144
LISTED: constant(uint256) = 2**208
KEPT_BY_A_MOVE: constant(uint256) = (M72 << STAKED_AT) | LISTED

OWED_AT: constant(uint256) = 94
REMAINDER_AT: constant(uint256) = 184

RESERVED_AT: constant(uint256) = 94
MINIMUM_AT: constant(uint256) = 184
WHITELISTED: constant(uint256) = 2**255

NOW_AT: constant(uint256) = 64
EVER_AT: constant(uint256) = 96
TOKENS_AT: constant(uint256) = 128

ETH: constant(address) = empty(address)
MAX_TOKENS: constant(uint256) = 8  # besides ETH
# The sale account is this contract itself: nobody can send it shares, and no list shows it.

# ---- Storage: what it remembers ----

WHOLE: immutable(uint256)  # all shares, in wei of the valuation; below 2**72
holders: HashMap[address, uint256]
records: HashMap[address, HashMap[address, uint256]]  # holder -> token -> record
tokens: HashMap[address, uint256]
token_at: address[MAX_TOKENS]
holder_at: HashMap[uint256, address]  # everyone who ever held a share, in order of arrival
totals: uint256


@deploy
def __init__(whole: uint256):
    assert whole != 0 and whole <= M72, "owners: bad valuation"
    WHOLE = whole
    self.holders[self] = whole
    self.tokens[ETH] = WHITELISTED
    log IERC20.Transfer(sender=empty(address), receiver=self, value=whole)


# ---- Shares ----

@internal
def _move(sender: address, receiver: address, amount: uint256):
    """
    @dev The only way shares change hands. Both sides are settled for every token before their
         shares change.
    """
    assert receiver != empty(address) and receiver != self, "owners: bad receiver"
    source: uint256 = self.holders[sender]
    held: uint256 = source & M72
    assert amount <= held, "owners: exceeds balance"
    assert amount <= unsafe_sub(held, (source >> STAKED_AT) & M72), "owners: exceeds unstaked"

    if amount != 0 and sender != receiver:
        totals: uint256 = self.totals
        round_bits: uint256 = (totals & M64) << ROUND_AT
        target: uint256 = self.holders[receiver]
        target_held: uint256 = target & M72
        self._settle_both(sender, source, receiver, target, totals)
        self.holders[sender] = (source & KEPT_BY_A_MOVE) | round_bits | unsafe_sub(held, amount)
        self.holders[receiver] = (
            (target & KEPT_BY_A_MOVE) | round_bits | LISTED | unsafe_add(target_held, amount)
        )
        self._count(totals, receiver, target, target_held == 0, held == amount and sender != self)

    log IERC20.Transfer(sender=sender, receiver=receiver, value=amount)


@internal
def _count(totals: uint256, receiver: address, target: uint256, arrives: bool, leaves: bool):
    counted: uint256 = totals
    if target & LISTED == 0:
        self.holder_at[(totals >> EVER_AT) & M32] = receiver
        counted += 1 << EVER_AT
    if arrives:
        counted += 1 << NOW_AT
    if leaves:
        counted -= 1 << NOW_AT
    if counted != totals:
        self.totals = counted


@internal
def _stake(holder: address, amount: uint256):
    account: uint256 = self.holders[holder]
    free: uint256 = unsafe_sub(account & M72, (account >> STAKED_AT) & M72)
    assert amount <= free, "owners: exceeds unstaked"
    self.holders[holder] = unsafe_add(account, amount << STAKED_AT)


@internal
def _unstake(holder: address, amount: uint256):
    # amount is at most one of the stakes that this field is the sum of
    self.holders[holder] -= amount << STAKED_AT


@internal
@view
def _held(holder: address) -> uint256:
    return self.holders[holder] & M72


@internal
@view
def _staked(holder: address) -> uint256:
    return (self.holders[holder] >> STAKED_AT) & M72


# ---- Income ----

@internal
def _settle_both(
    sender: address, source: uint256, receiver: address, target: uint256, totals: uint256
):
    round: uint256 = totals & M64
    sender_behind: bool = (source >> ROUND_AT) & M64 != round
    receiver_behind: bool = (target >> ROUND_AT) & M64 != round
    if not sender_behind and not receiver_behind:
        return
    count: uint256 = totals >> TOKENS_AT
    for i: uint256 in range(MAX_TOKENS + 1):
        token: address = ETH
        if i != 0:
            token = self.token_at[unsafe_sub(i, 1)]
        index: uint256 = self.tokens[token] & M94
        if index != 0:
            if sender_behind:
                self._settle(sender, token, source & M72, index)
            if receiver_behind:
                self._settle(receiver, token, target & M72, index)
        if i == count:
            break


@internal
def _settle(holder: address, token: address, held: uint256, index: uint256):
    record: uint256 = self.records[holder][token]
    if record & M94 != index:
        self.records[holder][token] = self._accrued(record, held, index)


@internal
@view
def _accrued(record: uint256, held: uint256, index: uint256) -> uint256:
    """
    @dev `record` brought up to `index`. held < 2**72 and index < 2**94: the product fits; the sum
         of all owed fits 90 bits because `reserved` does (module header).
    """
    gained: uint256 = unsafe_add(
        unsafe_mul(held, unsafe_sub(index, record & M94)), record >> REMAINDER_AT
    )
    owed: uint256 = unsafe_add((record >> OWED_AT) & M90, unsafe_div(gained, WHOLE))
    return index | (owed << OWED_AT) | ((gained % WHOLE) << REMAINDER_AT)


@internal
@view
def _owed(holder: address, token: address) -> uint256:
    index: uint256 = self.tokens[token] & M94
    record: uint256 = self._accrued(self.records[holder][token], self.holders[holder] & M72, index)
    return (record >> OWED_AT) & M90


@internal
def _book(token: address, balance_now: uint256) -> uint256:
    """
    @dev What is above `reserved` becomes income of the holders; as much of it as the packed widths
         take.
    """
    state: uint256 = self.tokens[token]
    reserved: uint256 = (state >> RESERVED_AT) & M90
    income: uint256 = 0
    if balance_now > reserved:
        income = unsafe_sub(balance_now, reserved)
    assert income > (state >> MINIMUM_AT) & M71, "owners: not above the minimum"
    booked: uint256 = min(income, min(unsafe_sub(M94, state & M94), unsafe_sub(M90, reserved)))
    assert booked != 0, "owners: index is full"
    self.tokens[token] = state + booked + (booked << RESERVED_AT)
    self.totals += 1
    return booked


@internal
def _take(holder: address, token: address) -> uint256:
    """
    @dev Everything the holder is owed, no longer owed: the caller pays it or gives it back.
    """
    state: uint256 = self.tokens[token]
    record: uint256 = self._accrued(
        self.records[holder][token], self.holders[holder] & M72, state & M94
    )
    owed: uint256 = (record >> OWED_AT) & M90
    if owed != 0:
        self.records[holder][token] = record & ~(M90 << OWED_AT)
        self.tokens[token] = state - (owed << RESERVED_AT)
    return owed


@internal
def _give_back(holder: address, token: address, amount: uint256):
    self.records[holder][token] += amount << OWED_AT
    self.tokens[token] += amount << RESERVED_AT


# ---- Tokens ----

@internal
def _list_token(token: address, minimum: uint256):
    totals: uint256 = self.totals
    count: uint256 = totals >> TOKENS_AT
    assert count < MAX_TOKENS, "owners: too many tokens"
    self.token_at[count] = token
    self.totals = totals + (1 << TOKENS_AT)
    self.tokens[token] = WHITELISTED | (minimum << MINIMUM_AT)


@internal
def _set_minimum(token: address, minimum: uint256) -> uint256:
    state: uint256 = self.tokens[token]
    self.tokens[token] = (state & ~(M71 << MINIMUM_AT)) | (minimum << MINIMUM_AT)
    return (state >> MINIMUM_AT) & M71


@internal
@view
def _is_whitelisted(token: address) -> bool:
    return self.tokens[token] & WHITELISTED != 0


@internal
@view
def _index(token: address) -> uint256:
    return self.tokens[token] & M94


@internal
@view
def _reserved(token: address) -> uint256:
    return (self.tokens[token] >> RESERVED_AT) & M90


@internal
@view
def _minimum(token: address) -> uint256:
    return (self.tokens[token] >> MINIMUM_AT) & M71


@internal
@view
def _token_count() -> uint256:
    return self.totals >> TOKENS_AT


@internal
@view
def _holders_now() -> uint256:
    return (self.totals >> NOW_AT) & M32


@internal
@view
def _holders_ever() -> uint256:
    return (self.totals >> EVER_AT) & M32


@internal
@view
def _fraction(holder: address, token: address) -> uint256:
    index: uint256 = self.tokens[token] & M94
    record: uint256 = self._accrued(self.records[holder][token], self.holders[holder] & M72, index)
    return record >> REMAINDER_AT
