# SPDX-License-Identifier: MIT
"""Everything about one question: the month, what it breaks even at, what moves it, how many nodes,
and futures. What the commands print, the page draws and a calculator shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from linkpool.economics.breakeven import BreakEven, break_evens, check_target
from linkpool.economics.fleet import OPERATOR, TOGETHER, Fleet, fleet
from linkpool.economics.gas import Bill, bill
from linkpool.economics.measures import MEASURES
from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import PoolMonth, pool_month
from linkpool.economics.sensitivity import Bar, tornado


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`operator`, `together` (with the owners) and `staker` are break-evens by the parameter's
    name, empty without a pool.
    """

    name: str
    parameters: Parameters
    bill: Bill
    pool: PoolMonth
    fleet: Fleet | None
    """The operator's."""
    fleet_together: Fleet | None
    operator: dict[str, BreakEven]
    together: dict[str, BreakEven]
    staker: dict[str, BreakEven]
    operator_bars: tuple[Bar, ...]
    together_bars: tuple[Bar, ...]
    staker_bars: tuple[Bar, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing staked, or no node."""
        return self.pool.yearly_return is None


def report(name: str, p: Parameters) -> Report:
    """`name` is the scenario's or the file's."""
    pool = pool_month(p)
    if pool.yearly_return is None:
        return Report(
            name=name,
            parameters=p,
            bill=bill(p),
            pool=pool,
            fleet=None,
            fleet_together=None,
            operator={},
            together={},
            staker={},
            operator_bars=(),
            together_bars=(),
            staker_bars=(),
        )
    check_target(p)
    operator, both, staker = (MEASURES[name] for name in ("operator", "pool", "staker"))
    return Report(
        name=name,
        parameters=p,
        bill=bill(p),
        pool=pool,
        fleet=fleet(p, OPERATOR),
        fleet_together=fleet(p, TOGETHER),
        operator={one.name: one for one in break_evens(p, operator)},
        together={one.name: one for one in break_evens(p, both)},
        staker={one.name: one for one in break_evens(p, staker)},
        operator_bars=tuple(tornado(p, operator)),
        together_bars=tuple(tornado(p, both)),
        staker_bars=tuple(tornado(p, staker)),
    )
