# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title ledger
@notice The words that hold all money of one node, and the only way income enters them. Amounts in juels.
        LINK supply is 10**27 juels < 2**90; widths leave room for LINK that is at risk and staked again.
"""

from interfaces import ILinkToken
from interfaces import IPoolStorage
from interfaces import IPoolStorageFactory
from interfaces import ITimelock

# ---- Constants: how a word is cut ----

M20: constant(uint256) = 2**20 - 1
M24: constant(uint256) = 2**24 - 1
M32: constant(uint256) = 2**32 - 1
M40: constant(uint256) = 2**40 - 1
M64: constant(uint256) = 2**64 - 1
M90: constant(uint256) = 2**90 - 1
M92: constant(uint256) = 2**92 - 1
M93: constant(uint256) = 2**93 - 1
M140: constant(uint256) = 2**140 - 1
M160: constant(uint256) = 2**160 - 1
BIAS: constant(uint256) = 2**92

PPM: constant(uint256) = 1_000_000

# A field in the middle of a word is cut out by two shifts: as dear as a shift and a mask, and 11 to 17 bytes shorter.
# (totals << 26) >> 116 are the shares; << 76, >> 166 a field of 90 bits at 90; << 72, >> 164 one of 92 at 92;
# << 71, >> 164 one of 92 at 93; << 34, >> 164 one at 130; << n, >> n the lowest 256 - n bits.

# totals: staked 90 | shares 140 | stakers 26
STAKERS: constant(uint256) = 230
# dues: balance not the stakers' nor the owners', less LINK at risk, + BIAS 93 | operations' due 92 | cost ceiling 20
# | number of the waiting sum of overdue records 24 | weights of open records 20
CEILING: constant(uint256) = 185
SUMS: constant(uint256) = 205
WEIGHTS: constant(uint256) = 229
# book: owners' due 92 | stakers' LINK in open penalties 92 | makers 20 | places of open penalties 10 | overdue 1 | used 1
# | epoch 32
AT_RISK: constant(uint256) = 92
MAKERS: constant(uint256) = 184
OPEN: constant(uint256) = 204
OVERDUE: constant(uint256) = 214
USED: constant(uint256) = 215
EPOCH: constant(uint256) = 216
PLACES: constant(uint256) = 2**10 - 1
# risk: LINK at penalty contracts 92 | leavers' claims, open and unpaid 92 | weight lost on the latest day with a loss 20
# | that day since 1970 20 | earlier such days were written down 1 | records made 24
CLAIMS: constant(uint256) = 92
LOST: constant(uint256) = 184
LOST_DAY: constant(uint256) = 204
WRITTEN: constant(uint256) = 224
RECORDS: constant(uint256) = 232
# awaited: weight lost on an earlier day 20 | that day since 1970 17 | stakers' part of what is overdue 92 | until 34
WAITING: constant(uint256) = 37
UNTIL: constant(uint256) = 129
# staff: owners' due pledged 96 | operator 160. Who sends a penalty is looked up anyhow: pledging fills no word.
OPERATOR: constant(uint256) = 96
# node: address 160 | operational cost 92
COST: constant(uint256) = 160
# policy: limit 90 | minimum payment 76 | minimum stake 87 | enabled, private, ask Node
PAYMENT: constant(uint256) = 90
M76: constant(uint256) = 2**76 - 1
MINIMUM: constant(uint256) = 166
M87: constant(uint256) = 2**87 - 1
ENABLED: constant(uint256) = 253
PRIVATE: constant(uint256) = 254
ASK_NODE: constant(uint256) = 255

# The words of money, as they are about to be.
struct Words:
    totals: uint256
    dues: uint256
    book: uint256


# ---- Immutables: the kernel's world, never registry entries (P16) ----

LINK: immutable(ILinkToken)
FACTORY: immutable(IPoolStorageFactory)
POOL_OWNERS: immutable(address)
TIMELOCK: immutable(ITimelock)
DELAY: immutable(uint256)

# ---- Storage ----

totals: uint256
dues: uint256
book: uint256
risk: uint256
awaited: uint256
node: uint256
policy: uint256
operations_wallet: address
staff: uint256
# Set for good when this storage first sends a penalty there (P12).
is_target: HashMap[address, bool]
# Held while a consumer is called back: custody is closed, new requests are not.
locked: transient(bool)


@deploy
def __init__(factory: address):
    FACTORY = IPoolStorageFactory(factory)
    LINK = ILinkToken(staticcall FACTORY.link())
    POOL_OWNERS = staticcall FACTORY.poolOwners()
    TIMELOCK = ITimelock(staticcall FACTORY.timelock())
    DELAY = staticcall FACTORY.delay()


# ---- Who calls ----

@internal
@pure
def _refuse(reason: String[32]):
    # One place builds the error: a reason costs its length and a call, not a copy of this.
    raise reason


@internal
@view
def _is_barred(account: address) -> bool:
    """
    @notice Whether an address can be neither staker nor requester nor wallet: LINK, a storage, a node,
            logic, PoolOwners, the timelock, a destination (P12).
    """
    return staticcall FACTORY.isBarred(account, skip_contract_check=True)


@internal
@view
def _node() -> address:
    return convert((self.node << 96) >> 96, address)


@internal
@view
def _only_logic():
    # The registry's own instance has no node: no logic rules it (P16).
    if self.node == 0:
        self._refuse("storage: no node here")
    self._only_writer()


@internal
@view
def _only_writer():
    if not staticcall FACTORY.isLogic(msg.sender, skip_contract_check=True):
        self._refuse("storage: only logic")


@internal
@view
def _only_operator():
    if convert(msg.sender, uint256) != self.staff >> OPERATOR:
        self._refuse("storage: only the operator")


@internal
@view
def _only_factory():
    if msg.sender != FACTORY.address:
        self._refuse("storage: only the factory")


@internal
@view
def _enabled_policy() -> uint256:
    policy: uint256 = self.policy
    if (policy >> ENABLED) & 1 == 0:
        self._refuse("storage: node is disabled")
    return policy


@internal
@view
def _only_open():
    if self.locked:
        self._refuse("storage: locked by a callback")


# ---- Income (P8) ----

@internal
@view
def _accrued(arriving: uint256) -> (Words, uint256, uint256):
    """
    @notice The words as they stand once what has arrived is credited.
    @param arriving Juels of this very call, not income
    @return the words, income in juels, the owners' part of it
    """
    words: Words = Words(totals=self.totals, dues=self.dues, book=self.book)
    staked: uint256 = words.totals & M90
    accounted: uint256 = unsafe_add(unsafe_add(staked, words.dues & M93), words.book & M92)
    held: uint256 = unsafe_sub(
        unsafe_add(staticcall LINK.balanceOf(self, skip_contract_check=True), BIAS), arriving
    )
    if held <= accounted:
        return words, 0, 0
    # Saturates: what would pass the width stays pending, so that settling cannot revert (P2).
    income: uint256 = min(unsafe_sub(held, accounted), unsafe_sub(M90, staked))
    cut: uint256 = income
    if unsafe_mul(staked, ((words.totals << 26) >> 116)) != 0:
        # One remainder: the owners' part rounds down, the stakers have the rest (P6).
        cut = unsafe_div(unsafe_mul(income, (words.book >> MAKERS) & M20), PPM)
    words.totals = unsafe_add(words.totals, unsafe_sub(income, cut))
    words.book = unsafe_add(words.book, cut)
    return words, income, cut


@internal
def _settle(arriving: uint256) -> Words:
    """
    @notice Credits what has arrived to those who are staked already. Calls only LINK.balanceOf.
    @return totals, dues, book as stored
    """
    words: Words = empty(Words)
    income: uint256 = 0
    cut: uint256 = 0
    words, income, cut = self._accrued(arriving)
    if income != 0:
        self.totals = words.totals
        self.book = words.book
        log IPoolStorage.Settled(income=income, owners=cut, stakers=unsafe_sub(income, cut))
    return words


# ---- Payouts ----

@internal
def _pay(to: address, amount: uint256):
    if amount != 0:
        assert extcall LINK.transfer(to, amount, skip_contract_check=True)  # dev: LINK said no


@internal
def _distribute() -> (uint256, uint256):
    """
    @notice Pays the owners' due that no open penalty pledges to PoolOwners, the operations' due to their wallet.
    @return owners, operations, in juels
    """
    self._only_open()
    words: Words = self._settle(0)
    owners: uint256 = words.book & M92
    if (words.book >> OPEN) & PLACES != 0:
        owners = unsafe_sub(owners, min(owners, (self.staff << 160) >> 160))
    operations: uint256 = (words.dues << 71) >> 164
    if owners != 0:
        self.book = unsafe_sub(words.book, owners)
    if operations != 0:
        self.dues = unsafe_sub(words.dues, unsafe_add(operations << 93, operations))
    log IPoolStorage.Distributed(owners=owners, operations=operations)
    # LINK refuses only itself and 0x0, and neither can be set: one payout cannot stop the other.
    self._pay(POOL_OWNERS, owners)
    if operations != 0:
        self._pay(self.operations_wallet, operations)
    return owners, operations


# ---- Views: the ledger as booked ----

@view
@external
def totalStaked() -> uint256:
    """
    @notice Juels that belong to the stakers, what of it is at risk included (6.1.3.2).
    """
    return (self.totals << 166) >> 166


@view
@external
def totalShares() -> uint256:
    """
    @notice Shares of all stakers.
    """
    return (self.totals << 26) >> 116


@view
@external
def stakerCount() -> uint256:
    """
    @notice Stakers with a stake; falls exactly when one's own stake reaches zero.
    """
    return self.totals >> STAKERS


@view
@external
def liquid() -> uint256:
    """
    @notice Juels of the stakers that no open penalty holds.
    """
    return unsafe_sub(((self.totals << 166) >> 166), ((self.book << 72) >> 164))


@view
@external
def stakersAtRisk() -> uint256:
    """
    @notice Juels of present stakers in open penalties; what was pledged or left as a claim is not theirs (P9).
    """
    return (self.book << 72) >> 164


@view
@external
def atRisk() -> uint256:
    """
    @notice Juels at penalty contracts under open records, gross.
    """
    return (self.risk << 164) >> 164


@view
@external
def exitClaims() -> uint256:
    """
    @notice Juels of leavers' claims: open, and resolved but unpaid.
    """
    return (self.risk << 72) >> 164


@view
@external
def escrowed() -> uint256:
    """
    @notice Juels paid for requests not yet answered.
    """
    risk: uint256 = self.risk
    dues: uint256 = self.dues
    held: uint256 = unsafe_sub(unsafe_add(dues & M93, ((risk << 164) >> 164)), BIAS)
    return unsafe_sub(unsafe_sub(held, ((dues << 71) >> 164)), ((risk << 72) >> 164))


@view
@external
def ownersDue() -> uint256:
    """
    @notice Juels booked for PoolOwners and not yet distributed, pledged ones included.
    """
    return (self.book << 164) >> 164


@view
@external
def ownersPledged() -> uint256:
    """
    @notice Juels of the owners' due that open penalties hold back (P9).
    """
    return (self.staff << 160) >> 160


@view
@external
def operationsDue() -> uint256:
    """
    @notice Juels of operational cost not yet paid to the operations wallet (4.1).
    """
    return (self.dues << 71) >> 164


@view
@external
def pendingIncome() -> uint256:
    """
    @notice Juels that arrived and are not booked yet; they belong to those staked now (P8).
    """
    return self._accrued(0)[1]


@view
@external
def factory() -> address:
    """
    @notice The factory that made this storage.
    """
    return FACTORY.address


@view
@external
def nodeAddress() -> address:
    """
    @notice The node whose storage this is; 0x0 for the pool's own instances.
    """
    return convert((self.node << 96) >> 96, address)
