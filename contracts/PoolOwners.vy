# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
# pragma nonreentrancy on
"""
@title PoolOwners
@notice Who owns LinkPool: a share sale, shares as an ERC-20 and ERC-677 token, and the income of
        the pool (the makers' fees in LINK, anything else whitelisted, ETH) paid to the holders in
        proportion. Deployed on its own, before the rest of the suite. Whitepaper 6.1.4 and 6.2.2.
        Shares: 10**18 = 1 ETH of the valuation; income: juels, wei.
@dev One lock covers every function that changes state; views stay readable inside a callback, and
     all state is written before any call that could make one. Modules: owners_ledger (shares and
     indices; calls nobody), owners_token (moving, allowance, staking), owners_sale, owners_income.
@custom:invariant-p7 No loop over people: a distribution raises one index, and its cost and that of
        a claim are the same for two holders and for a thousand. The loops that exist run over at
        most 8 tokens and ETH, over the caller's own list of at most 200 payees, and over a page of
        a view.
@custom:invariant-p14 A standard ERC-20 and ERC-677 whose holders are paid by an index: any amount
        that its holder has not himself staked moves at any time, a distribution blocks nothing, a
        stake is removed whatever its receiver does, and no holder or whitelisted token can delay or
        break anybody else's payment or transfer.
@custom:invariant-p17 Claims, transfers, distributions, removing stakes and finishing an ended sale
        need no key: all of them work, open to anyone where they pay somebody else, after the
        owner's role is renounced.
@custom:kill none: nothing stops a claim, a transfer or a distribution
"""

from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from interfaces import IPoolOwners
from modules import owners_income
from modules import owners_ledger
from modules import owners_sale
from modules import owners_token
from snekmate.auth import ownable
from snekmate.auth import ownable_2step

implements: IERC20
implements: IERC20Detailed
implements: IPoolOwners

initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: owners_ledger
initializes: owners_token[owners_ledger := owners_ledger]
initializes: owners_sale[ownable := ownable, owners_ledger := owners_ledger]
initializes: owners_income[owners_ledger := owners_ledger, owners_sale := owners_sale]

exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
    ownable_2step.renounce_ownership,
)
exports: owners_token.__interface__
exports: owners_sale.__interface__
exports: owners_income.__interface__


@deploy
def __init__(
    wallet: address,
    restReceiver: address,
    valuation: uint256,
    hardCap: uint256,
    saleEnd: uint256,
    minimumCap: uint256,
):
    """
    @notice Makes all shares and puts them into the sale account; the deployer is the owner.
    @param wallet gets the ETH of contributions
    @param restReceiver gets the shares unsold at the end, and what they earned meanwhile
    @param valuation number of all shares, wei; below 2**72 (4,722 ETH)
    @param hardCap part of them for contributors, wei; the rest is the creators'
    @param saleEnd timestamp, in the future: the end of ETH contributions, and when anyone may
            finish the sale
    @param minimumCap what a distribution minimum may be at most, below 2**71
    """
    ownable.__init__()
    ownable_2step.__init__()
    owners_ledger.__init__(valuation)
    owners_sale.__init__(wallet, restReceiver, hardCap, saleEnd)
    owners_income.__init__(minimumCap)


@external
@payable
def __default__():
    """
    @notice Plain ETH: refused before the sale, a contribution of a whitelisted wallet while it is
            open, income after it.
    """
    assert len(msg.data) == 0, "owners: unknown function"
    owners_sale._receive_ether()
