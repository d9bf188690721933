# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title owners_sale
@notice The share sale. All shares start in the sale account (PoolOwners itself). Contributors may
        get hardCap of them, one share per wei; the rest, and no more, may go to the creators by
        `setOwnerShare`: neither can eat the other's part. What is left when the sale finishes goes
        to an address fixed at construction.
"""

from interfaces import IPoolOwners
from modules import owners_ledger
from snekmate.auth import ownable

uses: ownable
uses: owners_ledger

PERCENTAGE: constant(uint256) = 100_000  # getOwnerPercentage: 100 % in units of 0.001 %

wallet: public(reentrant(immutable(address)))  # gets the ETH of contributions
restReceiver: public(reentrant(immutable(address)))  # gets the unsold shares, and what they earn
hardCap: public(reentrant(immutable(uint256)))  # wei that contributions may reach together
# timestamp: no ETH contribution from here on, and anyone may finish the sale
saleEnd: public(reentrant(immutable(uint256)))

# wei, those entered by addContribution included
totalContributed: public(reentrant(uint256))
contributionStarted: public(reentrant(bool))
locked: public(reentrant(bool))  # the sale is finished, for good
whitelist: public(reentrant(HashMap[address, bool]))


@deploy
def __init__(wallet_: address, rest_receiver: address, hard_cap: uint256, sale_end: uint256):
    assert wallet_ != empty(address) and wallet_ != self, "owners: bad wallet"
    assert rest_receiver != empty(address) and rest_receiver != self, "owners: bad rest receiver"
    assert hard_cap != 0 and hard_cap <= owners_ledger.WHOLE, "owners: bad hard cap"
    assert sale_end > block.timestamp, "owners: bad sale end"
    wallet = wallet_
    restReceiver = rest_receiver
    hardCap = hard_cap
    saleEnd = sale_end


# ---- Owner ----

@external
def whitelistWallet(account: address):
    """
    @notice Owner: lets a wallet contribute ETH. Paper 6.2.2.
    @param account not 0x0
    """
    self._check_owner()
    assert not self.locked, "owners: sale is finished"
    assert account != empty(address), "owners: bad wallet"
    self.whitelist[account] = True
    log IPoolOwners.WalletWhitelisted(wallet=account)


@external
def startContribution():
    """
    @notice Owner: opens the sale: from now on plain ETH from a whitelisted wallet is a
            contribution.
    """
    self._check_owner()
    assert not self.locked, "owners: sale is finished"
    assert not self.contributionStarted, "owners: sale has started"
    assert block.timestamp < saleEnd, "owners: sale has ended"
    self.contributionStarted = True
    log IPoolOwners.ContributionStarted()


@external
def addContribution(contributor: address, amount: uint256):
    """
    @notice Owner: enters a contribution made outside the contract, also before the start and after
            the end, until the sale is finished. Counts towards the hard cap; the wallet need not be
            whitelisted.
    @param contributor who gets the shares
    @param amount wei contributed = shares
    """
    self._check_owner()
    self._contribute(contributor, amount)


@external
def setOwnerShare(creator: address, amount: uint256):
    """
    @notice Owner: gives a creator shares out of the sale account, on top of what he has. All of
            these together never exceed the valuation less the hard cap: the contributors' part
            stays theirs.
    @param creator who gets the shares
    @param amount shares, not 0
    """
    self._check_owner()
    assert not self.locked, "owners: shares are locked"
    assert amount != 0, "owners: zero amount"
    unsold: uint256 = unsafe_sub(hardCap, self.totalContributed)
    assert amount <= unsafe_sub(owners_ledger._held(self), unsold), "owners: exceeds creators' part"
    owners_ledger._move(self, creator, amount)
    log IPoolOwners.OwnerShareSet(owner=creator, amount=amount)


@external
def finishContribution():
    """
    @notice Owner at any time, anyone from `saleEnd` on: ends the sale for good. What the sale
            account still holds goes to `restReceiver`; what it has earned is claimed for it by
            `claimFor(this contract, token)`.
    """
    if block.timestamp < saleEnd:
        self._check_owner()
    assert not self.locked, "owners: sale is finished"
    self.locked = True
    rest: uint256 = owners_ledger._held(self)
    owners_ledger._move(self, restReceiver, rest)
    log IPoolOwners.ContributionFinished(caller=msg.sender, rest=rest)


# ---- Views ----

@external
@view
@reentrant
def getOwnerPercentage(owner: address) -> uint256:
    """
    @notice Part of the whole that an account holds, rounded down, for display; payments use the
            shares themselves.
    @param owner any account
    @return in units of 0.001 %: 100_000 = 100 %
    """
    return self._percentage(owner)


@external
@view
@reentrant
def valuation() -> uint256:
    """
    @notice What all shares together are worth in the sale.
    @return wei = number of shares
    """
    return owners_ledger.WHOLE


# ---- Internals ----

@internal
@view
def _check_owner():
    assert msg.sender == ownable.owner, "owners: not the owner"


@internal
@payable
def _receive_ether():
    """
    @dev Plain ETH: refused before the sale, a contribution while it is open, income of the holders
         after it.
    """
    if self.locked:
        return
    assert self.contributionStarted, "owners: sale has not started"
    assert block.timestamp < saleEnd, "owners: sale has ended"
    assert self.whitelist[msg.sender], "owners: not whitelisted"
    self._contribute(msg.sender, msg.value)
    accepted: bool = raw_call(
        wallet, b"", value=msg.value, max_outsize=0, revert_on_failure=False
    )
    assert accepted, "owners: wallet refused"


@internal
def _contribute(contributor: address, amount: uint256):
    assert not self.locked, "owners: sale is finished"
    assert amount != 0, "owners: zero amount"
    contributed: uint256 = self.totalContributed
    assert amount <= unsafe_sub(hardCap, contributed), "owners: exceeds hard cap"
    self.totalContributed = unsafe_add(contributed, amount)
    owners_ledger._move(self, contributor, amount)
    share: uint256 = self._percentage(contributor)
    log IPoolOwners.Contribution(sender=contributor, share=share, amount=amount)


@internal
@view
def _percentage(owner: address) -> uint256:
    return owners_ledger._held(owner) * PERCENTAGE // owners_ledger.WHOLE
