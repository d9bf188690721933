# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title evil_token: speaks ERC-677 like LINK and is not LINK
"""


interface Receiver:
    def onTokenTransfer(sender: address, amount: uint256, data: Bytes[4096]): nonpayable


@external
def transferAndCall(to: address, amount: uint256, data: Bytes[4096]) -> bool:
    """Moves nothing and says that it did."""
    extcall Receiver(to).onTokenTransfer(msg.sender, amount, data)
    return True


@external
def ask(target: address, data: Bytes[4096]):
    """Calls a PoolStorage with whatever a payload would carry."""
    raw_call(target, data)
