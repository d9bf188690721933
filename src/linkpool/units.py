# SPDX-License-Identifier: MIT
"""Money as integers: the only module that knows 10**18 and 1_000_000.

Juels are LINK's smallest unit, Wei is Ether's, Ppm are parts per million. All arithmetic is exact;
text becomes a number here and a number becomes text here, nowhere else.
"""

from __future__ import annotations

import re
from typing import NewType

from linkpool.errors import UsageError

Juels = NewType("Juels", int)  # 10**18 juels = 1 LINK
Wei = NewType("Wei", int)  # 10**18 wei = 1 ETH
Ppm = NewType("Ppm", int)  # 1_000_000 ppm = 100 %

WHOLE_PPM = Ppm(1_000_000)
SUPPLY = Juels(10**27)  # every juel there is: the LINK token's fixed supply

_DECIMALS = 18
_LONGEST = 80  # characters of an amount; what is longer is no amount, and slow to read
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)


def link(text: str) -> Juels:
    """Exact juels from decimal LINK text.

    Refused: a sign, more than 18 decimals, and commas, which mean thousands to some and decimals
    to others.

    >>> link("1.5")
    1500000000000000000
    >>> link("0.000000000000000001")
    1
    """
    return Juels(_scaled(text, _DECIMALS, "LINK"))


def ether(text: str) -> Wei:
    """Exact wei from decimal ETH text.

    >>> ether("0.04")
    40000000000000000
    """
    return Wei(_scaled(text, _DECIMALS, "ETH"))


def percent(text: str) -> Ppm:
    """Ppm from a percentage with or without its sign.

    >>> percent("25%"), percent("0.0001")
    (250000, 1)
    """
    return Ppm(_scaled(text.removesuffix("%").strip(), 4, "percent"))


def show_link(amount: int) -> str:
    """Every digit of an amount of juels, thousands apart.

    >>> show_link(1_234_500_000_000_000_000_000)
    '1,234.5 LINK'
    >>> show_link(1)
    '0.000000000000000001 LINK'
    """
    return f"{_decimal(amount, _DECIMALS)} LINK"


def show_ether(amount: int) -> str:
    """Every digit of an amount of wei.

    >>> show_ether(40_000_000_000_000_000)
    '0.04 ETH'
    """
    return f"{_decimal(amount, _DECIMALS)} ETH"


def show_percent(ratio: int) -> str:
    """A ratio in ppm as a percentage.

    >>> show_percent(250_000), show_percent(1)
    ('25 %', '0.0001 %')
    """
    return f"{_decimal(ratio, 4)} %"


def share(amount: int, ratio: int) -> int:
    """`ratio` ppm of `amount`, rounded down.

    >>> share(1_000_001, 250_000)
    250000
    """
    return amount * ratio // WHOLE_PPM


def _scaled(text: str, decimals: int, unit: str) -> int:
    if len(text) > _LONGEST:
        raise UsageError(f"{text[:20]!r}… has {len(text):,} characters: no amount of {unit} has")
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no amount of {unit}: write it like 12.5")
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > decimals:
        raise UsageError(f"{text!r} has more than {decimals} decimals of {unit}")
    scale: int = 10**decimals
    return int(whole) * scale + int(fraction.ljust(decimals, "0") or "0")


def _decimal(amount: int, decimals: int) -> str:
    whole, fraction = divmod(abs(amount), 10**decimals)
    tail = str(fraction).rjust(decimals, "0").rstrip("0")
    return f"{'-' if amount < 0 else ''}{whole:,}{'.' + tail if tail else ''}"
