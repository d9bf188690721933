# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title consumer_puppet: takes any answer, and does in the callback what a test planned
@notice Every selector that is not its own is an answer. Anybody may give orders: it is a test double.
"""


# What it does when it is answered.
flag Mood:
    ACCEPT
    REFUSE
    BURN_GAS
    BOMB


mood: public(Mood)
# Answers taken, and the last one: who called, how long the call data was, its first 36 bytes, the word after.
answers: public(uint256)
caller: public(address)
size: public(uint256)
head: public(Bytes[36])
word: public(bytes32)
# A call made from inside the callback, and how it went.
target: address
data: Bytes[5120]
planned: public(bool)
succeeded: public(bool)
said: public(Bytes[128])


@external
def misbehave(mood: uint256):
    """0 accept, 1 refuse the answer, 2 burn all gas, 3 refuse with 128 KiB of return data."""
    assert mood < 4, "puppet: unknown mood"
    self.mood = convert(1 << mood, Mood)


@external
def plan(target: address, data: Bytes[5120]):
    """A call to be made from inside the next callback."""
    self.target = target
    self.data = data
    self.planned = True


@external
def __default__():
    self.answers += 1
    self.caller = msg.sender
    self.size = len(msg.data)
    self.head = slice(msg.data, 0, 36)
    if len(msg.data) >= 68:
        self.word = convert(slice(msg.data, 36, 32), bytes32)
    if self.planned:
        self.planned = False
        self.succeeded, self.said = raw_call(
            self.target, self.data, max_outsize=128, revert_on_failure=False
        )
    if self.mood == Mood.REFUSE:
        raise "puppet: refused"
    if self.mood == Mood.BURN_GAS:
        raise UNREACHABLE
    if self.mood == Mood.BOMB:
        raw_revert(abi_encode(empty(uint256[4096])))
