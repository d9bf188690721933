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
    """A request that may come."""

    payment: Juels
    requester: ChecksumAddress


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
    return gate.refusal(request.payment, _costs(job, terms))


def _costs(job: Job, terms: Terms) -> gate.Costs | None:
    """A job whose answers may use more gas than others costs more."""
    if terms.costs is None:
        return None
    return replace(terms.costs, gas=max(terms.costs.gas, job.gas))


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
