# SPDX-License-Identifier: MIT
"""natrix's rules over our contracts, on syntax trees from our own compiler settings.

Its command line compiles each module by itself, which modules without an initialiser do not, and
takes a minute; in here one compilation of a contract serves every module that it imports.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from natrix.rules.common import Issue, Rule, RuleRegistry
from vyper.ast import nodes as vy
from vyper.ast.utils import ast_to_dict
from vyper.compiler.output import _get_reachable_imports
from vyper.compiler.settings import anchor_settings

from tools.compiler import Source
from tools.sources import CONTRACTS, deployables, name_of

# Rules that do not fit, each with its reason.
DISABLED = {
    "NTX1": "sizes of memory frames cost gas, which docs/explain/gas.md measures",
    "NTX4": "sees writes of its own storage only: whoever writes by a call looks like a view",
    "NTX11": "arguments start with an underscore there; here internal functions do",
    "NTX12": "wants @external before @view; here the order is the other one or this one",
}
# Findings that are meant: a pattern over "code file: message", and why.
MEANT = {
    r"NTX2 contracts/modules/owners_token\.vy: Constant '(name|symbol|decimals)'": (
        "ERC-20 names them so"
    ),
    r"NTX5 contracts/Node\.vy: Function 'allowStake'": (
        "a view by its interface: the next Node may read"
    ),
    r"NTX5 contracts/modules/oracle\.vy: Function 'typeAndVersion'": "a view in Chainlink's ABI",
    r"NTX8 .*: Variable 'ignored'": "named so because it is",
    r"NTX8 contracts/modules/penalties\w*\.vy: Variable 'i'": "counts the loop",
    r"NTX9 contracts/PoolOwners\.vy: Module 'owners_(token|sale|income)'": (
        "each has an interface of its own; tools/snapshots/PoolOwners.json lists what they export"
    ),
    r"NTX10 contracts/Node\.vy: Function 'allowStake'": (
        "the present Node allows all; the next may look at them"
    ),
    r"NTX10 contracts/modules/oracle\.vy: Function '\w+Request' argument '(sender|payment)'": (
        "Chainlink's ABI has them; LINK's own figures are used"
    ),
}


def rules() -> list[Rule]:
    RuleRegistry.discover_rules()
    found: list[Rule] = RuleRegistry.get_rules()
    return found


def issues_of(tree: vy.Module, name: str) -> Iterator[Issue]:
    """All findings of the rules that are on."""
    output: dict[str, Any] = {"contract_name": name, "ast": ast_to_dict(tree)}
    for rule in rules():
        yield from (issue for issue in rule.run(output) if issue.code not in DISABLED)


def trees() -> dict[str, vy.Module]:
    """Of every shipped source that some contract compiles."""
    found: dict[str, vy.Module] = {}
    for path in deployables():
        data = Source(path).data
        with anchor_settings(data.settings):
            found[name_of(path)] = data.annotated_vyper_module
            for tree in _get_reachable_imports(data):
                place = Path(tree.resolved_path)
                if place.is_relative_to(CONTRACTS) and place.suffix == ".vy":
                    found[name_of(place)] = tree
    return found


def sorted_out(issues: list[str]) -> Iterator[str]:
    """Findings that are not meant, and patterns that meet nothing."""
    unmet = dict.fromkeys(MEANT)
    for issue in issues:
        met = [pattern for pattern in MEANT if re.match(pattern, issue)]
        if not met:
            yield issue
        for pattern in met:
            unmet.pop(pattern, None)
    yield from (f"no finding is like {pattern!r}: remove it" for pattern in unmet)


def main() -> int:
    issues = [
        f"{issue.code} {name}: {issue.message} (line {issue.position})"
        for name, tree in sorted(trees().items())
        for issue in issues_of(tree, name)
    ]
    wrong = list(sorted_out(issues))
    for line in wrong:
        print(f"natrix: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
