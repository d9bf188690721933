# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title penalty_box: a penalty contract that does what a test tells it to
@notice It keeps the LINK that PoolStorage contracts send it by transferAndCall and gives it back in
        any way that is asked of it: right, too little, too late, twice, under another
        reference, by plain transfer. Anybody may give orders: it is a test double. Amounts in juels.
"""

from interfaces import ILinkToken


# What it does when a penalty arrives.
flag Behaviour:
    ACCEPT
    REFUSE
    RETURN_AT_ONCE
    BURN_GAS


event PenaltyReceived:
    sender: indexed(address)
    reference: indexed(bytes32)
    amount: uint256


LINK: immutable(address)

behaviour: public(Behaviour)
# What getChainlinkToken() answers.
token: public(address)
# Juels received from each PoolStorage under each reference, given back or not.
received: public(HashMap[address, HashMap[bytes32, uint256]])


@deploy
def __init__(link: address):
    LINK = link
    self.token = link
    self.behaviour = Behaviour.ACCEPT


@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[32]):
    assert msg.sender == LINK, "box: only LINK"
    assert self.behaviour != Behaviour.REFUSE, "box: refused"
    reference: bytes32 = abi_decode(data, bytes32)
    self.received[sender][reference] += amount
    log PenaltyReceived(sender=sender, reference=reference, amount=amount)
    if self.behaviour == Behaviour.RETURN_AT_ONCE:
        self._send(sender, amount, abi_encode(reference))
    if self.behaviour == Behaviour.BURN_GAS:
        for i: uint256 in range(1_000_000_000):
            self.received[self][convert(i, bytes32)] = i + 1


# ---- Ways of giving back ----

@external
def giveBack(store: address, amount: uint256, reference: bytes32):
    """A return that leaves the record open unless everything is back."""
    self._send(store, amount, abi_encode(reference))


@external
def giveBackFinal(store: address, amount: uint256, reference: bytes32):
    """A return that closes the record: what is not back is slashed."""
    self._send(store, amount, abi_encode(reference, convert(1, uint256)))


@external
def giveBackRaw(store: address, amount: uint256, data: Bytes[96]):
    """A return with any data at all."""
    self._send(store, amount, data)


@external
def plainTransfer(to: address, amount: uint256):
    """LINK without a word: profit for a PoolStorage, a slash for anybody else."""
    assert extcall ILinkToken(LINK).transfer(to, amount)  # dev: token said no


# ---- Misbehaviour ----

@external
def misbehave(behaviour: uint256):
    """0 accept, 1 refuse what arrives, 2 return it within the same call, 3 burn all gas."""
    assert behaviour < 4, "box: unknown behaviour"
    self.behaviour = convert(1 << behaviour, Behaviour)


@external
def setToken(token: address):
    """Changes what getChainlinkToken() answers."""
    self.token = token


# ---- Views ----

@view
@external
def getChainlinkToken() -> address:
    return self.token


@internal
def _send(store: address, amount: uint256, data: Bytes[96]):
    assert extcall ILinkToken(LINK).transferAndCall(store, amount, data)  # dev: token said no
