# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title owners_token
@notice Shares as an ERC-20 and ERC-677 token, under its standard names and the published ones, and
        locking them in favour of a contract. Amounts are shares: 10**18 = 1 unit (1 ETH) of the
        valuation; any amount will do.
"""

from ethereum.ercs import IERC20
from interfaces import IPoolOwners
from interfaces import IPoolOwnersReceiver
from modules import owners_ledger

uses: owners_ledger

# ERC-677's Transfer(address,address,uint256,bytes): the compiler knows no overloaded events
TRANSFER_WITH_DATA: constant(bytes32) = keccak256("Transfer(address,address,uint256,bytes)")
NOTICE_GAS: constant(uint256) = 100_000  # what onOwnershipStakeRemoval always gets
NOTICE_NEEDS: constant(uint256) = 106_000  # of which 63/64 are more than NOTICE_GAS

name: public(reentrant(constant(String[15]))) = "LinkPool Owners"
symbol: public(reentrant(constant(String[2]))) = "LP"
decimals: public(reentrant(constant(uint8))) = 18

# What `spender` may move for `owner`; approve, increaseAllowance and decreaseAllowance share it.
allowance: public(reentrant(HashMap[address, HashMap[address, uint256]]))
# What `owner` has locked in favour of `receiver`.
stakes: public(reentrant(HashMap[address, HashMap[address, uint256]]))


# ---- Holders: shares ----

@external
def transfer(to: address, amount: uint256) -> bool:
    """
    @notice Moves shares. Income up to now stays with the sender, income from now on is the
            receiver's.
    @param to who gets them; not 0x0, not this contract
    @param amount shares, at most the caller's balance less what he staked; 0 is allowed and changes
            nothing
    @return True, or it reverts
    """
    owners_ledger._move(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    """
    @notice Moves another holder's shares within the allowance that he gave the caller.
    @param owner whose shares
    @param to who gets them
    @param amount shares; an allowance of 2**256-1 is not used up
    @return True, or it reverts
    """
    self._move_for(owner, to, amount)
    return True


@external
def transferAndCall(to: address, amount: uint256, data: Bytes[4096]) -> bool:
    """
    @notice ERC-677: moves shares, then calls `onTokenTransfer(sender, amount, data)` if `to` has
            code. A revert there undoes the transfer.
    @param to who gets them
    @param amount shares
    @param data passed on, at most 4096 bytes
    @return True, or it reverts
    """
    owners_ledger._move(msg.sender, to, amount)
    sender_topic: bytes32 = convert(msg.sender, bytes32)
    to_topic: bytes32 = convert(to, bytes32)
    log_data: Bytes[4192] = abi_encode(amount, data)
    raw_log([TRANSFER_WITH_DATA, sender_topic, to_topic], log_data)
    if to.is_contract:
        extcall IPoolOwnersReceiver(to).onTokenTransfer(msg.sender, amount, data)
    return True


@external
def sendOwnership(receiver: address, amount: uint256):
    """
    @notice The published name of `transfer`; refuses an amount of 0. Paper 6.2.2.
    @param receiver who gets the shares
    @param amount shares, in wei of the valuation
    """
    assert amount != 0, "owners: zero amount"
    owners_ledger._move(msg.sender, receiver, amount)


@external
def sendOwnershipAndCall(receiver: address, amount: uint256, data: Bytes[4096]):
    """
    @notice Moves shares, then calls `onOwnershipTransfer(sender, amount, data)` if `receiver` has
            code. A revert there undoes the transfer.
    @param receiver who gets the shares
    @param amount shares, not 0
    @param data passed on, at most 4096 bytes
    """
    assert amount != 0, "owners: zero amount"
    owners_ledger._move(msg.sender, receiver, amount)
    if receiver.is_contract:
        extcall IPoolOwnersReceiver(receiver).onOwnershipTransfer(msg.sender, amount, data)


@external
def sendOwnershipFrom(owner: address, receiver: address, amount: uint256):
    """
    @notice The published name of `transferFrom`; refuses an amount of 0.
    @param owner whose shares
    @param receiver who gets them
    @param amount shares within the allowance
    """
    assert amount != 0, "owners: zero amount"
    self._move_for(owner, receiver, amount)


# ---- Holders: allowance ----

@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @notice Sets what `spender` may move for the caller, whatever it was.
    @param spender not 0x0
    @param amount shares; 2**256-1 = without limit
    @return True, or it reverts
    """
    self._approve(msg.sender, spender, amount)
    return True


@external
def increaseAllowance(spender: address, amount: uint256) -> bool:
    """
    @notice Adds to what `spender` may move for the caller. It may exceed the caller's balance.
    @param spender not 0x0
    @param amount shares to add
    @return True, or it reverts
    """
    allowed: uint256 = self.allowance[msg.sender][spender]
    assert amount <= max_value(uint256) - allowed, "owners: allowance too high"
    self._approve(msg.sender, spender, allowed + amount)
    return True


@external
def decreaseAllowance(spender: address, amount: uint256) -> bool:
    """
    @notice Takes from what `spender` may move for the caller.
    @param spender not 0x0
    @param amount shares to take, at most the allowance
    @return True, or it reverts
    """
    allowed: uint256 = self.allowance[msg.sender][spender]
    assert amount <= allowed, "owners: exceeds allowance"
    self._approve(msg.sender, spender, allowed - amount)
    return True


# ---- Holders: staking ownership ----

@external
def stakeOwnership(receiver: address, amount: uint256, data: Bytes[4096]):
    """
    @notice Locks some of the caller's shares in favour of `receiver`: they stay in his balance and
            go on earning, but do not move until he removes the stake. Calls
            `onOwnershipStake(owner, amount, data)` if `receiver` has code; a revert there undoes
            the stake.
    @param receiver not 0x0; need not be a contract
    @param amount shares, not 0, at most what is not staked yet
    @param data passed on, at most 4096 bytes
    """
    assert amount != 0, "owners: zero amount"
    assert receiver != empty(address), "owners: bad receiver"
    owners_ledger._stake(msg.sender, amount)
    self.stakes[msg.sender][receiver] += amount
    log IPoolOwners.OwnershipStakeAdded(owner=msg.sender, receiver=receiver, amount=amount)
    if receiver.is_contract:
        extcall IPoolOwnersReceiver(receiver).onOwnershipStake(msg.sender, amount, data)


@external
def removeOwnershipStake(receiver: address, amount: uint256, data: Bytes[4096]):
    """
    @notice Unlocks shares that the caller staked. `onOwnershipStakeRemoval(owner, amount, data)` is
            called with 100,000 gas if `receiver` has code; whatever it answers, reverts or burns,
            the shares are free. The caller must leave enough gas for it, so that a receiver cannot
            be kept in the dark.
    @param receiver in whose favour they were staked
    @param amount shares, not 0, at most `stakes(caller, receiver)`
    @param data passed on, at most 4096 bytes
    """
    assert amount != 0, "owners: zero amount"
    staked: uint256 = self.stakes[msg.sender][receiver]
    assert amount <= staked, "owners: exceeds stake"
    self.stakes[msg.sender][receiver] = unsafe_sub(staked, amount)
    owners_ledger._unstake(msg.sender, amount)
    log IPoolOwners.OwnershipStakeRemoved(owner=msg.sender, receiver=receiver, amount=amount)
    if receiver.is_contract:
        notice: Bytes[4260] = abi_encode(
            msg.sender,
            amount,
            data,
            method_id=method_id("onOwnershipStakeRemoval(address,uint256,bytes)"),
        )
        assert msg.gas >= NOTICE_NEEDS, "owners: too little gas"
        ignored: bool = raw_call(
            receiver, notice, gas=NOTICE_GAS, max_outsize=0, revert_on_failure=False
        )


# ---- Views ----

@external
@view
@reentrant
def balanceOf(owner: address) -> uint256:
    """
    @notice Shares of an account, staked ones included; of this contract: what is not sold.
    @param owner any account
    @return shares, in wei of the valuation
    """
    return owners_ledger._held(owner)


@external
@view
@reentrant
def totalSupply() -> uint256:
    """
    @notice All shares: the valuation. It never changes.
    @return shares
    """
    return owners_ledger.WHOLE


@external
@view
@reentrant
def stakeTotals(owner: address) -> uint256:
    """
    @notice Shares of an account that are staked, in favour of anybody.
    @param owner any account
    @return shares
    """
    return owners_ledger._staked(owner)


# ---- Internals ----

@internal
def _move_for(owner: address, to: address, amount: uint256):
    allowed: uint256 = self.allowance[owner][msg.sender]
    assert amount <= allowed, "owners: exceeds allowance"
    if allowed != max_value(uint256):
        self._approve(owner, msg.sender, unsafe_sub(allowed, amount))
    owners_ledger._move(owner, to, amount)


@internal
def _approve(owner: address, spender: address, amount: uint256):
    assert spender != empty(address), "owners: bad spender"
    self.allowance[owner][spender] = amount
    log IERC20.Approval(owner=owner, spender=spender, value=amount)
