# SPDX-License-Identifier: MIT
"""P11: 4 KiB of request data and 4 KiB of answer; what is longer is refused with a reason."""

from __future__ import annotations

import pytest

from linkpool.errors import TxReverted
from tests.flows.chainlink.stage import JOB, PAYMENT, Stage

MOST = 4096


@pytest.mark.parametrize("single", [True, False])
def test_p11_request_data_of_4_kib_arrives_whole(stage: Stage, single: bool) -> None:
    data = bytes(range(256)) * (MOST // 256)
    done = stage.tell("askRaw", stage.ours, JOB, PAYMENT, data, single)
    assert stage.request(done, stage.ours).fields["data"] == data


@pytest.mark.parametrize("more", [1, 31, 32, 33, 1000, 20_000])
@pytest.mark.parametrize("single", [True, False])
def test_p11_longer_request_data_is_refused_with_a_reason(
    stage: Stage, single: bool, more: int
) -> None:
    with pytest.raises(TxReverted) as caught:
        stage.tell("askRaw", stage.ours, JOB, PAYMENT, b"x" * (MOST + more), single)
    assert caught.value.reason == "storage: request over 4 KiB"


def test_p11_an_answer_of_4_kib_arrives_whole(stage: Stage) -> None:
    done = stage.tell("askRaw", stage.ours, JOB, PAYMENT, b"", False)
    request = stage.request(done, stage.ours)
    text = bytes(range(256)) * 15 + bytes(160)
    head = request.id + (64).to_bytes(32, "big") + len(text).to_bytes(32, "big")
    answer = (head + text).ljust(MOST, b"\0")
    assert len(answer) == MOST
    stage.answer2(request, answer)
    assert stage.seen("text") == text


@pytest.mark.parametrize("more", [1, 32, 1000, MOST])
def test_p11_a_longer_answer_is_refused_with_a_reason(stage: Stage, more: int) -> None:
    request = stage.request(stage.ask_words(stage.ours), stage.ours)
    with pytest.raises(TxReverted) as caught:
        stage.answer2(request, request.id.ljust(MOST + more, b"x"))
    assert caught.value.reason == "storage: answer over 4 KiB"


@pytest.mark.parametrize("more", [MOST + 1, 60_000])
def test_p11_an_answer_of_any_greater_length_is_refused(stage: Stage, more: int) -> None:
    request = stage.request(stage.ask_words(stage.ours), stage.ours)
    with pytest.raises(TxReverted):
        stage.answer2(request, request.id.ljust(MOST + more, b"x"))
    assert stage.ask_ours("escrowed") == PAYMENT
