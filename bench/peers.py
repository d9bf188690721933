# SPDX-License-Identifier: MIT
"""What the same action costs elsewhere: measured by this project from the peers' own sources.

Receipts on anvil 1.7.1 under Prague rules with Chainlink's LinkToken v0.4. `transactions` above 1
says that an `approve` comes first; its gas is in the figure.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_NEWER = "LinkToken v0.4 built by solc 0.4.24"
_MAINNET = "LinkToken v0.4 built by solc 0.4.16, as on mainnet"


@dataclass(frozen=True, slots=True)
class Peer:
    """One figure. `token` is which build of LINK it was measured with."""

    gas: int
    token: str = _NEWER
    transactions: int = 1
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value != ""}


_SYNTHETIX = "Synthetix StakingRewards"
_REWARDS = "stake.link RewardsPool"
_POOL = "stake.link StakingPool"
_ZEPPELIN = "OpenZeppelin ERC-4626"
_SNEKMATE = "snekmate ERC-4626"
_STAKING = "Chainlink Staking v0.2"
_ORIGINAL = "original PoolOwners"

_APPROVE = "with an approve of 46,060 to 46,384 before it"
_AGAIN = "a large allowance given before, not counted"

PEERS: dict[str, dict[str, Peer]] = {
    "stake.direct.new": {
        _STAKING: Peer(173_254, _MAINNET),
        _SYNTHETIX: Peer(140_521 + 46_384, transactions=2, note=_APPROVE),
        _REWARDS: Peer(116_907 + 46_060, transactions=2, note=_APPROVE),
        _POOL: Peer(131_559, note="called by its priority pool"),
        _ZEPPELIN: Peer(76_706 + 46_060, transactions=2, note=_APPROVE),
        _SNEKMATE: Peer(75_754 + 46_060, transactions=2, note=_APPROVE),
    },
    "stake.direct.again": {
        _STAKING: Peer(166_318, _MAINNET),
        _SYNTHETIX: Peer(92_066, note=_AGAIN),
        _REWARDS: Peer(85_896, note=_AGAIN),
        _POOL: Peer(114_459, note="called by its priority pool"),
        _ZEPPELIN: Peer(59_606, note=_AGAIN),
        _SNEKMATE: Peer(58_654, note=_AGAIN),
    },
    "stake.direct.again.income": {
        _STAKING: Peer(217_618, _MAINNET, note="first accrual"),
        _SYNTHETIX: Peer(126_266, note="first reward of this staker; " + _AGAIN),
    },
    "withdraw.direct.part": {
        _STAKING: Peer(173_707, _MAINNET, note="after an unbonding transaction of 52,202"),
        _SYNTHETIX: Peer(84_512),
        _REWARDS: Peer(74_548),
        _POOL: Peer(155_945),
        _ZEPPELIN: Peer(57_538),
        _SNEKMATE: Peer(55_891),
    },
    "withdraw.direct.all": {
        _SYNTHETIX: Peer(101_850, note="exit, rewards included"),
        _ZEPPELIN: Peer(50_644),
        _SNEKMATE: Peer(49_634),
    },
    "distribute.1": {
        _SYNTHETIX: Peer(58_871, note="notifyRewardAmount; nobody is paid yet"),
        _REWARDS: Peer(65_580, note="nobody is paid yet"),
        _POOL: Peer(154_233, note="updateStrategyRewards, three strategies"),
        _STAKING: Peer(76_384, _MAINNET, note="addReward; nobody is paid yet"),
    },
    "distribute.43": {
        _ORIGINAL: Peer(43 * 16_683, _MAINNET, note="1,472,578 the first time"),
    },
    "distribute.300": {
        _ORIGINAL: Peer(300 * 14_881, _MAINNET, transactions=3, note="9,614,100 the first time"),
    },
    "owners.distribute.2": {_ORIGINAL: Peer(51_306, _MAINNET, note="payments come on top")},
    "owners.claim.2": {
        _ORIGINAL: Peer(55_585, _MAINNET, note="batchClaim of one owner"),
        _SYNTHETIX: Peer(76_384),
        _REWARDS: Peer(70_529),
        _STAKING: Peer(108_352, _MAINNET),
    },
    "owners.transfer": {
        _ORIGINAL: Peer(50_460, _MAINNET, note="impossible while a distribution runs"),
        "stake.link stLINK": Peer(44_048),
    },
}


def peers_of(action: str) -> dict[str, dict[str, Any]]:
    """JSON of the peers that have this action."""
    return {name: peer.as_json() for name, peer in PEERS.get(action, {}).items()}
