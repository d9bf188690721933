# SPDX-License-Identifier: MIT
"""One task at a time: what it comes to, or why it does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from linkpool.oracle.errors import TaskError
from tests.linkpool.oracle.worlds import run

LINK = to_checksum_address("0x514910771AF9Ca656af840dff83E8264EcF986CA")
OTHER = "0x" + "c0" * 20
LOST = TaskError("source is gone")


def done(kind: str, *inputs: Any, vars: Any = None, **attributes: Any) -> Any:
    """The result of one task; attributes by any spelling."""
    return asyncio.run(
        run(kind, list(inputs), vars, **{k.lower(): v for k, v in attributes.items()})
    )


def refused(kind: str, *inputs: Any, vars: Any = None, **attributes: Any) -> str:
    """Why the task failed."""
    with pytest.raises(TaskError) as error:
        done(kind, *inputs, vars=vars, **attributes)
    return str(error.value)
