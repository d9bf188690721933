# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title crowd: a consumer that asks many oracles many times in one transaction, for measurements
"""

struct Order:
    oracle: address
    specId: bytes32
    count: uint256

interface Link:
    def transferAndCall(to: address, amount: uint256, data: Bytes[1024]) -> bool: nonpayable

LINK: immutable(Link)
EXPECTED: immutable(uint256)

nonce: uint256
asked: HashMap[bytes32, address]  # whose answer is waited for
answered: public(uint256)
wrong: public(uint256)  # answers with another number than the data source gives


@deploy
def __init__(link: address, expected: uint256):
    LINK = Link(link)
    EXPECTED = expected


@external
def ask(orders: DynArray[Order, 128], payment: uint256, data: Bytes[512]):
    nonce: uint256 = self.nonce
    for order: Order in orders:
        for _: uint256 in range(order.count, bound=256):
            nonce += 1
            id: bytes32 = keccak256(concat(convert(self, bytes20), convert(nonce, bytes32)))
            self.asked[id] = order.oracle
            payload: Bytes[1024] = abi_encode(
                empty(address),
                empty(uint256),
                order.specId,
                method_id("fulfil(bytes32,uint256)", output_type=bytes4),
                nonce,
                convert(2, uint256),
                data,
                method_id=method_id(
                    "operatorRequest(address,uint256,bytes32,bytes4,uint256,uint256,bytes)"
                ),
            )
            assert extcall LINK.transferAndCall(order.oracle, payment, payload)
    self.nonce = nonce


@external
def fulfil(requestId: bytes32, answer: uint256):
    assert msg.sender == self.asked[requestId]
    self.asked[requestId] = empty(address)
    self.answered += 1
    if answer != EXPECTED:
        self.wrong += 1
