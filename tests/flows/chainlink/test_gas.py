# SPDX-License-Identifier: MIT
"""What a consumer and a node pay more than at Chainlink's Operator, for the same transactions."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_typing import ChecksumAddress

from bench.rows import OVER_OPERATOR
from tests.flows.chainlink.stage import Stage


def spent(stage: Stage, oracle: ChecksumAddress, kind: str) -> dict[str, int]:
    """Gas of the second request of a consumer, and of its answer."""
    with stage.chain.undone():
        first = stage.request(stage.ask_word(oracle), oracle)
        stage.answer(first, 1)
        if kind == "oracle":
            asked = stage.ask_word(oracle)
            answered = stage.answer(stage.request(asked, oracle), 2)
        else:
            asked = stage.ask_words(oracle)
            request = stage.request(asked, oracle)
            answered = stage.answer2(request, request.id + encode(["uint256"] * 2, [2, 3]))
    return {f"{kind}.request.again": asked.gas, f"{kind}.fulfil": answered.gas}


@pytest.mark.parametrize("kind", ["oracle", "operator"])
def test_a_consumer_contract_pays_little_more_than_at_the_operator(stage: Stage, kind: str) -> None:
    theirs, ours = spent(stage, stage.theirs, kind), spent(stage, stage.ours, kind)
    for action, gas in ours.items():
        assert theirs[action] > 30_000
        assert gas - theirs[action] <= OVER_OPERATOR[action], action
