# SPDX-License-Identifier: MIT
"""What a check says about what it found. Pure: facts in, a finding out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from linkpool.oracle.runs.gate import Costs
from linkpool.oracle.runs.limits import RunLimits
from linkpool.units import Juels, Wei, show_ether, show_link

DISK_FATAL: Final = 64 * 2**20
DISK_LOW: Final = 2**30
CLOCK_SECONDS: Final = 15
STILL_SECONDS: Final = 600
"""A public chain has blocks every few seconds: an older head is another one's."""
ETHER_LOW: Final = Wei(10**17)
_OR_LEAST: Final = "set runs.gate with a price, or runs.minimum_payment"


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FATAL = "fatal"  # a node does not start


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    what: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One RPC address, asked by itself; `error` where it did not answer as it should."""

    name: str
    chain_id: int | None = None
    head: int | None = None
    timestamp: int | None = None
    error: str = ""


def ok(what: str, text: str) -> Finding:
    return Finding(what, Level.OK, text)


def warning(what: str, text: str) -> Finding:
    return Finding(what, Level.WARNING, text)


def fatal(what: str, text: str) -> Finding:
    return Finding(what, Level.FATAL, text)


def endpoints(probes: Sequence[Probe], *, chain_id: int) -> list[Finding]:
    """One for each; fatal where none can be used."""
    wrong = [one for one in probes if one.chain_id not in (None, chain_id)]
    good = [one for one in probes if one.chain_id == chain_id]
    found = [ok(f"RPC {one.name}", f"chain {chain_id}, block {one.head}") for one in good]
    found += [
        fatal(f"RPC {one.name}", f"answers for chain {one.chain_id}, not {chain_id}: remove it")
        for one in wrong
    ]
    lost = [one for one in probes if one.chain_id is None]
    complain = warning if good else fatal
    return found + [complain(f"RPC {one.name}", one.error or "no answer") for one in lost]


def heads(probes: Sequence[Probe], *, lag: int) -> Finding | None:
    """Whether they see the same chain; nothing to compare is no finding."""
    known = {one.name: one.head for one in probes if one.head is not None}
    if len(known) < 2:
        return None
    highest = max(known.values())
    behind = [f"{name} is {highest - head} blocks behind" for name, head in known.items()
              if highest - head > lag]  # fmt: skip
    if behind:
        return warning("heads", f"{', '.join(behind)}: it is not read from until it caught up")
    return ok("heads", f"{len(known)} endpoints within {lag} blocks of {highest}")


def clock(timestamp: int | None, now: float, *, local: bool) -> Finding | None:
    """This machine's clock against the newest block. A local chain may stand still."""
    if timestamp is None:
        return None
    ahead = timestamp - now
    if ahead > CLOCK_SECONDS and not local:
        return warning("clock", f"the newest block is {ahead:.0f} s in the future: set the clock")
    if -ahead > STILL_SECONDS and not local:
        text = f"the newest block is {-ahead / 60:.0f} minutes old: the clock or the RPC is wrong"
        return warning("clock", text)
    return ok("clock", f"{abs(ahead):.0f} s from the newest block's")


def disk(free: int, folder: str) -> Finding:
    """Free bytes where the state is kept."""
    shown = f"{free / 2**30:.1f} GiB free at {folder}"
    if free < DISK_FATAL:
        return fatal("disk", f"{shown}: make room")
    return warning("disk", f"{shown}: it will not last") if free < DISK_LOW else ok("disk", shown)


def descriptors(most: int, needed: int) -> Finding:
    """Files and connections that this process may have open; a node takes them all."""
    if 0 <= most < needed:
        text = f"{most} open files at most, {needed} may be needed: raise the hard limit nofile"
        return warning("descriptors", text)
    return ok("descriptors", f"enough for {needed} open files")


def balance(name: str, account: str, wei: Wei) -> Finding:
    """What an account can pay with."""
    shown = f"{account} has {show_ether(wei)}"
    if wei == 0:
        return warning(f"balance {name}", f"{shown}: it cannot answer, send it some")
    if wei < ETHER_LOW:
        return warning(f"balance {name}", f"{shown}: that is soon gone")
    return ok(f"balance {name}", shown)


def payment(limits: RunLimits, fee: Wei, *, local: bool) -> Finding:
    """Whether something refuses requests that pay less than their answers cost at `fee` per gas.
    Gas of a local chain costs nobody anything, unless it was given a price.
    """
    price, least = limits.link_per_ether, Juels(limits.minimum_payment)
    if limits.gate:
        if price is None and limits.price_url is None:
            text = "runs.gate has no price: set runs.link_per_ether or runs.price_url"
            return warning("payment", f"{text}, nobody is refused until then")
        return ok("payment", "requests that do not pay for their answers are refused")
    cost = f"an answer can cost {show_ether(Wei(limits.gate_gas * fee))} at today's fee"
    if price is None:
        if least or local:
            return ok("payment", f"{cost}, a request has to pay {show_link(least)}")
        return warning("payment", f"{cost} and a request need not pay: {_OR_LEAST}")
    needed = Costs(gas=limits.gate_gas, fee=fee, link_per_ether=price).needed
    if least < needed:
        text = f"{cost}, which is {show_link(needed)}; a request has to pay {show_link(least)}"
        return warning("payment", f"{text}: {_OR_LEAST}")
    return ok("payment", f"{cost}, a request has to pay {show_link(least)}")


def jobs(
    count: int, broken: Mapping[int, str], missing: Mapping[int, Sequence[str]]
) -> list[Finding]:
    """Whether what is stored can be run."""
    found = [warning(f"job {number}", text) for number, text in broken.items()]
    found += [
        warning(f"job {number}", f"there is no bridge {', '.join(names)}: `linkpool bridge add`")
        for number, names in missing.items()
    ]
    return found or [ok("jobs", f"{count} can be run")]
