# SPDX-License-Identifier: MIT
"""The composition root: one Typer app, one file per noun, imported when it is used."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from linkpool import __version__
from linkpool.cli.nouns import ENTRIES, load
from linkpool.cli.output import one_line, tame
from linkpool.errors import LinkPoolError, UsageError, reason_of

EXIT_CODES = (
    "exit codes: 0 done, 2 wrong use, 3 RPC down, 4 wrong network, 5 a contract refused, "
    "6 wallet unfunded, 7 set-up missing, 8 port in use, 9 check failed, 10 unconfirmed, "
    "11 manifest unusable, 12 declined, 13 state database unusable, 14 no verdict, 130 Ctrl-C"
)


class Commands(MutableMapping[str, Any]):
    """The commands by name, each loaded when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            if name not in ENTRIES:
                raise KeyError(name)
            self._loaded[name] = load(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ENTRIES)

    def __len__(self) -> int:
        return len(ENTRIES)

    def __contains__(self, name: object) -> bool:
        return name in ENTRIES


class Program(TyperGroup):
    """The root: its help comes from the table, without importing what the table names."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Commands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        limit = formatter.width - 6 - max(map(len, ENTRIES))
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, shortened(entry.help, limit)) for name, entry in ENTRIES.items()]
            )


def shortened(text: str, limit: int) -> str:
    """Whole words of `text`, at most `limit` columns with the dots that stand for the rest."""
    if len(text) <= limit:
        return text
    return text[: limit - 2].rpartition(" ")[0] + "..."


app = typer.Typer(
    name="linkpool",
    cls=Program,
    help="Stake LINK behind oracle nodes and keep owning it; run the pool that does it.",
    epilog=EXIT_CODES,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        print(f"linkpool {__version__}")
        raise typer.Exit


@app.callback()
def root(
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="settings [default: linkpool.toml]")
    ] = None,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="print the version", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Parsed before every command; --settings is read where the command starts."""


@cache
def command() -> Any:
    """The command tree; its branches grow when they are looked at."""
    return get_command(app)


def run(arguments: Sequence[str]) -> int:
    """One command line; its exit code. Every error is one line on standard error."""
    try:
        given = list(arguments) or ["--help"]
        code = command()(given, prog_name="linkpool", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except LinkPoolError as error:
        _complain(error, as_json="--json" in arguments)
        return error.exit_code
    except typer.TyperException as error:
        _complain(UsageError(_one_line(error)), as_json="--json" in arguments)
        return UsageError.exit_code
    except OSError as error:
        _complain(_of_file(error), as_json="--json" in arguments)
        return UsageError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return 130


def main() -> None:
    """The `linkpool` program."""
    # FastAPI asks of every route whether it has models of pydantic's first version. Python's way
    # to say that there is none: nothing here has, and the copy is 1.5 MB of every node.
    sys.modules["pydantic.v1"] = None  # type: ignore[assignment]
    sys.exit(run(sys.argv[1:]))


def _one_line(error: typer.TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    hint = f" (see `{context.command_path} --help`)" if context is not None else ""
    text = error.format_message().replace("\n", " ").replace("Value error, ", "")
    return text.removesuffix(".") + hint


def _of_file(error: OSError) -> UsageError:
    """A file that cannot be read or written, where no command knows better."""
    if error.filename is None:
        return UsageError(f"what it prints cannot be written: {reason_of(error)}")
    return UsageError(f"{error.filename}: {reason_of(error)}; choose another place")


def _complain(error: LinkPoolError, *, as_json: bool) -> None:
    # structlog and what it brings are for programs that log
    from linkpool.telemetry import hide_tokens

    text = hide_tokens(str(error)).replace("\n", " ").replace("\t", " ")
    findings = getattr(error, "findings", ())
    if as_json:
        content = {"error": type(error).__name__, "message": text, "exitCode": error.exit_code}
        print(json.dumps(content | ({"findings": findings} if findings else {})), file=sys.stderr)
        return
    for finding in findings:
        print(f"  {one_line(finding)}", file=sys.stderr)
    print(f"error: {tame(text)}", file=sys.stderr)
