# SPDX-License-Identifier: MIT
"""What the error of a JSON-RPC answer says of: contract, wallet, request or endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from linkpool.chain.reverts import revert_reason
from linkpool.chain.rpc import RpcRefused
from linkpool.errors import TxReverted, Unfunded
from linkpool.telemetry import hide_tokens

_SHOWN: Final = 200  # characters of a message in an error
_KEPT: Final = 1000  # and beside it, or of a contract's reason
_READ: Final = 100_000  # of a message that may be as long as it likes

_NO_METHOD: Final = -32601
_INTERNAL: Final = -32603
_LIMIT: Final = -32005  # both "too many requests" and "too many results", as the provider likes

# An endpoint that is behind, pruned or busy: the same request may succeed at another.
_ELSEWHERE: Final = (
    "header not found",
    "unknown block",
    "block not found",
    "missing trie node",
    "state not available",
    "state is not available",
    "historical state",
    "pruned",
    "outofrange",
    "out of range",
    "beyond current head",
    "beyond the head",
    "resource not found",
    "resource unavailable",
    "not yet synced",
    "internal error",
)
_BUSY: Final = (
    "rate limit",
    "too many requests",
    "limit exceeded",
    "request count exceeded",
    "compute units",
    "capacity exceeded",
    "over capacity",
    "throttl",
)
_TOO_MUCH: Final = ("result", "range", "logs", "response size")


def detail(failure: Any) -> tuple[str, int, Any]:
    """Message, code and data of an answer's `error`, whatever shape it has."""
    if not isinstance(failure, Mapping):
        return str(failure), 0, None
    code = failure.get("code")
    return (
        str(failure.get("message") or "no reason given"),
        code if isinstance(code, int) else 0,
        failure.get("data"),
    )


def shown(message: str) -> str:
    """The beginning of a message, for an error: one line that is safe to print. What is cut off is
    cut after tokens are hidden.
    """
    return _line(hide_tokens(message[:_READ])[:_SHOWN])


def _line(words: str) -> str:
    """Without control characters, which would speak to the terminal."""
    return " ".join("".join(one if one.isprintable() else " " for one in words).split())


def busy(failure: Any) -> bool:
    """The endpoint has had too many requests from us; not one that was too large."""
    message, code, _ = detail(failure)
    words = message.lower()
    if any(one in words for one in _TOO_MUCH):
        return False
    return code in (429, _LIMIT) or any(one in words for one in _BUSY)


def refusal(name: str, method: str, failure: Any) -> Exception:
    """TxReverted where a contract refused, Unfunded where the wallet is empty, else RpcRefused."""
    message, code, data = detail(failure)
    reason = revert_reason(message, data)
    if reason is not None:
        return TxReverted(_line(reason[:_KEPT]))
    words = message.lower()
    if "insufficient funds" in words or "insufficientfunds" in words:
        return Unfunded("the wallet has too little ETH for amount and gas: send it some")
    return RpcRefused(
        f"{name} refused {method}: {shown(message)}",
        code=code,
        message=hide_tokens(message[:_READ])[:_KEPT],
        elsewhere=code in (_NO_METHOD, _INTERNAL)
        or busy(failure)
        or any(one in words for one in _ELSEWHERE),
    )
