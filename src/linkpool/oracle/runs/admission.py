# SPDX-License-Identifier: MIT
"""Whether a job serves a request. Pure: what is refused has a reason that a person understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from eth_typing import ChecksumAddress

from linkpool.oracle.runs import gate
from linkpool.oracle.runs.inputs import Request
from linkpool.oracle.runs.jobs import Job
from linkpool.units import Juels, show_link

NO_JOB = "no such job here: `linkpool job add FILE` takes it up while it is open"


@dataclass(frozen=True, slots=True)
class BridgeTerms:
    """What the operator asks of requests that use a bridge."""

    confirmations: int
    minimum: Juels


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the node asks of every request. `costs` None: the profitability gate is off."""

    confirmations: int
    minimum: Juels
    costs: gate.Costs | None = None
    bridges: Mapping[str, BridgeTerms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """A request that may come. `gas`: what it takes beside its answer's."""

    payment: Juels
    requester: ChecksumAddress
    gas: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the node would do about an offer. `why` it would not be served, empty where it would;
    `confirmations`: blocks that the request would need on it, its own included.
    """

    why: str
    confirmations: int = 1


def confirmations(job: Job, terms: Terms) -> int:
    """Blocks that a request needs on it, its own included."""
    used = [terms.bridges[name].confirmations for name in job.bridges if name in terms.bridges]
    return max(job.spec.confirmations, terms.confirmations, *used, 0)


def ready(request: Request, job: Job, terms: Terms) -> int:
    """The head from which on the request is deep enough."""
    return request.log.block + max(confirmations(job, terms), 1) - 1


def refusal(request: Request | Offer, job: Job | None, terms: Terms) -> str:
    """Why the request is not served; empty where it is."""
    if job is None:
        return NO_JOB
    if (text := _payment(request, job, terms)) or job.shadow:
        return text
    if job.spec.requesters and request.requester not in job.spec.requesters:
        return f"{request.requester} is not among the job's requesters"
    more = request.gas if isinstance(request, Offer) else 0
    return gate.refusal(request.payment, _costs(job, terms, more))


def service(offer: Offer, job: Job | None, terms: Terms) -> Service:
    """Whether an offer would be served, and when."""
    if job is None:
        return Service(why=NO_JOB)
    if job.shadow:
        return Service(why="its job here only compares with another node's answers")
    deep = max(confirmations(job, terms), 1)
    return Service(why=refusal(offer, job, terms), confirmations=deep)


def _costs(job: Job, terms: Terms, more: int) -> gate.Costs | None:
    """A job whose answers may use more gas than others costs more."""
    if terms.costs is None:
        return None
    return replace(terms.costs, gas=max(terms.costs.gas, job.gas) + more)


def _payment(request: Request | Offer, job: Job, terms: Terms) -> str:
    used = {name: terms.bridges[name].minimum for name in job.bridges if name in terms.bridges}
    asked = {
        "the job": terms.minimum if job.spec.minimum is None else job.spec.minimum,
        **{f"bridge {name}": minimum for name, minimum in used.items()},
    }
    who, most = max(asked.items(), key=lambda one: one[1])
    if request.payment >= most:
        return ""
    return f"pays {show_link(request.payment)}, {who} asks for {show_link(most)}"
