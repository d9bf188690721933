# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title destination_answers: would be a penalty destination, with any answer to getChainlinkToken()
"""

# What comes back, byte for byte; refuses to answer where it is empty and `silent` is not set.
answer: Bytes[96]
silent: bool


@external
def setAnswer(answer: Bytes[96], silent: bool):
    self.answer = answer
    self.silent = silent


@view
@external
@raw_return
def getChainlinkToken() -> Bytes[96]:
    assert len(self.answer) != 0 or self.silent, "destination: no answer"
    return self.answer


@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[96]):
    pass
