# SPDX-License-Identifier: MIT
"""median, mean, mode, sum, any and coalesce: one value out of several, some of which may have
failed.

`values` is a list, or a JSON list in which references may lead to failed tasks; without it the
tasks before count. As many may fail as `allowedFaults` says, all but one without it.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, Final

from linkpool.net.document import load
from linkpool.oracle.abi import number
from linkpool.oracle.abi import text as as_text
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.arithmetic import PRECISION, precision, quotient, total
from linkpool.oracle.tasks.call import Call
from linkpool.oracle.values import dumps

CHANCE: Final = random.SystemRandom()


def median(call: Call) -> Decimal:
    """The middle one, or the mean of the middle two."""
    values = sorted(number(value, "values") for value in _values(call))
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return quotient(total(values[middle - 1 : middle + 1]), Decimal(2), PRECISION)


def mean(call: Call) -> Decimal:
    """Rounded half away from zero to `precision` decimals."""
    values = _values(call)
    return quotient(total(values), Decimal(len(values)), precision(call))


def add(call: Call) -> Decimal:
    """The exact sum."""
    return total(_values(call))


def mode(call: Call) -> dict[str, Any]:
    """The most frequent ones, in the order in which they became it, and how often they occur."""
    counts: dict[str, int] = {}
    most, results = 0, []
    for value in _values(call):
        form = _form(value)
        counts[form] = counts.get(form, 0) + 1
        if counts[form] > most:
            most, results = counts[form], [value]
        elif counts[form] == most:
            results.append(value)
    return {"results": results, "occurrences": most}


def choose(call: Call) -> Any:
    """One of the inputs that did not fail, by chance."""
    good = [value for value in call.inputs if not isinstance(value, TaskError)]
    if not good:
        raise TaskError("every input failed" if call.inputs else "needs a task before it")
    return CHANCE.choice(good)


def coalesce(call: Call) -> Any:
    """The first input that did not fail and is not null; null where there is none."""
    good = (v for v in call.inputs if v is not None and not isinstance(v, TaskError))
    return next(good, None)


def listed(call: Call) -> list[Any] | tuple[Any, ...]:
    """All of them, failed ones too."""
    found: Any = list(call.inputs)
    if call.raw("values") is not None:
        found = call.document("values", errors=True)
    if isinstance(found, str | bytes):
        found = _list(found)
    if not isinstance(found, list | tuple):
        raise TaskError("values: expected a list")
    if not found:
        raise TaskError("values: there are none")
    return found


def _values(call: Call) -> list[Any]:
    found = listed(call)
    call.seen["values"] = found
    errors = [value for value in found if isinstance(value, TaskError)]
    allowed = call.count("allowedfaults")
    if len(errors) > (len(found) - 1 if allowed is None else allowed):
        raise type(errors[0])(f"{len(errors)} of {len(found)} failed, the first: {errors[0]}")
    good = [value for value in found if not isinstance(value, TaskError)]
    if not good:
        raise TaskError(f"values: all of them failed, the first: {errors[0]}")
    return good


def _list(text: str | bytes) -> Any:
    try:
        return load(as_text(text, "values"))
    except ValueError as error:
        raise TaskError(f"values: not JSON: {error}") from None


def _form(value: Any) -> str:
    """What two values have in common that count as one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        plain = number(value, "values").normalize()
        return f"{plain:f}"
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    return value if isinstance(value, str) else dumps(value)
