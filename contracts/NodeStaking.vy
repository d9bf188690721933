# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title NodeStaking
@notice Entry point for stakers: passes LINK on to one node or to many. Every call passes on exactly
        what it took, so this contract keeps no LINK and no allowance. LINK sent to it by plain
        transfer stays here for ever and is nobody's. Amounts in juels (10**18 = 1 LINK).
        Whitepaper 6.1, Figure 5.
@custom:kill the timelock takes it out of the registry: stakes go straight to PoolStorage, withdrawals are untouched
"""

from interfaces import ILinkToken
from interfaces import INodeStaking
from interfaces import IPoolStorageFactory

implements: INodeStaking


WORD: constant(uint256) = 32
MOST_NODES: constant(uint256) = 32
# Two offsets and two lengths stand before and between the two lists.
FRAME: constant(uint256) = 4 * WORD
# What one node adds: its address and its amount.
PAIR: constant(uint256) = 2 * WORD
MOST_DATA: constant(uint256) = 2240

FACTORY: immutable(IPoolStorageFactory)
LINK: immutable(ILinkToken)


@deploy
def __init__(factory: address):
    """
    @param factory the PoolStorageFactory
    """
    FACTORY = IPoolStorageFactory(factory)
    LINK = ILinkToken(staticcall IPoolStorageFactory(factory).link())


@external
def stake(nodeAddress: address, amount: uint256):
    """
    @notice Stakes the caller's LINK, which the caller allowed this contract to move before.
    @param nodeAddress node to stake on
    @param amount juels
    @dev Reverts: "factory: unknown node", "staking: zero amount", "staking: exceeds balance",
         "staking: exceeds allowance", and the token without a reason where the node refuses.
    """
    assert amount != 0, "staking: zero amount"
    # The token itself would fail without a reason.
    balance: uint256 = staticcall LINK.balanceOf(msg.sender)
    assert balance >= amount, "staking: exceeds balance"
    allowed: uint256 = staticcall LINK.allowance(msg.sender, self)
    assert allowed >= amount, "staking: exceeds allowance"

    assert extcall LINK.transferFrom(msg.sender, self, amount), "staking: LINK said no"
    self._forward(msg.sender, nodeAddress, amount)


@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[MOST_DATA]):
    """
    @notice LINK only: stakes for the sender of a LINK.transferAndCall, in one transaction, on one
            node or on up to 32.
    @param sender who sent the LINK: the staker
    @param amount juels that arrived
    @param data abi.encode(nodeAddress), or abi.encode(address[], uint256[]) in the canonical
           form: as many amounts as nodes, 1 to 32, none of them zero, their sum the amount that
           arrived; a node may be named more than once
    @dev Reverts: "staking: only LINK", "staking: bad data", "staking: zero amount",
         "staking: sum is not the amount", "factory: unknown node".
    """
    assert msg.sender == LINK.address, "staking: only LINK"
    if len(data) == WORD:
        self._forward(sender, self._address(extract32(data, 0)), amount)
    else:
        self._forwardMany(sender, amount, data)


@view
@external
def factory() -> address:
    """
    @notice The PoolStorageFactory.
    @return its address
    """
    return FACTORY.address


# ---- Internal ----

@internal
def _forwardMany(staker: address, amount: uint256, data: Bytes[MOST_DATA]):
    """Reads the lists in place, the one canonical encoding only: decoding them would copy all."""
    size: uint256 = len(data)
    assert size > FRAME and (size - FRAME) % PAIR == 0, "staking: bad data"
    count: uint256 = (size - FRAME) // PAIR
    amounts: uint256 = FRAME + WORD * count
    assert count <= MOST_NODES, "staking: bad data"
    assert extract32(data, 0, output_type=uint256) == 2 * WORD, "staking: bad data"
    assert extract32(data, WORD, output_type=uint256) == amounts - WORD, "staking: bad data"
    assert extract32(data, 2 * WORD, output_type=uint256) == count, "staking: bad data"
    assert extract32(data, amounts - WORD, output_type=uint256) == count, "staking: bad data"

    left: uint256 = amount
    for i: uint256 in range(count, bound=MOST_NODES):
        part: uint256 = extract32(data, amounts + WORD * i, output_type=uint256)
        assert part != 0, "staking: zero amount"
        assert part <= left, "staking: sum is not the amount"
        left -= part
        self._forward(staker, self._address(extract32(data, 3 * WORD + WORD * i)), part)
    assert left == 0, "staking: sum is not the amount"


@internal
def _forward(staker: address, nodeAddress: address, amount: uint256):
    store: address = staticcall FACTORY.getStorageInstance(nodeAddress, skip_contract_check=True)
    data: Bytes[96] = abi_encode(staker, method_id=method_id("stakeFor(address)"))
    assert extcall LINK.transferAndCall(store, amount, data), "staking: LINK said no"


@pure
@internal
def _address(word: bytes32) -> address:
    number: uint256 = convert(word, uint256)
    assert number < 2**160, "staking: bad data"
    return convert(number, address)
