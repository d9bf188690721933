# SPDX-License-Identifier: MIT
"""docs/howto/adapters.md is true: its commands run, and print what it says."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from linkpool.adapters.serving import serving
from linkpool.chain.anvil import free_port
from linkpool.net import HttpClient, Message
from tests.flows.howto import ROOT, blocks, changed, reader

PAGE = ROOT / "docs" / "howto" / "adapters.md"
PORTS = ("8090", "8091", "8092", "8093")


def test_every_adapter_answers_as_the_page_says(tmp_path: Path) -> None:
    every = blocks(PAGE)
    assert [block.kind for block in every].count("sh stays") == 4
    changes = {port: str(free_port()) for port in PORTS}
    with reader(tmp_path) as typing:
        for block in every:
            expected = changed(block.expected, changes)
            typing.type(replace(block, expected=expected), changes)


def test_an_adapter_of_one_s_own_works() -> None:
    [source] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)

    async def story() -> str:
        async with serving(names["app"]) as url, HttpClient() as http:
            message = Message("POST", url, b'{"id": "7", "data": {"place": "Basel"}}')
            return (await http.send(message, unrestricted=True)).text

    assert '"data":{"city":"Basel","result":21.5}' in asyncio.run(story())
