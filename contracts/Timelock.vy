# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title Timelock
@notice Holds the owner of the suite and makes its larger powers wait: a call is announced by the
        owner, can be made by anyone once the delay is over, and lapses 14 days later. The delay
        cannot be changed by anybody. Holds no LINK and takes no ether. Whitepaper 6.1.2, 6.4.2.
@custom:invariant-p4 a call is made only `delay` after its announcement, at most 14 days later, once, with the announced bytes, and while there is an owner
@custom:kill none: cancel() by the owner stops one operation, renouncing stops all of them
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from interfaces import ITimelock

implements: ITimelock

initializes: ownable
initializes: ownable_2step[ownable := ownable]

exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
    ownable_2step.renounce_ownership,
)


# Seconds in which a ready operation can be executed.
GRACE: constant(uint256) = 14 * 86400
LONGEST_DELAY: constant(uint256) = 365 * 86400

DELAY: immutable(uint256)

# Unix second from which an announced operation can be executed; 0: not announced.
readyAt: HashMap[bytes32, uint256]


@deploy
def __init__(owner: address, delay: uint256):
    """
    @param owner first owner of the suite
    @param delay seconds from announcement to readiness, 1 second to 365 days
    """
    assert owner != empty(address), "timelock: owner is zero"
    assert delay != 0 and delay <= LONGEST_DELAY, "timelock: delay out of range"
    ownable.__init__()
    ownable_2step.__init__()
    ownable_2step._transfer_ownership(owner)
    DELAY = delay


# ---- Owner ----

@external
def announce(target: address, data: Bytes[2048], salt: bytes32) -> bytes32:
    """
    @notice Owner only: announces a call without ether. A lapsed operation may be announced again.
    @param target contract to be called, with code
    @param data selector and arguments of the call, at most 2048 bytes
    @param salt any word: tells two operations of the same content apart
    @return id of the operation: keccak256(abi.encode(target, data, salt))
    @dev Reverts: "ownable: caller is not the owner", "timelock: no code at target",
         "timelock: already announced".
    """
    ownable._check_owner()
    # A call to an address without code would succeed and do nothing.
    assert target.is_contract, "timelock: no code at target"
    id: bytes32 = self._id(target, data, salt)
    earlier: uint256 = self.readyAt[id]
    assert earlier == 0 or block.timestamp > earlier + GRACE, "timelock: already announced"

    ready: uint256 = block.timestamp + DELAY
    self.readyAt[id] = ready
    log ITimelock.OperationAnnounced(
        id=id, target=target, data=data, salt=salt, ready=ready, lapse=ready + GRACE
    )
    return id


@external
def cancel(id: bytes32):
    """
    @notice The current owner only: forgets an operation, at once, whoever announced it.
    @param id id of an operation neither executed nor cancelled, lapsed or not
    @dev Reverts: "ownable: caller is not the owner", "timelock: not announced".
    """
    ownable._check_owner()
    assert self.readyAt[id] != 0, "timelock: not announced"
    self.readyAt[id] = 0
    log ITimelock.OperationCancelled(id=id)


# ---- Anyone ----

@external
def execute(target: address, data: Bytes[2048], salt: bytes32):
    """
    @notice Anyone: makes the announced call from its ready time to its lapse, both included,
            while there is an owner. The reason of a failing call is passed on and the operation
            stays announced.
    @param target as announced
    @param data as announced
    @param salt as announced
    @dev Reverts: "timelock: not announced", "timelock: not ready", "timelock: lapsed",
         "timelock: no owner", and whatever the target reverts with.
    """
    id: bytes32 = self._id(target, data, salt)
    ready: uint256 = self.readyAt[id]
    assert ready != 0, "timelock: not announced"
    assert block.timestamp >= ready, "timelock: not ready"
    assert block.timestamp <= ready + GRACE, "timelock: lapsed"
    assert ownable.owner != empty(address), "timelock: no owner"

    # Forgotten before the call: a target that calls back finds nothing to execute.
    self.readyAt[id] = 0
    raw_call(target, data)
    log ITimelock.OperationExecuted(id=id)


# ---- Views ----

@view
@external
def operation(id: bytes32) -> ITimelock.Operation:
    """
    @notice When an operation may be executed. Both zero: unknown, executed or cancelled.
    @param id id of the operation
    @return ready and lapse, in unix seconds
    """
    ready: uint256 = self.readyAt[id]
    if ready == 0:
        return empty(ITimelock.Operation)
    return ITimelock.Operation(ready=ready, lapse=ready + GRACE)


@view
@external
def operationId(target: address, data: Bytes[2048], salt: bytes32) -> bytes32:
    """
    @notice The id that `announce` gives to these arguments.
    @param target contract to be called
    @param data selector and arguments of the call
    @param salt any word
    @return keccak256(abi.encode(target, data, salt))
    """
    return self._id(target, data, salt)


@view
@external
def delay() -> uint256:
    """
    @notice Seconds between announcement and readiness; fixed for ever.
    @return seconds
    """
    return DELAY


@pure
@internal
def _id(target: address, data: Bytes[2048], salt: bytes32) -> bytes32:
    return keccak256(abi_encode(target, data, salt))
