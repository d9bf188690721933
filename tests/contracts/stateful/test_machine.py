# SPDX-License-Identifier: MIT
"""The machine: on pyrevm for volume, on titanoboa for traces; with the pool's cap and with none."""

from __future__ import annotations

import pytest

from tests.contracts.stateful.run import USUAL_CAP, WHOLE_CAP, base, report, run, steps


@pytest.mark.parametrize("cap", [USUAL_CAP, WHOLE_CAP])
def test_every_promise_holds_at_every_step(cap: int, capsys: pytest.CaptureFixture[str]) -> None:
    seen = run(lambda: base("pyrevm", cap), steps(20_000) // 2)
    report(capsys, f"pyrevm, cap {cap} ppm", seen)
