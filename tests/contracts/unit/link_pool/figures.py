# SPDX-License-Identifier: MIT
"""What the creator of these tests may do."""

from __future__ import annotations

from tests.contracts.suite import link

LIMIT = link(500)
DAILY = 3
