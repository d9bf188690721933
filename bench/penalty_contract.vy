# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title penalty_contract: the least that a penalty destination is, for measurements
"""

LINK: immutable(address)
received: public(HashMap[address, HashMap[bytes32, uint256]])


@deploy
def __init__(link: address):
    LINK = link


@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[32]):
    assert msg.sender == LINK, "penalty: only LINK"
    self.received[sender][abi_decode(data, bytes32)] += amount


@view
@external
def getChainlinkToken() -> address:
    return LINK
