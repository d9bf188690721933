# SPDX-License-Identifier: MIT
"""Files that a command is given: their content, or one line that says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from linkpool.errors import UsageError, reason_of


def text_of(path: Path, what: str) -> str:
    """`what` is how the complaint names it."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = reason_of(error)
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 at byte {error.start}"
    raise UsageError(f"the {what} {path} cannot be read: {reason}")


def json_of(path: Path, what: str) -> Any:
    """A document that can be written down again, and no deeper than a node reads one."""
    from linkpool.net import document  # not for files that are text

    text = text_of(path, what)
    try:
        document.load(text)
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"the {what} {path} has half of a character (\\ud800 to \\udfff alone): write both"
        ) from None
    except ValueError as error:
        raise UsageError(f"the {what} {path} is not JSON: {error}") from None
    return found
