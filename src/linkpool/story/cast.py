# SPDX-License-Identifier: MIT
"""Who plays, by the numbers of the local chain's development keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.accounts import KeySigner, development
from linkpool.chain.connection import LOCAL_CHAIN_ID
from linkpool.units import Wei, ether

OWNER: Final = "owner"
OPERATOR: Final = "operator"
CONSUMER: Final = "consumer"
STAKERS: Final = ("Ada", "Bo", "Cleo", "Dana", "Eli")
NODES: Final = ("alder", "birch", "cedar")
YOU: Final = "you"  # plays no part: the wallet of whoever tries things out, dev:15
NEWCOMER: Final = "cedar"  # registers itself; the pool's owner creates the others
SHARES: Final[Mapping[str, Wei]] = {
    "Fay": ether("1500"),
    "Gus": ether("1500"),
    "Hana": ether("133.7"),
    "Ivo": ether("0.000000000000000003"),
}

_KEYS: Final[Mapping[str, int]] = {
    name: index
    for index, name in enumerate((OWNER, OPERATOR, CONSUMER, *STAKERS, *SHARES, *NODES, YOU))
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's key, and names for addresses."""

    signers: Mapping[str, KeySigner]

    @classmethod
    def local(cls) -> Cast:
        return cls({n: development(i, chain_id=LOCAL_CHAIN_ID) for n, i in _KEYS.items()})

    def address(self, name: str) -> ChecksumAddress:
        return self.signers[name].address

    def name(self, account: str) -> str:
        """The player's name; a stranger's address in short."""
        for name, signer in self.signers.items():
            if signer.address == account:
                return name
        return f"{account[:6]}…{account[-4:]}"
