# SPDX-License-Identifier: MIT
"""Who plays, by the numbers of the local chain's development keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.accounts import KeySigner, development
from linkpool.chain.addresses import address, created_address
from linkpool.chain.connection import LOCAL_CHAIN_ID
from linkpool.units import Wei, ether

OWNER: Final = "owner"
OPERATOR: Final = "operator"
CONSUMER: Final = "consumer"
STAKERS: Final = ("Ada", "Bo", "Cleo", "Dana", "Eli")
NODES: Final = ("alder", "birch", "cedar")
YOU: Final = "you"  # plays no part: the wallet of whoever tries things out, dev:15
CLIENT: Final = "client"  # asks several oracles at once, through a contract of its own
HARMED: Final = "Kim"  # the client's customer, whom bad answers harm: gets what they cost
NEWCOMER: Final = "cedar"  # registers itself; the pool's owner creates the others
SHARES: Final[Mapping[str, Wei]] = {
    "Fay": ether("1500"),
    "Gus": ether("1500"),
    "Hana": ether("133.7"),
    "Ivo": ether("0.000000000000000003"),
}

_KEYS: Final[Mapping[str, int]] = {
    name: index
    for index, name in enumerate(
        (OWNER, OPERATOR, CONSUMER, *STAKERS, *SHARES, *NODES, YOU, CLIENT, HARMED)
    )
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's key, and names for addresses; `contracts` are somebody's first transaction."""

    signers: Mapping[str, KeySigner]
    contracts: Mapping[ChecksumAddress, str]

    @classmethod
    def local(cls) -> Cast:
        signers = {n: development(i, chain_id=LOCAL_CHAIN_ID) for n, i in _KEYS.items()}
        made = {created_address(signers[who].address, 0): who for who in (CONSUMER, CLIENT)}
        return cls(signers, made)

    def contract(self, name: str) -> ChecksumAddress:
        """What this player made first."""
        return next(place for place, who in self.contracts.items() if who == name)

    def address(self, name: str) -> ChecksumAddress:
        return self.signers[name].address

    def name(self, account: str) -> str:
        """The player's name; a stranger's address in short."""
        for name, signer in self.signers.items():
            if signer.address == account:
                return name
        if account in self.contracts:
            return self.contracts[address(account)]
        return f"{account[:6]}…{account[-4:]}"
