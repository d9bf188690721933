# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title pool_storage_picky_node: stands in Node's place and refuses whom a test names
@notice It is asked by staticcall, so it can only answer. Anybody may give orders: it is a test double.
"""

refused: HashMap[address, bool]
broken: bool
# Of the only question that it says yes to, where one is set.
question: bytes32


@external
def refuse(staker: address):
    """Says no to this staker from now on."""
    self.refused[staker] = True


@external
def expect(nodeAddress: address, staker: address, amount: uint256):
    """Says no to every other question from now on."""
    self.question = keccak256(abi_encode(nodeAddress, staker, amount))


@external
def breakDown():
    """Reverts when asked, from now on."""
    self.broken = True


@view
@external
def allowStake(nodeAddress: address, staker: address, amount: uint256) -> bool:
    assert not self.broken, "picky: broken"
    asked: bytes32 = keccak256(abi_encode(nodeAddress, staker, amount))
    if self.question != empty(bytes32) and self.question != asked:
        return False
    return not self.refused[staker]
