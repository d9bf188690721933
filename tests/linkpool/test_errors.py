# SPDX-License-Identifier: MIT
"""The exception tree as its documentation draws it."""

from __future__ import annotations

import re

from linkpool import errors
from linkpool.cli.app import EXIT_CODES
from linkpool.errors import LinkPoolError, TxReverted


def classes() -> dict[str, type[LinkPoolError]]:
    found: list[type[LinkPoolError]] = [LinkPoolError, *LinkPoolError.__subclasses__()]
    return {one.__name__: one for one in found if one.__module__ == errors.__name__}


def test_the_drawing_names_every_class_with_its_exit_code() -> None:
    assert errors.__doc__ is not None
    drawn = dict(re.findall(r"^(?:├── |└── )?(\w+) +(\d+)  ", errors.__doc__, re.MULTILINE))
    assert drawn == {name: str(one.exit_code) for name, one in classes().items()}


def test_there_are_at_most_fourteen_and_no_code_twice() -> None:
    codes = [one.exit_code for one in classes().values()]
    assert len(codes) == len(set(codes)) == 14


def test_the_help_lists_every_code() -> None:
    listed = {int(code) for code in re.findall(r"(\d+) [a-zA-Z]", EXIT_CODES)}
    own = {one.exit_code for one in classes().values()} - {1}
    assert listed == own | {0, 130}


def test_a_revert_carries_the_contracts_own_words() -> None:
    error = TxReverted("storage: exceeds withdrawable", "PoolStorage.withdraw")
    assert error.reason == "storage: exceeds withdrawable"
    assert str(error) == "PoolStorage.withdraw: storage: exceeds withdrawable"
    assert str(TxReverted("no")) == "no"
