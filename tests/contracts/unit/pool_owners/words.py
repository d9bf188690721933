# SPDX-License-Identifier: MIT
"""The words of PoolOwners' ledger, read and written past its functions, field by field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import boa
from eth_utils.crypto import keccak

from tests.contracts.unit.pool_owners.support import ROOT

Layout = tuple[tuple[str, int], ...]
Fields = dict[str, int]

# Fields from the lowest bit up, with their widths.
HOLDER: Layout = (("shares", 72), ("staked", 72), ("round", 64), ("listed", 1))
RECORD: Layout = (("paid", 94), ("owed", 90), ("remainder", 72))
TOKEN: Layout = (("index", 94), ("reserved", 90), ("minimum", 71), ("whitelisted", 1))
TOTALS: Layout = (("round", 64), ("now", 32), ("ever", 32), ("tokens", 8))


def full(layout: Layout, **fixed: int) -> Fields:
    """Every field at its most, but for those given."""
    return {name: (1 << width) - 1 for name, width in layout} | fixed


@cache
def _slots() -> dict[str, int]:
    text = (ROOT / "src/linkpool/chain/abi/PoolOwners.json").read_text(encoding="utf-8")
    return {entry["name"].split(".")[-1]: entry["slot"] for entry in json.loads(text)["storage"]}


@dataclass(frozen=True)
class Words:
    """The storage of one PoolOwners; an account or a token is named by its address."""

    owners: Any

    def holder(self, account: str) -> Fields:
        return self._read(HOLDER, _mapped(_slots()["holders"], account))

    def write_holder(self, account: str, fields: Fields) -> None:
        self._write(HOLDER, _mapped(_slots()["holders"], account), fields)

    def record(self, account: str, token: str) -> Fields:
        return self._read(RECORD, _mapped(_mapped(_slots()["records"], account), token))

    def write_record(self, account: str, token: str, fields: Fields) -> None:
        self._write(RECORD, _mapped(_mapped(_slots()["records"], account), token), fields)

    def token(self, token: str) -> Fields:
        return self._read(TOKEN, _mapped(_slots()["tokens"], token))

    def write_token(self, token: str, fields: Fields) -> None:
        self._write(TOKEN, _mapped(_slots()["tokens"], token), fields)

    def totals(self) -> Fields:
        return self._read(TOTALS, _slots()["totals"])

    def write_totals(self, fields: Fields) -> None:
        self._write(TOTALS, _slots()["totals"], fields)

    def _read(self, layout: Layout, slot: int) -> Fields:
        found, fields = int(boa.env.get_storage(self.owners.address, slot)), {}
        for name, width in layout:
            fields[name] = found & ((1 << width) - 1)
            found >>= width
        assert found == 0, f"{found:x} is left above all fields"
        return fields

    def _write(self, layout: Layout, slot: int, fields: Fields) -> None:
        value, at = 0, 0
        for name, width in layout:
            assert 0 <= fields.get(name, 0) < 1 << width, name
            value |= fields.get(name, 0) << at
            at += width
        boa.env.set_storage(self.owners.address, slot, value)


def _mapped(slot: int, at: str) -> int:
    place = slot.to_bytes(32, "big") + bytes(12) + bytes.fromhex(at[2:])
    return int.from_bytes(keccak(place), "big")
