# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title logic_crowd: a factory with a thousand nodes and their PoolStorage, all in one contract
"""

@pure
@external
def storageCount() -> uint256:
    return 1000


@view
@external
def storageAt(index: uint256) -> address:
    return self


@pure
@external
def nodeAddress() -> address:
    return 0x1111111111111111111111111111111111111111


@view
@external
def poolData() -> address:
    return self
