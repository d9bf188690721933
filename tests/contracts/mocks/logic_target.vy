# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title logic_target: something for a timelock to call, or a kind of contract unknown today
"""

from interfaces import ITimelock

# Who called poke() last, how often it was called, with what.
caller: public(address)
pokes: public(uint256)
number: public(uint256)


@external
def poke(number: uint256):
    self.caller = msg.sender
    self.pokes += 1
    self.number = number


@external
def fail():
    raise "target: refused"


@external
def again(salt: bytes32):
    """Executes, from inside an execution, the very operation that is being executed."""
    self.pokes += 1
    data: Bytes[36] = abi_encode(salt, method_id=method_id("again(bytes32)"))
    extcall ITimelock(msg.sender).execute(self, data, salt)


@external
def act(target: address, data: Bytes[4096]):
    """Calls anything: a hostile logic contract."""
    raw_call(target, data)
