# SPDX-License-Identifier: MIT
"""From facts to a verdict; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from linkpool.audit.checks import (
    code,
    creation,
    manifest,
    money,
    network,
    powers,
    registry,
    whitelist,
)
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Facts, Moment
from linkpool.audit.findings import Finding, Verdict
from linkpool.audit.words import one_line

_CHECKS = (
    code.check,
    creation.check,
    registry.check,
    powers.check,
    whitelist.check,
    money.check,
    network.check,
    manifest.check,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`endpoints`: who was asked; of one alone every word was believed."""

    moment: Moment
    endpoints: tuple[str, ...]
    nodes: int
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all; LOOK is OK: whoever has money here reads the lines."""
        worst = self.of(Verdict.DEVIATES) or self.of(Verdict.UNKNOWN)
        return worst[0].verdict if worst else Verdict.OK

    def of(self, verdict: Verdict) -> list[Finding]:
        return [one for one in self.findings if one.verdict is verdict]


def judge(facts: Facts, expected: Expected, endpoints: Sequence[str]) -> Report:
    """NotJudged where the deployment is not this release's to judge."""
    manifest.require_this_release(facts, expected)
    findings = tuple(_tame(one) for check in _CHECKS for one in check(facts, expected))
    return Report(
        moment=facts.moment,
        endpoints=tuple(endpoints),
        nodes=len(facts.stores),
        findings=findings,
    )


def _tame(finding: Finding) -> Finding:
    """Names are whatever somebody wrote into the registry: none may look like a line of ours."""
    return replace(
        finding,
        what=one_line(finding.what),
        found=one_line(finding.found),
        expected=one_line(finding.expected),
    )
