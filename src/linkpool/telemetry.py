# SPDX-License-Identifier: MIT
"""Log events are names with keys, one JSON object or one coloured line each, to standard error.

An RPC address often carries its access token, a database's its password: only scheme and host of
any URL are ever written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

# Left to itself structlog takes both along where they are installed, megabytes of every node: rich
# for tracebacks that show the variables of each frame, passwords and tokens among them; colorama
# for Windows.
_UNUSED: Final[tuple[str, ...]] = ("colorama", "rich")
_loaded = {name: sys.modules[name] for name in _UNUSED if name in sys.modules}
for _name in _UNUSED:
    sys.modules[_name] = None  # type: ignore[assignment]  # Python's way to say: not there
try:
    import structlog
finally:
    for _name in _UNUSED:
        del sys.modules[_name]
    sys.modules.update(_loaded)

LEVELS: Final = ("debug", "info", "warning", "error")

_FILTERS: Final = {
    name: structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[name.upper()])
    for name in (*LEVELS, "critical")
}
_URL: Final = re.compile(
    r"\b(https?|wss?|postgresql(?:\+\w+)?)://(?:[^\s/?#]*@)?([^\s/?#]+)[^\s\"']*",
    re.IGNORECASE,
)


def hide_tokens(text: str) -> str:
    """`text` with user, path and query of every URL taken out.

    >>> hide_tokens("POST https://me:key@rpc.example/v3/abc?k=1 failed")
    'POST https://rpc.example failed'
    >>> hide_tokens("postgresql://pool:pass@db.example/linkpool")
    'postgresql://db.example'
    """
    return _URL.sub(r"\1://\2", text)


def configure(*, level: str = "info", form: Literal["console", "json"] = "console") -> None:
    """Once per process, by the composition root."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # others show variables: secrets
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_tokens,
            renderer,
        ],
        wrapper_class=_FILTERS[level],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def level() -> str:
    """What is logged now."""
    now = structlog.get_config()["wrapper_class"]
    return next((name for name, one in _FILTERS.items() if one is now), "info")


def set_level(level: str) -> None:
    """Another level, everything else as it was configured."""
    structlog.configure(wrapper_class=_FILTERS[level])


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of one module; `name` is its key in every event."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return bound


def _without_tokens(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {
        key: hide_tokens(text) if isinstance(text, str) else text for key, text in event.items()
    }
