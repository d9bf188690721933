# SPDX-License-Identifier: MIT
"""A PoolStorage's own words, read and written past its functions, field by field.

A state in which every field and all its neighbours hold something takes hundreds of calls to reach;
here it is one write. Figures are consistent where a test does not say otherwise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from random import Random

import boa
from eth_utils.crypto import keccak

from tests.contracts.suite import ROOT, Contract, Suite, link, word

M90 = 2**90 - 1
BIAS = 2**92
FIRST_SHARES = 10**15
GRAIN = 2**50
SMALLEST_SHARES = 10**27

# Fields from the lowest bit up, with their widths.
LAYOUT: dict[str, tuple[tuple[str, int], ...]] = {
    "totals": (("staked", 90), ("shares", 140), ("stakers", 26)),
    "dues": (("held", 93), ("operations", 92), ("ceiling", 20), ("sums", 24), ("weights", 20)),
    "book": (
        *(("owners", 92), ("at_risk", 92), ("makers", 20), ("places", 10), ("overdue", 1)),
        *(("used", 1), ("epoch", 32)),
    ),
    "risk": (
        *(("sent", 92), ("claims", 92), ("lost", 20), ("lost_day", 20), ("written", 1)),
        *(("spare", 7), ("records", 24)),
    ),
    "awaited": (("earlier", 20), ("earlier_day", 17), ("waiting", 92), ("until", 34)),
    "staff": (("pledged", 96), ("operator", 160)),
    "node": (("address", 160), ("cost", 92)),
    "policy": (
        *(("limit", 90), ("payment", 76), ("minimum", 87)),
        *(("enabled", 1), ("private", 1), ("ask_node", 1)),
    ),
}
POSITION = (("shares", 140), ("credit", 90), ("block", 26))

Fields = dict[str, int]


@cache
def _slots() -> dict[str, int]:
    text = (ROOT / "src/linkpool/chain/abi/PoolStorage.json").read_text(encoding="utf-8")
    return {entry["name"]: entry["slot"] for entry in json.loads(text)["storage"]}


def packed(layout: tuple[tuple[str, int], ...], fields: Fields) -> int:
    """One word of these fields; a field that is not named is 0."""
    found, at = 0, 0
    for name, width in layout:
        value = fields.get(name, 0)
        assert 0 <= value < 1 << width, f"{name} has {width} bits: {value}"
        found |= value << at
        at += width
    return found


def cut(layout: tuple[tuple[str, int], ...], found: int) -> Fields:
    """The fields of a word; what lies above all of them has to be 0."""
    fields, at = {}, 0
    for name, width in layout:
        fields[name] = (found >> at) & ((1 << width) - 1)
        at += width
    assert found >> at == 0, f"{found:x} is longer than its fields"
    return fields


@dataclass(frozen=True)
class Words:
    """The storage of one PoolStorage."""

    store: Contract

    def read(self) -> Fields:
        """Every field of every word of the ledger."""
        found: Fields = {}
        for name, layout in LAYOUT.items():
            found |= cut(layout, self._get(_slots()[f"ledger.{name}"]))
        return found

    def write(self, name: str, fields: Fields) -> None:
        """One word of the ledger anew."""
        self._set(_slots()[f"ledger.{name}"], packed(LAYOUT[name], fields))

    def write_all(self, fields: Fields) -> None:
        for name in LAYOUT:
            self.write(name, {field: fields[field] for field, _ in LAYOUT[name]})

    def position(self, staker: str, epoch: int) -> Fields:
        return cut(POSITION, self._get(self._place(staker, epoch)))

    def write_position(self, staker: str, epoch: int, fields: Fields) -> None:
        self._set(self._place(staker, epoch), packed(POSITION, fields))

    def write_record(self, id: int, place: int, fields: Fields) -> None:
        """An open penalty of that id at one of the ten places."""
        layout = (
            *(("exposure", 90), ("present", 90), ("deadline", 40), ("weight", 20)),
            *(("state", 2), ("place", 10)),
        )
        fields = {**fields, "state": 1, "place": 1 << place}
        self._set(_mapped("penalties.records", id), packed(layout, fields))
        at = _slots()["penalties.open_ids"]
        kept = self._get(at) & ~((2**24 - 1) << (24 * place))
        self._set(at, kept | (id - 1) << (24 * place))

    def _place(self, staker: str, epoch: int) -> int:
        return _mapped("shares.positions", epoch << 160 | int(staker, 16))

    def _get(self, slot: int) -> int:
        return int(boa.env.get_storage(self.store.address, slot))

    def _set(self, slot: int, value: int) -> None:
        boa.env.set_storage(self.store.address, slot, value)


def _mapped(name: str, at: int) -> int:
    return int.from_bytes(keccak(word(_slots()[name]) + word(at)), "big")


def held(figures: Fields, escrow: int) -> int:
    """What the first field of `dues` is, given the others: what is neither stakers' nor owners'."""
    return BIAS + escrow + figures["operations"] + figures["claims"] - figures["sent"]


def owed(figures: Fields) -> int:
    """Juels that have to be here (P3)."""
    return figures["staked"] + figures["owners"] + figures["held"] - BIAS


def full(random: Random, **fixed: int) -> Fields:
    """Every field of the ledger filled, as in a node's later life: consistent but for its LINK."""
    figures = {
        name: random.randrange(1, 1 << width)
        for layout in LAYOUT.values()
        for name, width in layout
    }
    staked = random.randrange(link(10**6), link(10**8))
    figures |= {
        "staked": staked,
        "shares": staked * random.randrange(FIRST_SHARES // 2, FIRST_SHARES),
        "operations": random.randrange(1, link(10**6)),
        "ceiling": random.randrange(1, 10**6),
        "owners": random.randrange(1, link(10**6)),
        "at_risk": staked // random.randrange(20, 40),
        "sent": staked // 19,
        "claims": random.randrange(1, link(10**6)),
        "makers": random.randrange(1, 500_000),
        "places": 0,
        "overdue": 1,
        "used": 1,
        "spare": 0,
        "waiting": random.randrange(1, staked // 20),
        "until": boa.env.timestamp + random.randrange(1, 10**6),
        "pledged": 0,
        "limit": M90,
        "minimum": 0,
        "enabled": 1,
        "private": 0,
        "ask_node": 0,
    }
    figures |= fixed
    figures["held"] = held(figures, random.randrange(1, link(10**6)))
    return figures


def install(suite: Suite, figures: Fields, pending: int) -> Words:
    """Makes the suite's node this one, with LINK to cover it and `pending` juels above."""
    words = Words(suite.store)
    words.write_all(figures)
    here = suite.link.balanceOf(suite.store.address)
    suite.fund(suite.store.address, owed(figures) + pending - here)
    return words
