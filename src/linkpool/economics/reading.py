# SPDX-License-Identifier: MIT
"""Parameters from people: the name of a scenario or a TOML file, with single values over it."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from linkpool.economics import contracts
from linkpool.economics.exact import exact
from linkpool.economics.parameters import Parameters, specs
from linkpool.economics.scenarios import DEFAULT, SCENARIOS
from linkpool.economics.specs import Spec, bounds, shown
from linkpool.errors import UsageError

BASE: Final = "scenario"
"""Key of a file that names the scenario it starts from."""
_NUMBER: Final = re.compile(r"[+-]?(?:\d[\d_]*)?(?:\.\d+)?(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WITH_UNIT: Final = re.compile(
    r"[^\d\s.+-]?\s*([+-]?\d[\d_]*(?:,\d{3})*(?:\.\d+)?)\s*(?:[^\W\d]|[%/ ])*", re.ASCII
)
_LONGEST: Final = 60
_DECIMALS: Final = 18


def parameters(source: str = DEFAULT, settings: Sequence[str] = ()) -> Parameters:
    """`source` is a scenario or a file; `settings` are NAME=VALUE. UsageError names what is wrong.

    >>> parameters("paper", ["gas-price=2"]).gas_price
    Decimal('2')
    """
    given = _source(source)
    for setting in settings:
        name, found, value = setting.partition("=")
        if not found or not value.strip() or not name.strip():
            raise UsageError(f"{setting[:60]!r}: write {name.strip()[:60] or 'NAME'}=VALUE")
        given.update(_values({name.strip(): value.strip()}))
    if given.get("minimum_price") is not None and "margin" in given:
        raise UsageError("minimum-price and margin both say the price: give one of them")
    p = Parameters(**given)
    contracts.check(p)
    return p


def _source(source: str) -> dict[str, Any]:
    if source in SCENARIOS:
        return dict(SCENARIOS[source].values)
    path = Path(source)
    if not os.path.exists(path) and path.suffix != ".toml":  # Path's own fails on a long name
        raise UsageError(f"{source[:60]}: {_no_scenario(source)}, and no file")
    return _written(_text(path))


def _no_scenario(name: str) -> str:
    near = difflib.get_close_matches(name, SCENARIOS, 1)
    known = ", ".join(SCENARIOS)
    return f"no scenario, did you mean {near[0]}?" if near else f"no scenario ({known})"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin with a mark
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 at byte {error.start}"
    raise UsageError(f"the parameters {path} cannot be read: {reason}")


def _written(text: str) -> dict[str, Any]:
    try:
        found = tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise UsageError("the parameters are not TOML: nested too deep") from None
    except ValueError as error:
        said = str(error).partition("; use sys.")[0]
        if twice := _twice(text):
            said = f"{twice} is given twice"
        raise UsageError(f"the parameters are not TOML: {said}") from None
    base = found.pop(BASE, DEFAULT)
    if not isinstance(base, str) or base not in SCENARIOS:
        raise UsageError(f"{BASE}: {_no_scenario(str(base))}")
    return {**SCENARIOS[base].values, **_values(_flat(found))}


def _twice(text: str) -> str:
    """The first name that stands twice under one heading; the TOML reader does not say which."""
    names = set[str]()
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            names.clear()
        name, is_one, _ = line.partition("=")
        if is_one and name.strip() in names:
            return name.strip()[:60]
        names.add(name.strip())
    return ""


def _flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are headings for people: their names say nothing."""
    flat: dict[str, Any] = {}
    for name, value in found.items():
        inner = value if isinstance(value, dict) else {name: value}
        for key, one in inner.items():
            if key in flat:
                raise UsageError(f"{key}: given twice")
            flat[key] = one
    return flat


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    known = {shown(name): name for name in specs()}
    values = {}
    for name, value in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "`linkpool economics parameters` has all"
            raise UsageError(f"{name[:60]}: no parameter; {hint}")
        field = known[name]
        values[field] = _value(name, specs()[field], value)
    return values


def _value(name: str, spec: Spec, given: Any) -> Any:
    if spec.choices:
        if given not in spec.choices:
            raise UsageError(f"{name}: {bounds(spec)}, not {str(given)[:60]!r}")
        return given
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise UsageError(f"{name}: a number is needed; {bounds(spec)}")
    return _decimal(name, spec, given)


def _bare(text: str, unit: str) -> str:
    """What to write where the parameter's own unit stands beside the number.

    >>> _bare("$12 USD", "USD"), _bare("1 ETH", "gwei"), _bare("twelve", "USD")
    ('write 12; ', '', '')
    """
    words = re.findall(r"[a-z]+", text.lower())
    found = all(word in unit.lower() for word in words[:1]) and _WITH_UNIT.fullmatch(text.strip())
    return f"write {found[1].replace(',', '')}; " if found else ""


@exact
def _decimal(name: str, spec: Spec, given: str | int | Decimal) -> Decimal:
    """In the unit of the field. A percentage may have its sign."""
    text = str(given)
    bare = text.removesuffix("%").strip() if spec.scale == 100 else text
    if len(bare) > _LONGEST or not _NUMBER.fullmatch(bare) or not any(map(str.isdigit, bare)):
        shortened = text if len(text) <= _LONGEST else f"{text[:20]}…"
        hint = _bare(text, spec.unit) if len(text) <= _LONGEST else ""
        raise UsageError(f"{name}: {shortened!r} is no number; {hint}{bounds(spec)}")
    number = Decimal(bare.replace("_", ""))
    if number and number.adjusted() > _LONGEST:
        raise UsageError(f"{name}: {bounds(spec)}; not {text}")
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMALS:
        raise UsageError(f"{name}: {text} has more than {_DECIMALS} decimals")
    return number / spec.scale
