# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title owners_income
@notice What comes in and goes out to the holders. Tokens are whitelisted and never removed; the
        token 0x0 is ETH and is whitelisted from the start. Each token has its own index and its own
        reserve: a hostile one can only harm payments of itself. Amounts are the token's smallest
        unit (juels, wei). Paper 6.1.4.
"""

from ethereum.ercs import IERC20
from interfaces import IPoolOwners
from modules import owners_ledger
from modules import owners_sale

uses: owners_ledger
uses: owners_sale

ETH: constant(address) = empty(address)
# for ETH paid at somebody else's call, which goes to accounts without code only
ETH_GAS: constant(uint256) = 50_000
MAX_PAGE: constant(uint256) = 100

minimumCap: public(reentrant(immutable(uint256)))  # what a distribution minimum may be at most


@deploy
def __init__(minimum_cap: uint256):
    assert minimum_cap <= owners_ledger.M71, "owners: bad minimum cap"
    minimumCap = minimum_cap


# ---- Owner ----

@external
def whitelistToken(token: address, minimum: uint256):
    """
    @notice Owner: adds a token that is distributed from now on, at most 8 besides ETH, for ever.
            Whatever of it is here already is income. Two addresses of one and the same balance
            must not both be added: the second would book what the first has reserved.
    @param token an ERC-20 contract, not this one
    @param minimum a distribution must be above it; at most `minimumCap`, which is meant for 18
           decimals
    """
    owners_sale._check_owner()
    assert token != self and token.is_contract, "owners: not a token"
    assert not owners_ledger._is_whitelisted(token), "owners: token is whitelisted"
    assert minimum <= minimumCap, "owners: minimum too high"
    known: bool = False
    answer: Bytes[32] = b""
    known, answer = raw_call(
        token,
        abi_encode(self, method_id=method_id("balanceOf(address)")),
        max_outsize=32,
        is_static_call=True,
        revert_on_failure=False,
    )
    assert known and len(answer) == 32, "owners: not a token"
    owners_ledger._list_token(token, minimum)
    log IPoolOwners.TokenWhitelisted(token=token, minimum=minimum)


@external
def setDistributionMinimum(token: address, minimum: uint256):
    """
    @notice Owner: changes what a distribution of the token must exceed.
    @param token whitelisted, or 0x0 for ETH
    @param minimum at most `minimumCap`, so that income cannot be held back for good
    """
    owners_sale._check_owner()
    assert owners_ledger._is_whitelisted(token), "owners: token not whitelisted"
    assert minimum <= minimumCap, "owners: minimum too high"
    old: uint256 = owners_ledger._set_minimum(token, minimum)
    log IPoolOwners.DistributionMinimumChanged(token=token, old=old, new=minimum)


# ---- Anyone ----

@external
def distributeTokens(token: address):
    """
    @notice Anyone: books what has arrived since the last distribution for all holders, at a cost
            that does not depend on their number. Shares stay transferable throughout. Paper 6.1.4.
    @param token whitelisted, or 0x0 for ETH; its income must be above the minimum
    """
    assert owners_ledger._is_whitelisted(token), "owners: token not whitelisted"
    booked: uint256 = owners_ledger._book(token, self._balance(token))
    log IPoolOwners.TokensDistributed(token=token, amount=booked)


@external
def claim(token: address) -> uint256:
    """
    @notice Holder: pays the caller all that he is owed, whoever he is; a contract gets ETH with all
            the gas left.
    @param token whitelisted, or 0x0 for ETH
    @return the amount paid, rounded down; the fraction stays his
    """
    amount: uint256 = owners_ledger._take(msg.sender, token)
    self._settle_payment(msg.sender, msg.sender, token, amount)
    return amount


@external
def claimFor(owner: address, token: address) -> uint256:
    """
    @notice Anyone: pays a holder all that he is owed. What this contract earned for unsold shares
            goes to `restReceiver`. ETH for an account with code is paid only when it calls for it
            itself.
    @param owner who is paid; this contract = `restReceiver`
    @param token whitelisted, or 0x0 for ETH
    @return the amount paid
    """
    to: address = self._payee(owner)
    assert self._may_push(to, token), "owners: contracts claim themselves"
    amount: uint256 = owners_ledger._take(owner, token)
    self._settle_payment(owner, to, token, amount)
    return amount


@external
def batchClaim(token: address, owners: DynArray[address, 200]) -> uint256:
    """
    @notice Anyone: `claimFor` for up to 200 holders. Who is owed nothing, cannot be paid by others
            or whose payment fails is skipped and keeps his claim.
    @param token whitelisted, or 0x0 for ETH
    @param owners who is paid, in any order
    @return the sum paid
    """
    total: uint256 = 0
    for owner: address in owners:
        to: address = self._payee(owner)
        if self._may_push(to, token):
            amount: uint256 = owners_ledger._take(owner, token)
            if amount != 0:
                if self._pay(token, to, amount, ETH_GAS):
                    total += amount
                    log IPoolOwners.Claimed(token=token, owner=owner, amount=amount)
                else:
                    owners_ledger._give_back(owner, token, amount)
    return total


# ---- Views ----

@external
@view
@reentrant
def claimable(owner: address, token: address) -> uint256:
    """
    @notice What a claim would pay now: distributed and not yet paid. `pendingIncome` comes on top
            at the next distribution.
    @param owner any account; this contract = what `restReceiver` may claim for unsold shares
    @param token any; 0 where not whitelisted
    @return rounded down
    """
    return owners_ledger._owed(owner, token)


@external
@view
@reentrant
def pendingIncome(token: address) -> uint256:
    """
    @notice What has arrived and is not distributed yet.
    @param token an ERC-20, or 0x0 for ETH
    @return balance less what is reserved for claims, never below 0
    """
    held: uint256 = self._balance(token)
    reserved: uint256 = owners_ledger._reserved(token)
    if held < reserved:
        return 0
    return held - reserved


@external
@view
@reentrant
def reservedFor(token: address) -> uint256:
    """
    @notice What is distributed and not yet paid out.
    @param token whitelisted, or 0x0 for ETH
    @return the sum of all claims, fractions included
    """
    return owners_ledger._reserved(token)


@external
@view
@reentrant
def totalDistributed(token: address) -> uint256:
    """
    @notice All that was ever distributed: the token's index.
    @param token whitelisted, or 0x0 for ETH
    @return the sum of `TokensDistributed`
    """
    return owners_ledger._index(token)


@external
@view
@reentrant
def remainderOf(owner: address, token: address) -> uint256:
    """
    @notice The fraction of the smallest unit that a holder is owed beyond `claimable`, carried to
            his next income.
    @param owner any account
    @param token whitelisted, or 0x0 for ETH
    @return in units of 1/valuation
    """
    return owners_ledger._fraction(owner, token)


@external
@view
@reentrant
def tokenWhitelist(token: address) -> bool:
    """
    @notice Whether a token is distributed.
    @param token an address; 0x0 for ETH
    @return True for ETH and whitelisted tokens
    """
    return owners_ledger._is_whitelisted(token)


@external
@view
@reentrant
def distributionMinimum(token: address) -> uint256:
    """
    @notice What a distribution must exceed.
    @param token whitelisted, or 0x0 for ETH
    @return in the token's smallest unit
    """
    return owners_ledger._minimum(token)


@external
@view
@reentrant
def getTokens() -> DynArray[address, 8]:
    """
    @notice The whitelisted tokens besides ETH, in the order they were added.
    @return at most 8 addresses
    """
    found: DynArray[address, 8] = []
    count: uint256 = owners_ledger._token_count()
    for i: uint256 in range(count, bound=8):
        found.append(owners_ledger.token_at[i])
    return found


@external
@view
@reentrant
def getOwnerTokens(owner: address) -> uint256:
    """
    @notice The published name of `balanceOf`.
    @param owner any account
    @return shares, in wei of the valuation
    """
    return owners_ledger._held(owner)


@external
@view
@reentrant
def getCurrentOwners() -> uint256:
    """
    @notice How many accounts hold a share; the sale account is none of them.
    @return a number
    """
    return owners_ledger._holders_now()


@external
@view
@reentrant
def ownersEver() -> uint256:
    """
    @notice How many accounts ever held a share: the length of the list that `getOwners` pages
            through.
    @return a number
    """
    return owners_ledger._holders_ever()


@external
@view
@reentrant
def getOwners(offset: uint256, limit: uint256) -> (DynArray[address, 100], DynArray[uint256, 100]):
    """
    @notice A page of everyone who ever held a share, in order of arrival, with the shares they hold
            now (0 for who left).
    @param offset first entry
    @param limit entries wanted; at most 100 are returned
    @return accounts, and their shares in wei of the valuation
    """
    accounts: DynArray[address, MAX_PAGE] = []
    shares: DynArray[uint256, MAX_PAGE] = []
    ever: uint256 = owners_ledger._holders_ever()
    if offset < ever:
        for i: uint256 in range(min(min(limit, MAX_PAGE), ever - offset), bound=MAX_PAGE):
            account: address = owners_ledger.holder_at[offset + i]
            accounts.append(account)
            shares.append(owners_ledger._held(account))
    return accounts, shares


# ---- Internals ----

@internal
def _settle_payment(owner: address, to: address, token: address, amount: uint256):
    """
    @dev A failed payment reverts, which restores the claim.
    """
    assert amount != 0, "owners: nothing to claim"
    log IPoolOwners.Claimed(token=token, owner=owner, amount=amount)
    gas_for_ether: uint256 = ETH_GAS
    if msg.sender == to:
        gas_for_ether = msg.gas
    assert self._pay(token, to, amount, gas_for_ether), "owners: payment failed"


@internal
def _pay(token: address, to: address, amount: uint256, gas_for_ether: uint256) -> bool:
    """
    @dev Whether it was paid. A token answers True, or nothing if it is of the kind that never
         answers.
    """
    if token == ETH:
        return raw_call(
            to, b"", value=amount, gas=gas_for_ether, max_outsize=0, revert_on_failure=False
        )
    paid: bool = False
    answer: Bytes[32] = b""
    paid, answer = raw_call(
        token,
        abi_encode(to, amount, method_id=method_id("transfer(address,uint256)")),
        max_outsize=32,
        revert_on_failure=False,
    )
    if not paid:
        return False
    if len(answer) == 0:
        return token.is_contract
    return len(answer) == 32 and convert(answer, uint256) == 1


@internal
@view
def _payee(owner: address) -> address:
    if owner == self:
        return owners_sale.restReceiver
    return owner


@internal
@view
def _may_push(to: address, token: address) -> bool:
    """
    @dev An account's code can refuse or delay ETH: it gets ETH only in a call of its own.
    """
    return token != ETH or msg.sender == to or not to.is_contract


@internal
@view
def _balance(token: address) -> uint256:
    if token == ETH:
        return self.balance
    return staticcall IERC20(token).balanceOf(self)
