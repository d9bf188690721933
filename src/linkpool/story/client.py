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
        return self._call(
            "post",
            (
                terms.job,
                terms.data,
                terms.oracles,
                terms.minimum_answers,
                terms.payment,
                terms.penalty,
                terms.bid_deadline,
                terms.answer_deadline,
                terms.tolerance,
                terms.provider,
                terms.beneficiary,
            ),
        )
