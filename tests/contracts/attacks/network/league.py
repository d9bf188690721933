# SPDX-License-Identifier: MIT
"""What a league needs to attack the network: oracles that are no PoolStorage, and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import boa

from tests.contracts.suite import ALL, Contract, mock, word
from tests.contracts.unit.chainlink.support import Network

BLOCK_GAS = 16_777_216
ACCEPT, REFUSE, BURN, PAY = range(4)


def impostor(network: Network, juels: int = 0) -> Contract:
    """An oracle that is no PoolStorage, with a deposit under reference 0 where juels are given."""
    found = mock("network_impostor", network.link.address)
    if juels:
        fund(network, found, juels)
    return found


def fund(network: Network, oracle: Contract, juels: int, reference: int = 0) -> None:
    """A deposit of an impostor."""
    network.suite.fund(oracle.address, juels)
    act(oracle, network.link, "transferAndCall", network.penalties.address, juels, word(reference))


def act(oracle: Contract, target: Contract, name: str, *args: Any) -> None:
    """An impostor calls a function; its failure is passed on."""
    oracle.act(target.address, getattr(target, name).prepare_calldata(*args))


def call(target: Contract, name: str, *args: Any) -> tuple[str, bytes]:
    """One attempt of an impostor."""
    return target.address, getattr(target, name).prepare_calldata(*args)


def say(
    oracle: Contract,
    *,
    speaks: bool = True,
    least: int = 0,
    deadline: int = ALL,
    price: int = 0,
) -> None:
    """What an impostor answers to questions."""
    oracle.say(speaks, least, deadline, price)


def new_transaction() -> None:
    """titanoboa keeps transient storage from one call to the next."""
    boa.env.evm.vm.state.clear_transient_storage()


def works(step: Callable[[], object]) -> bool:
    """Whether a transaction goes through."""
    new_transaction()
    try:
        step()
    except boa.BoaError:
        return False
    return True


def held(network: Network, holders: Iterable[str | Contract]) -> list[int]:
    """Juels of each."""
    return [network.balance(holder) for holder in holders]
