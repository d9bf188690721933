# SPDX-License-Identifier: MIT
"""The example that asks several oracles (contracts/examples/AgreementConsumer.vy), bound."""

from __future__ import annotations

from linkpool.chain.calls import Call
from linkpool.chain.contracts import Contract
from linkpool.chain.facts import AgreementTerms


class Client(Contract):
    """Posts agreements from its own LINK; only its owner spends that."""

    NAME = "AgreementConsumer"

    def post(self, terms: AgreementTerms) -> Call:
        return self._call("post", terms.words)
