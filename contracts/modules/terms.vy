# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title terms
@notice Money parameters and policy: native, each with its limit, never key-value data (P16). A new power
        waits for the delay and lapses; reductions are immediate (P4).
"""

from interfaces import IPoolStorage
from modules import ledger

uses: ledger

MAKERS_PERCENTAGE: constant(uint256) = 0
COST_CEILING: constant(uint256) = 1
OPERATIONS_WALLET: constant(uint256) = 2
OPERATIONAL_COST: constant(uint256) = 3
MINIMUM_PAYMENT: constant(uint256) = 4

MOST_MAKERS: constant(uint256) = 500_000
LAPSE: constant(uint256) = 14 * 86_400

# Announced: value 160 | ready 40
announced: HashMap[uint256, uint256]
proposed_operator: address


@internal
@view
def _term(term: uint256) -> uint256:
    if term == MAKERS_PERCENTAGE:
        return (ledger.book >> ledger.MAKERS) & ledger.M20
    if term == COST_CEILING:
        return (ledger.dues >> ledger.CEILING) & ledger.M20
    if term == OPERATIONS_WALLET:
        return convert(ledger.operations_wallet, uint256)
    if term == OPERATIONAL_COST:
        return ledger.node >> 160
    if term != MINIMUM_PAYMENT:
        ledger._refuse("storage: unknown term")
    return (ledger.policy << 90) >> 180


@internal
@view
def _check(term: uint256, new: uint256):
    if term == MAKERS_PERCENTAGE:
        if new > MOST_MAKERS:
            ledger._refuse("storage: makers over limit")
    elif term == COST_CEILING:
        if new > ledger.PPM:
            ledger._refuse("storage: ceiling over 100 %")
    elif term == OPERATIONS_WALLET:
        if new == 0 or ledger._is_barred(convert(new, address)):
            ledger._refuse("storage: not a wallet")
    elif new > ledger.M76:
        ledger._refuse("storage: price too large")


@internal
@pure
def _check_limits(limit: uint256, minimum: uint256):
    if limit > ledger.M90:
        ledger._refuse("storage: limit too large")
    if minimum > ledger.M87:
        ledger._refuse("storage: minimum too large")


@internal
def _apply(term: uint256, new: uint256):
    """
    @notice Writes a term; the caller has settled under the old one.
    """
    if term == MAKERS_PERCENTAGE:
        ledger.book = ledger.book ^ ((self._term(term) ^ new) << ledger.MAKERS)
    elif term == COST_CEILING:
        ledger.dues = ledger.dues ^ ((self._term(term) ^ new) << ledger.CEILING)
    elif term == OPERATIONS_WALLET:
        ledger.operations_wallet = convert(new, address)
    elif term == OPERATIONAL_COST:
        ledger.node = ledger.node ^ ((self._term(term) ^ new) << 160)
    else:
        ledger.policy = ledger.policy ^ ((self._term(term) ^ new) << ledger.PAYMENT)


@internal
def _initialise(terms: IPoolStorage.NodeTerms):
    """
    @notice Writes what a node starts with; the pool's own instances start with nothing.
    """
    ledger.dues = ledger.BIAS | (terms.costCeiling << ledger.CEILING)
    ledger.book = (1 << ledger.USED) | (terms.makersPercentage << ledger.MAKERS)
    if terms.nodeAddress == empty(address):
        return
    self._check_limits(terms.limit, terms.minimumStake)
    self._check(MAKERS_PERCENTAGE, terms.makersPercentage)
    self._check(COST_CEILING, terms.costCeiling)
    self._check(OPERATIONS_WALLET, convert(terms.operationsWallet, uint256))
    self._check(OPERATIONAL_COST, terms.operationalCost)
    self._check(MINIMUM_PAYMENT, terms.minimumPayment)
    ledger.policy = (
        terms.limit
        | (terms.minimumPayment << ledger.PAYMENT)
        | (terms.minimumStake << ledger.MINIMUM)
        | (1 << ledger.ENABLED)
        | (convert(terms.isPrivate, uint256) << ledger.PRIVATE)
    )
    ledger.node = convert(terms.nodeAddress, uint256) | (terms.operationalCost << 160)
    ledger.staff = convert(terms.operator, uint256) << ledger.OPERATOR
    ledger.operations_wallet = terms.operationsWallet


# ---- Logic ----

@external
def setPolicy(policy: IPoolStorage.Policy):
    """
    @notice Who may stake, and how much. Restricts stakes and requests, never a way out.
    @param policy limit and minimumStake in juels
    """
    ledger._only_logic()
    self._check_limits(policy.limit, policy.minimumStake)
    word: uint256 = ((ledger.policy << 90) >> 180) << ledger.PAYMENT
    word |= policy.limit | (policy.minimumStake << ledger.MINIMUM)
    word |= convert(policy.enabled, uint256) << ledger.ENABLED
    word |= convert(policy.isPrivate, uint256) << ledger.PRIVATE
    ledger.policy = word | (convert(policy.askNode, uint256) << ledger.ASK_NODE)
    log IPoolStorage.PolicyChanged(
        enabled=policy.enabled,
        isPrivate=policy.isPrivate,
        askNode=policy.askNode,
        limit=policy.limit,
        minimumStake=policy.minimumStake,
    )


@external
def setTerm(term: uint256, new: uint256):
    """
    @notice Changes a money parameter. Makers' percentage (0) and cost ceiling (1), ppm: lower at once,
            higher announced. Operations wallet (2): announced. Operational cost (3) and minimum payment
            (4), juels: at once, they are prices. What is announced replaces what was, and waits anew.
    @param term 0 makers, 1 ceiling, 2 wallet, 3 cost, 4 payment
    @param new ppm, an address as a number, or juels
    @dev Reverts: "storage: only logic", "storage: unknown term", "storage: makers over limit",
         "storage: ceiling over 100 %", "storage: not a wallet", "storage: price too large".
    """
    ledger._only_logic()
    ledger._only_open()
    self._check(term, new)
    old: uint256 = self._term(term)
    if term == OPERATIONS_WALLET or (term <= COST_CEILING and new > old):
        ready: uint256 = unsafe_add(block.timestamp, ledger.DELAY)
        self.announced[term] = new | (ready << 160)
        log IPoolStorage.TermAnnounced(term=term, new=new, ready=ready, lapse=unsafe_add(ready, LAPSE))
    else:
        ledger._settle(0)
        self.announced[term] = 0
        self._apply(term, new)
        log IPoolStorage.TermChanged(term=term, old=old, new=new)


@external
def cancelTerm(term: uint256):
    """
    @notice Takes an announcement back.
    @param term 0 makers, 1 ceiling, 2 wallet, 3 cost, 4 payment
    """
    ledger._only_logic()
    self.announced[term] = 0
    log IPoolStorage.TermCancelled(term=term)


# ---- Anyone ----

@external
def activateTerm(term: uint256):
    """
    @notice Puts an announced term to work after its delay, before it lapses, while the timelock has an
            owner (P4). What was earned is settled, and for another wallet paid, under the old term first.
    @param term 0 makers, 1 ceiling, 2 wallet, 3 cost, 4 payment
    @dev Reverts: "storage: not ready", "storage: nothing to activate", "storage: owner
         renounced".
    """
    word: uint256 = self.announced[term]
    ready: uint256 = word >> 160
    if block.timestamp < ready:
        ledger._refuse("storage: not ready")
    # Nothing announced is ready 0: long lapsed.
    if block.timestamp > unsafe_add(ready, LAPSE):
        ledger._refuse("storage: nothing to activate")
    if staticcall ledger.TIMELOCK.owner() == empty(address):
        ledger._refuse("storage: owner renounced")
    ledger._only_open()
    if term == OPERATIONS_WALLET:
        ledger._distribute()
    else:
        ledger._settle(0)
    self.announced[term] = 0
    old: uint256 = self._term(term)
    new: uint256 = (word << 96) >> 96
    self._apply(term, new)
    log IPoolStorage.TermActivated(term=term, old=old, new=new)


# ---- Operator ----


@external
def transferOperator(proposed: address):
    """
    @notice Proposes another operator, who must accept; 0x0 takes the proposal back.
    @param proposed who may accept
    """
    ledger._only_operator()
    self.proposed_operator = proposed
    log IPoolStorage.OperatorProposed(operator=msg.sender, proposed=proposed)


@external
def acceptOperator():
    """
    @notice Makes the proposed operator, who calls, the operator.
    """
    if msg.sender != self.proposed_operator:
        ledger._refuse("storage: not proposed")
    if msg.sender == ledger._node():
        ledger._refuse("storage: the node's own key")
    old: uint256 = ledger.staff >> ledger.OPERATOR
    log IPoolStorage.OperatorChanged(old=convert(old, address), new=msg.sender)
    ledger.staff ^= (old ^ convert(msg.sender, uint256)) << ledger.OPERATOR
    self.proposed_operator = empty(address)


# ---- Views ----

@view
@external
def makersPercentage() -> uint256:
    """
    @notice Ppm of profit that goes to PoolOwners (5).
    """
    return self._term(MAKERS_PERCENTAGE)


@view
@external
def costCeiling() -> uint256:
    """
    @notice Ppm of a payment that operational cost never exceeds.
    """
    return self._term(COST_CEILING)


@view
@external
def operationalCost() -> uint256:
    """
    @notice Juels of each answered request that pay for its running cost (4.1, 6.1.4).
    """
    return self._term(OPERATIONAL_COST)


@view
@external
def minimumPayment() -> uint256:
    """
    @notice Juels below which a request is refused (4.2).
    """
    return self._term(MINIMUM_PAYMENT)


@view
@external
def operationsWallet() -> address:
    """
    @notice Where operational cost is paid.
    """
    return ledger.operations_wallet


@view
@external
def policy() -> IPoolStorage.Policy:
    """
    @notice Who may stake, and how much, in juels.
    """
    word: uint256 = ledger.policy
    return IPoolStorage.Policy(
        enabled=(word >> ledger.ENABLED) & 1 != 0,
        isPrivate=(word >> ledger.PRIVATE) & 1 != 0,
        askNode=word >> ledger.ASK_NODE != 0,
        limit=word & ledger.M90,
        minimumStake=(word << 3) >> 169,
    )


@view
@external
def announcement(term: uint256) -> IPoolStorage.Announcement:
    """
    @notice What waits to be activated for a term; all 0 where nothing does.
    @param term 0 makers, 1 ceiling, 2 wallet, 3 cost, 4 payment
    @return value, and the unix seconds from which and until which it works
    """
    word: uint256 = self.announced[term]
    ready: uint256 = word >> 160
    lapse: uint256 = 0
    if ready != 0:
        lapse = unsafe_add(ready, LAPSE)
    return IPoolStorage.Announcement(value=(word << 96) >> 96, ready=ready, lapse=lapse)


@view
@external
def operator() -> address:
    """
    @notice The person or company behind the node; never the node's key.
    """
    return convert(ledger.staff >> ledger.OPERATOR, address)


@view
@external
def proposedOperator() -> address:
    """
    @notice Who may accept to become the operator.
    """
    return self.proposed_operator
