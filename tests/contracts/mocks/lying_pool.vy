# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title lying_pool: a LinkPool that tells everything right but where a node's stake belongs
"""

from interfaces import ILinkPool

HONEST: immutable(ILinkPool)
LIE: immutable(address)


@deploy
def __init__(honest: address, lie: address):
    HONEST = ILinkPool(honest)
    LIE = lie


@view
@external
def getNode(nodeAddress: address) -> ILinkPool.NodeInfo:
    info: ILinkPool.NodeInfo = staticcall HONEST.getNode(nodeAddress)
    info.poolStorage = LIE
    return info
