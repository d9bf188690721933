# SPDX-License-Identifier: MIT
"""What a database complains about, as one line that says what to do."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from linkpool.errors import LinkPoolError, StateError, StateUnavailable

# https://www.sqlite.org/rescode.html, the primary codes
_SQLITE: Final = {
    5: "is in use by another process: stop that one first",
    6: "is in use by another process: stop that one first",
    8: "cannot be written: check the permissions of the file and its folder",
    10: "cannot be read or written: check permissions and disk of its folder",
    11: "is damaged: put back a copy, or move it away and start anew from the chain",
    13: "has no space left: free some space on that disk",
    14: "cannot be opened: check that its folder is there and the permissions of both",
    26: "is no database: choose another file",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html, codes or their classes
_POSTGRESQL: Final = {
    "53100": "has no space left: free some space on the server's disk",
    "25006": "is read-only: connect to the primary server",
    "28": "refuses user or password: check the database setting",
    "42501": "does not let this user in: grant it the right to create tables",
    "3D": "does not exist on that server: create it first (createdb)",
    "XX": "is damaged: look at the server's log",
}
# The statement's own fault: errors in its text or values, broken constraints.
_SQLITE_STATEMENT: Final = {1, 17, 18, 19, 20, 25}
_AWAY: Final = ("08", "57P", "53300", "40", "55P03")  # gone, starting, full of others, in the way


def described(url: URL) -> str:
    """The database as errors name it: no user, no password."""
    if url.get_backend_name() == "sqlite":
        return f"the state database {url.database}"
    port = f":{url.port}" if url.port else ""
    return f"the state database {url.database} at {url.host or 'this machine'}{port}"


def of_one_work(error: BaseException) -> bool:
    """The work's own fault: the transaction around it may go on."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, Exception)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_STATEMENT
    state = getattr(error.orig, "sqlstate", None)
    return (
        state is not None
        and not error.connection_invalidated
        and not state.startswith((*_POSTGRESQL, *_AWAY))
    )


def explained(error: BaseException, url: URL) -> BaseException:
    """StateError or StateUnavailable for what the database itself could not do; else the same."""
    if isinstance(error, sqlite3.Error):  # while it was being opened
        return _of_sqlite(error, url) or error
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError | DataError):
        return error
    cause: Any = error.orig
    return _of_sqlite(cause, url) or _of_postgresql(error, cause, url) or error


def _of_sqlite(cause: Any, url: URL) -> LinkPoolError | None:
    code = getattr(cause, "sqlite_errorcode", None)
    advice = _SQLITE.get(code & 0xFF) if code is not None else None
    return StateError(f"{described(url)} {advice}") if advice else None


def _of_postgresql(error: DBAPIError, cause: Any, url: URL) -> LinkPoolError | None:
    if url.get_backend_name() == "sqlite":
        return None
    code = getattr(cause, "sqlstate", None)
    advice = next((_POSTGRESQL[one] for one in _POSTGRESQL if (code or "").startswith(one)), None)
    if advice is None and code is None:
        advice = _unanswered(str(cause))
    if advice is not None:
        return StateError(f"{described(url)} {advice}")
    if error.connection_invalidated or code is None or code.startswith(_AWAY):
        text = "does not answer: start its server or check the network"
        return StateUnavailable(f"{described(url)} {text}")
    return None


def _unanswered(text: str) -> str | None:
    """A connection that is refused before it stands has words but no code."""
    for sign, code in (
        ("does not exist", "3D"),
        ("authentication failed", "28"),
        ("no password supplied", "28"),
        ("no pg_hba.conf entry", "28"),
    ):
        if sign in text:
            return _POSTGRESQL[code]
    return None
