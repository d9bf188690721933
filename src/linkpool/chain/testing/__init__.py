# SPDX-License-Identifier: MIT
"""A chain in memory that does what real ones do to transactions: loses, delays, reorders, repeats
and replaces them, reorganises, refuses in geth's words, and answers too late or not at all.

    chain = SimulatedChain()
    signer = SimulatedSigner.named("node")       # its bytes are other ones at each signature
    await chain.broadcast([await signer.sign({…})])
    chain.mine()
    chain.reorganise(2, lose=True)

It is the `Rpc` of the other floors; everything that is not a coroutine is for the test.
"""

from linkpool.chain.testing.chain import Endpoint, SimulatedChain
from linkpool.chain.testing.signed import REVERTS, SimulatedSigner, Transaction, read

__all__ = ["REVERTS", "Endpoint", "SimulatedChain", "SimulatedSigner", "Transaction", "read"]
