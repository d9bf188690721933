# SPDX-License-Identifier: MIT
"""Everything that the model may be asked with; the defaults are the paper's example (sections 4, 5)
and, where the paper has none, what leaves it as it is.

The dataclass is the table: names, units, bounds and meanings are its fields' own. Shares are kept
as fractions of one and written as percentages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal, get_type_hints

from linkpool.economics.specs import Spec, above, check, choice, from_zero, number, percent, shown
from linkpool.errors import UsageError

Flow = Literal["paper", "direct", "agreements"]
Backend = Literal["none", "local", "docker", "ecs"]
Deduction = Literal["actual", "quoted", "ceiling"]
Rounding = Literal["paper", "exact"]

HARDWARE: Final[dict[Backend, Decimal]] = {
    "none": Decimal(0),
    "local": Decimal("1.10"),
    "docker": Decimal("3.00"),
    "ecs": Decimal("9.01"),
}
"""USD a month for a node. Assumptions, not measurements: a tenth of a 15 W machine's electricity
and a share of its price; a virtual machine of $12 for four nodes; a Fargate task of a quarter
vCPU and 512 MiB at us-east-1's list price.
"""

_Volatility = Annotated[
    Decimal, from_zero("market", "% a month", "300", "standard deviation of its logarithm")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """One question to the model; checked when it is made (UsageError names the parameter)."""

    # ---- Demand ----
    api_calls: Annotated[Decimal, above("demand", "calls a month", "1e15", "of RapidAPI")] = (
        Decimal(400_000_000_000)
    )
    share: Annotated[
        Decimal,
        number("demand", "%", ("0", "100"), "of those calls that oracles serve", is_open=True),
    ] = Decimal("0.00001")
    calls_per_user: Annotated[
        Decimal,
        number(
            "demand",
            "%",
            ("0", "10000"),
            "of an API user's calls that one made by a contract makes",
            is_open=True,
        ),
    ] = Decimal(1)
    nodes_per_request: Annotated[
        Decimal, number("demand", "nodes", ("1", "1000"), "that serve one request, on average")
    ] = Decimal(4)
    oracles: Annotated[
        Decimal, number("demand", "nodes", ("1", "1e9"), "on the network, the pool's included")
    ] = Decimal(19_000)
    provider_oracles: Annotated[
        Decimal,
        number(
            "demand",
            "%",
            ("0", "100"),
            "of the oracles within the pool's reputation provider",
            is_open=True,
        ),
    ] = Decimal(1)
    provider_demand: Annotated[
        Decimal, percent("demand", "of the requests that go to members of that provider")
    ] = Decimal(1)
    growth: Annotated[Decimal, number("demand", "% a month", ("-50", "100"), "of the requests")] = (
        Decimal(0)
    )
    oracle_growth: Annotated[
        Decimal, number("demand", "% a month", ("-50", "100"), "of the oracles")
    ] = Decimal(0)

    # ---- Price ----
    margin: Annotated[
        Decimal,
        from_zero(
            "price", "%", "100000", "of the gas of an answer, on top of it: the minimum price"
        ),
    ] = Decimal(1)
    minimum_price: Annotated[
        Decimal | None, above("price", "USD", "1e6", "of an answer, in place of gas and margin")
    ] = None
    high_value: Annotated[
        Decimal, percent("price", "of the requests that pay above the minimum")
    ] = Decimal(0)
    high_value_price: Annotated[
        Decimal,
        number("price", "times", ("1", "1e6"), "the minimum, where a request pays above it"),
    ] = Decimal(1)
    high_value_nodes: Annotated[
        Decimal | None,
        number("price", "nodes", ("1", "1000"), "that serve such a request [as any other]"),
    ] = None
    reprice_months: Annotated[
        Decimal,
        number(
            "price",
            "months",
            ("0", "120"),
            "between two settings of the minimum; 0: always in step with the market",
            is_whole=True,
        ),
    ] = Decimal(0)
    deduction: Annotated[
        Deduction,
        choice(
            "price",
            ("actual", "quoted", "ceiling"),
            "running cost taken before sharing: what it was, what it was to be when the price was "
            "set, or all that the contracts let the operator set",
        ),
    ] = "actual"
    ceiling: Annotated[Decimal, percent("price", "of a payment that may be such running cost")] = (
        Decimal(1)
    )

    # ---- Market ----
    gas_price: Annotated[Decimal, above("market", "gwei", "1e6", "what a unit of gas costs")] = (
        Decimal(1)
    )
    gas_volatility: _Volatility = Decimal(0)
    eth_price: Annotated[Decimal, above("market", "USD", "1e9", "of an ether")] = Decimal(392)
    eth_volatility: _Volatility = Decimal(0)
    link_price: Annotated[
        Decimal, above("market", "USD", "1e6", "of a LINK; the paper has none")
    ] = Decimal("0.30")
    link_volatility: _Volatility = Decimal(0)
    quoted_gas_price: Annotated[
        Decimal | None, above("market", "gwei", "1e6", "when the minimum price was set [gas-price]")
    ] = None
    quoted_eth_price: Annotated[
        Decimal | None, above("market", "USD", "1e9", "when the minimum price was set [eth-price]")
    ] = None
    quoted_link_price: Annotated[
        Decimal | None, above("market", "USD", "1e6", "when the minimum price was set [link-price]")
    ] = None

    # ---- Gas ----
    flow: Annotated[
        Flow,
        choice(
            "gas",
            ("paper", "direct", "agreements"),
            "whose gas: the paper's estimate, or what this project's contracts were measured with",
        ),
    ] = "paper"
    erc20_gas: Annotated[Decimal, above("gas", "gas", "1e9", "of an average ERC-20 transfer")] = (
        Decimal(26_923)
    )
    erc20_extra: Annotated[
        Decimal, from_zero("gas", "%", "10000", "on top of it: the paper's estimate of a call")
    ] = Decimal("0.3")
    penalty_transfers: Annotated[
        Decimal, from_zero("gas", "an answer", "100", "transfers of a penalty (flow paper)")
    ] = Decimal(1)
    answer_gas: Annotated[
        Decimal | None, above("gas", "gas", "3e7", "of writing one answer [the flow's]")
    ] = None
    penalty_gas: Annotated[
        Decimal | None,
        from_zero("gas", "gas", "3e7", "of moving one penalty or deposit [the flow's]"),
    ] = None
    bid_gas: Annotated[
        Decimal | None, from_zero("gas", "gas", "3e7", "of one bid [the flow's]")
    ] = None
    round_gas: Annotated[
        Decimal | None,
        from_zero("gas", "gas", "3e8", "of starting and settling one agreement [the flow's]"),
    ] = None
    bids_won: Annotated[
        Decimal,
        number("gas", "%", ("0", "100"), "of the bids made (flow agreements)", is_open=True),
    ] = Decimal(1)
    deposits: Annotated[
        Decimal,
        from_zero(
            "gas", "a month", "1000", "times that a node's collateral is sent and fetched back"
        ),
    ] = Decimal(0)
    distributions: Annotated[
        Decimal, from_zero("gas", "a month", "1000", "times that a node's income is distributed")
    ] = Decimal(0)
    aggregated: Annotated[
        Decimal,
        number(
            "gas", "answers", ("1", "1000"), "computed off chain and written by one transaction"
        ),
    ] = Decimal(1)
    aggregated_gas: Annotated[
        Decimal, from_zero("gas", "gas", "3e7", "of checking each of them, where they are several")
    ] = Decimal(4_552)

    # ---- Pool ----
    interest: Annotated[Decimal, from_zero("pool", "LINK", "1e9", "to be staked")] = Decimal(
        "13969252.36"
    )
    rounding: Annotated[
        Rounding,
        choice(
            "pool",
            ("paper", "exact"),
            "requests of a node floored and the stake raised to a million, or neither",
        ),
    ] = "paper"
    stake_limit: Annotated[Decimal, above("pool", "LINK", "1e9", "most stake of a node")] = Decimal(
        20_000
    )
    nodes: Annotated[
        Decimal | None,
        number("pool", "nodes", ("0", "1e9"), "of the pool [stake / stake-limit]", is_whole=True),
    ] = None
    makers: Annotated[
        Decimal,
        number("pool", "%", ("0", "50"), "of the profit that is the owners'"),
    ] = Decimal("0.25")
    owned: Annotated[
        Decimal, percent("pool", "of the pool's ownership (PoolOwners) that is the operator's")
    ] = Decimal(0)
    own_stake: Annotated[
        Decimal, from_zero("pool", "LINK", "1e9", "of the stake that is the operator's")
    ] = Decimal(0)
    target_return: Annotated[
        Decimal, number("pool", "% a year", ("0", "1000"), "that a staker wants", is_open=True)
    ] = Decimal("0.05")

    # ---- Costs beside gas ----
    backend: Annotated[
        Backend,
        choice("costs", ("none", "local", "docker", "ecs"), "where nodes run: sets `hardware`"),
    ] = "none"
    hardware: Annotated[
        Decimal | None, from_zero("costs", "USD a month", "1e6", "for a node [the backend's]")
    ] = None
    fixed_costs: Annotated[
        Decimal,
        from_zero("costs", "USD a month", "1e9", "for the pool, whatever the number of nodes"),
    ] = Decimal(0)

    # ---- What goes wrong ----
    penalty: Annotated[
        Decimal, from_zero("faults", "LINK", "1e6", "lost by a missed or wrong answer")
    ] = Decimal(0)
    missed: Annotated[Decimal, percent("faults", "of what is asked that is never answered")] = (
        Decimal(0)
    )
    late: Annotated[
        Decimal, percent("faults", "of the answers, which cost half of the penalty")
    ] = Decimal(0)
    wrong: Annotated[Decimal, percent("faults", "of the answers, which cost the penalty")] = (
        Decimal(0)
    )
    outage: Annotated[
        Decimal, percent("faults", "chance that all nodes are down once in a month")
    ] = Decimal(0)
    outage_hours: Annotated[Decimal, from_zero("faults", "hours", "730", "that this lasts")] = (
        Decimal(0)
    )
    loss_cap: Annotated[Decimal, percent("faults", "of a node's stake that 14 days may cost")] = (
        Decimal("0.05")
    )
    pledged: Annotated[
        Decimal,
        percent(
            "faults",
            "of the owners' month that is not distributed when a loss comes, and bears it first",
        ),
    ] = Decimal(0)

    # ---- The chain ----
    block_gas: Annotated[Decimal, above("chain", "gas", "1e12", "that a block may use")] = Decimal(
        36_000_000
    )
    block_seconds: Annotated[Decimal, above("chain", "seconds", "3600", "between two blocks")] = (
        Decimal(12)
    )
    held_seconds: Annotated[
        Decimal,
        above("chain", "seconds", "518400", "that collateral is reserved for one agreement"),
    ] = Decimal(900)

    def __post_init__(self) -> None:
        for name, spec in specs().items():
            check(shown(name), spec, getattr(self, name))
        if self.late + self.wrong > 1:
            raise UsageError("late and wrong: more than 100 % of the answers together")
        if self.flow == "agreements" and self.widest > 31 and self.round_gas is None:
            raise UsageError(
                "nodes-per-request: an agreement has 31 oracles at most; set round-gas"
            )

    @property
    def widest(self) -> Decimal:
        """Most nodes that serve one request."""
        return max(self.nodes_per_request, self.high_value_nodes or self.nodes_per_request)

    @property
    def hardware_cost(self) -> Decimal:
        return HARDWARE[self.backend] if self.hardware is None else self.hardware


def changed(p: Parameters, name: str, value: Decimal) -> Parameters:
    """`p` with one other value, checked."""
    changes: dict[str, Any] = {name: value}
    return replace(p, **changes)


@cache
def specs() -> dict[str, Spec]:
    """By the name of the field."""
    hints = get_type_hints(Parameters, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}
