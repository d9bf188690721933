# SPDX-License-Identifier: MIT
"""The API logs what fails; tests look at its answers."""

from __future__ import annotations

import pytest

from linkpool import telemetry


@pytest.fixture(autouse=True)
def quiet() -> None:
    telemetry.configure(level="critical")
