# SPDX-License-Identifier: MIT
"""docs/reference/scale.svg: what all gas of the network costs a month, how many chains it fills,
from a tenth of the paper's requests to all of RapidAPI's calls. Both axes logarithmic.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import log10
from typing import Final

from linkpool.economics.earnings import conditions
from linkpool.economics.parameters import changed
from linkpool.economics.reading import parameters
from linkpool.economics.scale import capacity, limits, load

COLOURS: Final = {"agreements": "#b2182b", "direct": "#2166ac", "aggregated": "#1b7837"}
WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 676, 46, 384
FEWEST, MOST = 5.6, 11.61  # powers of ten of the requests a month
CHEAPEST, DEAREST = 4.5, 11.6  # and of the USD
_POWERS: Final = {3: "k", 6: " million", 9: " billion", 12: " trillion"}


def svg() -> str:
    """Text all through: the same model writes the same picture."""
    return "\n".join(["<!-- SPDX-License-Identifier: MIT -->", *_picture(), ""])


def _picture() -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" role="img">'
    )
    yield "<title>Gas of the whole network a month, against its requests</title>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield from _grid()
    yield _text(LEFT - 70, 22, "gas, USD a month", "start")
    yield _text(RIGHT + 70, 22, "chains filled", "end")
    yield _text((LEFT + RIGHT) // 2, HEIGHT - 12, "requests a month", "middle")
    for name, colour in COLOURS.items():
        yield from _line(name, colour)
    yield "</svg>"


def _grid() -> Iterator[str]:
    for power in range(6, 12):
        x = _x(power)
        yield _stroke(x, TOP, x, BOTTOM, "#dddddd")
        yield _text(x, BOTTOM + 18, _named(power), "middle")
    for power in range(5, 12):
        y = _y(power)
        yield _stroke(LEFT, y, RIGHT, y, "#dddddd")
        yield _text(LEFT - 8, y + 4, f"${_named(power)}", "end")
    p = parameters("direct")
    a_chain = log10(capacity(p) * conditions(p).now.of_gas)
    for power in range(-1, 6):
        y = _y(a_chain + power)
        if power == 0:
            yield _stroke(LEFT, y, RIGHT, y, "#555555", ' stroke-dasharray="6 4"')
        yield _text(RIGHT + 8, y + 4, f"{Decimal(10) ** power:,}", "start")


def _line(name: str, colour: str) -> Iterator[str]:
    p = parameters(name)
    calls = float(p.api_calls)
    points = []
    for step in range(61):
        power = FEWEST + (log10(calls) - FEWEST) * step / 60
        share = Decimal(f"{min(10**power / calls, 1.0):.12g}")
        points.append((_x(power), _y(log10(load(changed(p, "share", share)).gas_cost))))
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'
    place = list(COLOURS).index(name)
    yield _text(LEFT + 14, TOP + 18 + 18 * place, name, "start", colour)
    for limit in limits(p):
        power = log10(limit.requests) if limit.requests else FEWEST
        if FEWEST < power < log10(calls):
            share = limit.requests / p.api_calls
            y = _y(log10(load(changed(p, "share", share)).gas_cost))
            what = f"<title>{name}: {limit.what.replace(chr(39), '&#39;')}</title>"
            yield f'<circle cx="{_x(power):.1f}" cy="{y:.1f}" r="4" fill="{colour}">{what}</circle>'


def _x(power: float) -> float:
    return LEFT + (power - FEWEST) / (MOST - FEWEST) * (RIGHT - LEFT)


def _y(power: float) -> float:
    return BOTTOM - (power - CHEAPEST) / (DEAREST - CHEAPEST) * (BOTTOM - TOP)


def _named(power: int) -> str:
    """
    >>> _named(5), _named(7)
    ('100k', '10 million')
    """
    base = power - power % 3
    return f"{10 ** (power - base)}{_POWERS[base]}"


def _stroke(x: float, y: float, to_x: float, to_y: float, colour: str, more: str = "") -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {ends} stroke="{colour}"{more}/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#222222") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}">{words}</text>'
