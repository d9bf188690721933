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
    @dev Reverts: "staking: zero amount", "staking: exceeds balance", "staking: exceeds allowance",
         "factory: unknown node", and what PoolStorage says ("storage: ..."), where the token
         passes reasons on: mainnet's, compiled before Solidity 0.4.22, does not.
    """
    assert amount != 0, "staking: zero amount"
    # The token itself would fail without a reason.
    balance: uint256 = staticcall LINK.balanceOf(msg.sender)
    assert balance >= amount, "staking: exceeds balance"
    allowed: uint256 = staticcall LINK.allowance(msg.sender, self)
    assert allowed >= amount, "staking: exceeds allowance"

    assert extcall LINK.transferFrom(msg.sender, self, amount), "staking: LINK said no"
    self._forward(msg.sender, convert(nodeAddress, uint256), amount)


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
         "staking: sum is not the amount", "factory: unknown node", and what PoolStorage says;
         who called the token is told none of it by mainnet's, see stake().
    """
    assert msg.sender == LINK.address, "staking: only LINK"
    # No local variable up to here: it would lie behind the room kept for `data`, and cost.
    if len(data) == WORD:
        self._forward(sender, extract32(data, 0, output_type=uint256), amount)
        return

    # The lists are read in place, in their one canonical encoding: decoding would copy them.
    assert len(data) > FRAME, "staking: bad data"
    count: uint256 = self._count(
        len(data),
        extract32(data, 0, output_type=uint256),
        extract32(data, WORD, output_type=uint256),
        extract32(data, 2 * WORD, output_type=uint256),
    )
    amounts: uint256 = FRAME + WORD * count
    assert extract32(data, amounts - WORD, output_type=uint256) == count, "staking: bad data"
    left: uint256 = amount
    for i: uint256 in range(count, bound=MOST_NODES):
        part: uint256 = extract32(data, amounts + WORD * i, output_type=uint256)
        assert part != 0, "staking: zero amount"
        assert part <= left, "staking: sum is not the amount"
        left -= part
        self._forward(sender, extract32(data, (3 + i) * WORD, output_type=uint256), part)
    assert left == 0, "staking: sum is not the amount"


@view
@external
def factory() -> address:
    """
    @notice The PoolStorageFactory.
    @return its address
    """
    return FACTORY.address


# ---- Internal ----

@pure
@internal
def _count(size: uint256, first: uint256, second: uint256, length: uint256) -> uint256:
    """
    @notice How many nodes the first three words of abi.encode(address[], uint256[]) speak of:
            where the lists start, and the length of the first.
    """
    assert (size - FRAME) % PAIR == 0, "staking: bad data"
    count: uint256 = (size - FRAME) // PAIR
    canonical: bool = first == 2 * WORD and second == (3 + count) * WORD and length == count
    assert canonical and count <= MOST_NODES, "staking: bad data"
    return count


@internal
def _forward(staker: address, nodeWord: uint256, amount: uint256):
    assert nodeWord < 2**160, "staking: bad data"
    node: address = convert(nodeWord, address)
    store: address = staticcall FACTORY.getStorageInstance(node, skip_contract_check=True)
    data: Bytes[96] = abi_encode(staker, method_id=method_id("stakeFor(address)"))
    assert extcall LINK.transferAndCall(store, amount, data), "staking: LINK said no"
