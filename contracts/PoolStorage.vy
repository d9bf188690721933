# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title PoolStorage
@notice One per node: its address in the ChainLink network, custody of the stake, its ledger, and data for
        logic (whitepaper 6.1, 6.1.2, 6.1.3). Immutable; each node is a clone that the factory makes and
        initialises at once. Amounts in juels (10**18 = 1 LINK), ratios in ppm.
@custom:invariant-p1 LINK leaves by six doors, and nobody but its owner chooses the recipient
@custom:invariant-p2 a staker can always take out what is not at risk in an open penalty
@custom:invariant-p3 LINK here + LINK at risk >= stakers + owners' due + operations' due + escrow + claims
@custom:invariant-p4 a new power waits for the delay and lapses; a reduction is immediate
@custom:invariant-p5 a penalty goes only to an active destination whose code is unchanged
@custom:invariant-p6 D = S / T * O: never above the exact share, at most 1 juel below
@custom:invariant-p7 no loop over people in anything that changes state
@custom:invariant-p8 income belongs to those staked when it came; a credit cannot leave in its block
@custom:invariant-p9 a loss falls on the owners' pledge, then on stakers and leavers in proportion
@custom:invariant-p10 an outcome depends on the total returned, never on when
@custom:invariant-p11 an unmodified Chainlink consumer, node and tool works against this address
@custom:invariant-p12 a call back goes to the sender of the LINK, and can harm nobody
@custom:invariant-p15 weights of open and lately lost penalties never exceed the loss cap
@custom:invariant-p16 money parameters are native, LINK, factory and PoolOwners immutable
@custom:invariant-p17 every way out is immutable code and outlives all keys
"""

from interfaces import IPoolStorage
from modules import claims
from modules import custody
from modules import keyvalue
from modules import ledger
from modules import oracle
from modules import penalties
from modules import returns
from modules import shares
from modules import terms

implements: IPoolStorage

initializes: ledger
initializes: shares[ledger := ledger]
initializes: penalties[ledger := ledger, shares := shares]
initializes: returns[ledger := ledger, shares := shares, penalties := penalties]
initializes: claims[ledger := ledger, penalties := penalties]
initializes: custody[ledger := ledger, shares := shares, claims := claims]
initializes: terms[ledger := ledger]
initializes: keyvalue[ledger := ledger]
initializes: oracle[ledger := ledger]

exports: (
    ledger.__interface__,
    shares.__interface__,
    penalties.__interface__,
    returns.__interface__,
    claims.__interface__,
    custody.__interface__,
    terms.__interface__,
    keyvalue.__interface__,
    oracle.__interface__,
)

# The selector of stakeFor(address), as a number.
STAKE_FOR: constant(uint256) = 1_274_450_438


@deploy
def __init__(factory: address, loss_cap: uint256, penalty_life: uint256):
    """
    @param factory Makes the clones; knows LINK, PoolOwners and the timelock
    @param loss_cap Ppm of a node's stake that penalties may take within one delay (P15)
    @param penalty_life Seconds until a penalty is overdue; shorter than the delay (P4)
    """
    ledger.__init__(factory)
    penalties.__init__(loss_cap, penalty_life)
    oracle.__init__()
    # The implementation itself is nobody's storage.
    ledger.dues = ledger.BIAS
    ledger.book = 1 << ledger.USED


@external
def initialise(terms_: IPoolStorage.NodeTerms):
    """
    @notice Writes what a node starts with. For the factory, in the transaction that makes the clone.
    @param terms_ all zero for the two instances of the pool itself
    """
    ledger._only_factory()
    if ledger.book != 0:
        ledger._refuse("storage: already initialised")
    terms._initialise(terms_)


@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[65536]):
    """
    @notice LINK that arrived with transferAndCall: from a contract once sent a penalty, its return; with
            empty data, a stake of the sender; a Chainlink request; stakeFor(address), a stake for that
            address; anything else is refused. LINK by plain transfer is profit.
    @param sender Whose LINK it was, as LINK says
    @param amount Juels
    @param data abi.encode(reference) or abi.encode(reference, 1); empty; a request; a stake for somebody
    @dev Reverts: "storage: only LINK", "storage: unknown payload", and what staking, returning
         and requesting say.
    """
    if msg.sender != ledger.LINK.address:
        ledger._refuse("storage: only LINK")
    # No local and no returned value here: it would lie behind the room of `data`, and touching it
    # would pay for all of that.
    if len(data) == 0:
        custody._stake(sender, sender, amount)
        return
    if len(data) > 64:
        if not ledger.is_target[sender]:
            oracle._admit(extract32(data, 0, output_type=uint256) >> 224, len(data), sender, amount)
            # Parsed in a memory frame of its own, so that its buffers cost a stake nothing.
            raw_call(oracle.IMPLEMENTATION, data, is_delegate_call=True)
            oracle.requester = empty(address)
            return
    elif len(data) & 31 == 0:
        returns._returned(sender, amount, convert(data, Bytes[64]))
        return
    elif ledger.is_target[sender]:
        ledger._refuse("storage: not a return")
    elif len(data) == 36 and extract32(data, 0, output_type=uint256) >> 224 == STAKE_FOR:
        custody._stake(sender, extract32(data, 4, output_type=address), amount)
        return
    ledger._refuse("storage: unknown payload")
