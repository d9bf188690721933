# SPDX-License-Identifier: MIT
"""What a run finds in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkpool.story.folder import noted_port


@pytest.mark.parametrize(
    ("content", "port"),
    [
        (b"40123", 40123),
        (b"40123\n", 40123),
        (b"", 0),
        (b"text", 0),
        (b"\xff", 0),
        (b"-1", 0),
        (b"65536", 0),
    ],
)
def test_a_note_that_is_no_port_means_any(tmp_path: Path, content: bytes, port: int) -> None:
    note = tmp_path / "source.port"
    assert noted_port(note) == 0
    note.write_bytes(content)
    assert noted_port(note) == port
