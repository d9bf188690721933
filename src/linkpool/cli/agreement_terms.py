# SPDX-License-Identifier: MIT
"""The terms of an agreement from what a consumer wrote: options, or a TOML file with their names.

Whatever is wrong is one line that begins with the field's name, said before anything is signed.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address, bytes32
from linkpool.chain.facts import AgreementTerms, ExchangeTerms
from linkpool.errors import UsageError
from linkpool.net import document
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.duration import seconds
from linkpool.units import SUPPLY, WHOLE_PPM, Juels, Ppm, link, percent, show_link, show_percent

T = TypeVar("T")
_ONE_PERCENT: Final = WHOLE_PPM // 100

FIELDS: Final = (
    "job",
    "data",
    "oracles",
    "minimum-answers",
    "payment",
    "penalty",
    "bids-until",
    "answers-until",
    "tolerance",
    "provider",
    "beneficiary",
)
MOST_ORACLES: Final = 31
MOST_DATA: Final = 1024
LONGEST: Final = 2**36  # seconds from the last bid to the last answer
EXPIRY: Final = 300  # seconds after which a request can be taken back
EARLIEST: Final = 10**9  # unix seconds; smaller numbers are durations without their unit
LATEST: Final = 2**40  # the contracts write times down in 40 bits


def written(text: str) -> dict[str, Any]:
    """The fields of a TOML file."""
    try:
        found = tomllib.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise UsageError(f"the agreement is not TOML: {_said(error)}") from None
    except RecursionError:
        raise UsageError("the agreement is not TOML: nested too deep") from None
    for name in found:
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, 1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(FIELDS)} is known"
            raise UsageError(f"{name}: no field of an agreement; {hint}")
    return found


def drafted(
    fields: Mapping[str, Any], rules: ExchangeTerms, *, now: int, provider: ChecksumAddress
) -> AgreementTerms:
    """The terms, checked as ServiceAgreements will; `provider` where the fields name none. Times
    count from `now`.
    """
    oracles = _of(fields, "oracles", _oracles)
    answers = _of(fields, "minimum-answers", _whole, oracles // 2 + 1)
    _require(1 <= answers <= oracles, "minimum-answers", f"1 to {oracles}, not {answers}")
    bids_until = _of(fields, "bids-until", lambda given: moment(given, now))
    answers_until = _of(fields, "answers-until", lambda given: moment(given, now))
    earliest = bids_until + rules.answer_time
    _require(bids_until > now, "bids-until", "in the past")
    _require(
        answers_until >= earliest,
        "answers-until",
        f"oracles need {rules.answer_time} s after bids-until, {earliest - answers_until} s more",
    )
    _require(answers_until - bids_until < LONGEST, "answers-until", "too long after bids-until")
    payment = _of(fields, "payment", _juels)
    _require(
        payment >= rules.minimum_payment,
        "payment",
        f"{show_link(rules.minimum_payment)} for each oracle at least",
    )
    penalty = _of(fields, "penalty", _juels, Juels(0))
    for name, amount in (("payment", payment * oracles), ("penalty", penalty)):
        _require(amount <= SUPPLY, name, f"there are {show_link(SUPPLY)} in all")
    return AgreementTerms(
        job=_of(fields, "job", job_id),
        data=_of(fields, "data", _parameters, b""),
        oracles=oracles,
        minimum_answers=answers,
        payment=payment,
        penalty=penalty,
        bid_deadline=bids_until,
        answer_deadline=answers_until,
        tolerance=_of(fields, "tolerance", _tolerance),
        provider=_of(fields, "provider", _provider, provider),
        beneficiary=_of(fields, "beneficiary", _address, ZERO),
    )


def job_id(given: object) -> bytes:
    """A job as requests name it: the 32 digits of its UUID as text, or any 32 bytes but zero."""
    text = _text(given)
    if text.startswith("0x"):
        found = bytes32(text)
    else:
        try:
            found = UUID(text).hex.encode()
        except ValueError:
            raise UsageError(f"{text!r} is no UUID, and no 0x with 64 digits") from None
    if not any(found) or found == b"0" * 32:
        raise UsageError("zero is no job")
    return found


def backed_until(terms: AgreementTerms, rules: ExchangeTerms) -> int:
    """Collateral has to last so long, unix seconds: until it can be settled without an answer."""
    return terms.answer_deadline + max(rules.late_time, EXPIRY - rules.answer_time)


def shown_job(job: bytes) -> str:
    """A job for people: its UUID where it is one.

    >>> shown_job(b"6bd6398ea13e4cb8adc79f56ecfd3146")
    '6bd6398e-a13e-4cb8-adc7-9f56ecfd3146'
    """
    try:
        return str(UUID(job.decode("ascii")))
    except ValueError:
        return "0x" + job.hex()


def moment(given: object, now: int) -> int:
    """Unix seconds of a duration from `now` (10m), an ISO time (UTC unless it says) or a number."""
    if isinstance(given, datetime):
        return _unix(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return _second(given)
    text = _text(given)
    if text.isascii() and text.isdecimal():
        if len(text) > len(str(LATEST)):
            raise UsageError(f"{text[:20]!r} is no unix second that the contracts can write down")
        return _second(int(text))
    if text[:4].isdecimal() and "-" in text:
        try:
            return _unix(datetime.fromisoformat(text))
        except ValueError:
            raise UsageError(f"{text!r} is no time: write it like 2030-01-31T18:00Z") from None
    return now + round(seconds(text))


def _of(fields: Mapping[str, Any], name: str, parse: Callable[[Any], T], *default: T) -> T:
    """One field; what is wrong with it begins with its name."""
    given = fields.get(name)
    if given is None:
        if default:
            return default[0]
        raise UsageError(f"{name}: missing; give --{name}, or {name} in the file")
    try:
        return parse(given)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def _require(right: bool, name: str, otherwise: str) -> None:
    if not right:
        raise UsageError(f"{name}: {otherwise}")


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise UsageError(f"{given} should be text: put it between quotation marks")
    return given.strip()


def _whole(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise UsageError(f"{given!r} is no whole number")
    return given


def _oracles(given: object) -> int:
    count = _whole(given)
    if not 1 <= count <= MOST_ORACLES:
        raise UsageError(f"1 to {MOST_ORACLES}, not {count}")
    return count


def _juels(given: object) -> Juels:
    """LINK as text, or a TOML number, which is exact too."""
    number = isinstance(given, int | Decimal) and not isinstance(given, bool)
    return link(f"{given:f}" if number else _text(given))


def _tolerance(given: object) -> Ppm:
    number = isinstance(given, int | Decimal) and not isinstance(given, bool)
    text = f"{given:f}" if number else _text(given)
    ratio = percent(text)
    if 0 < ratio < _ONE_PERCENT and not text.endswith("%"):
        raise UsageError(
            f"{text} of a hundred, or of one? write {text}% or {show_percent(100 * ratio)}"
        )
    if ratio > WHOLE_PPM:
        raise UsageError("more than 100 %")
    return ratio


def _address(given: object) -> ChecksumAddress:
    return address(_text(given))


def _provider(given: object) -> ChecksumAddress:
    return ZERO if given == "none" else _address(given)


def _parameters(given: object) -> bytes:
    """CBOR of a JSON object, or of a table of the file."""
    content = _json(given) if isinstance(given, str) else given
    if not isinstance(content, dict):
        raise UsageError('an object is needed, like {"get": "https://…", "path": "price"}')
    try:
        data = encode_request(_plain(content))
    except UnicodeEncodeError:
        raise UsageError("half of a character (\\ud800 to \\udfff alone): write both") from None
    if len(data) > MOST_DATA:
        raise UsageError(f"{len(data):,} bytes as CBOR, {MOST_DATA:,} fit")
    return data


def _json(text: str) -> Any:
    try:
        document.load(text)  # no deeper than a node reads it
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"not JSON: {_said(error)}") from None


def _said(error: ValueError) -> str:
    """Without Python's advice to itself about numbers of thousands of digits."""
    return str(error).partition("; use sys.")[0]


def _plain(value: Any) -> Any:
    """What TOML has and CBOR has not: decimals as floats, times as text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | time) else value


def _unix(given: datetime) -> int:
    return _near(round((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()))


def _second(given: int) -> int:
    """A unix second; a small number was meant otherwise."""
    if 0 <= given < EARLIEST:
        raise UsageError(
            f"{given} has no unit: write {given}s, {given}m, or a time like 2030-01-31T18:00Z"
        )
    return _near(given)


def _near(given: int) -> int:
    if not 0 <= given < LATEST:
        raise UsageError(f"{given} is no unix second that the contracts can write down")
    return given
