# SPDX-License-Identifier: MIT
"""natrix's rules are on but for four, and a finding that is not meant fails; so does a warning."""

from pathlib import Path

import pytest
from vyper.ast import nodes as vy
from vyper.compiler.phases import CompilerData

from tools import compiler, natrix_rules
from tools.compiler import CompileError, Source

PLANTED = {
    "NTX2": "lower: constant(uint256) = 1\n\n@external\ndef f() -> uint256:\n    return lower\n",
    "NTX5": "@external\ndef f() -> uint256:\n    return 1\n",
    "NTX6": "@external\ndef f():\n    print(True)\n",
    "NTX8": "@external\ndef f():\n    x: uint256 = 1\n",
    "NTX10": "@external\ndef f(n: uint256):\n    pass\n",
}


def tree_of(text: str) -> vy.Module:
    return CompilerData("# pragma version 0.4.3\n" + text).annotated_vyper_module


@pytest.mark.filterwarnings("ignore:.*only be used for debugging")
@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_finding_is_seen(code: str) -> None:
    found = natrix_rules.issues_of(tree_of(PLANTED[code]), "planted.vy")
    assert code in {issue.code for issue in found}


def test_rules_are_switched_off_by_name_only() -> None:
    codes = {rule.run.__self__.code for rule in natrix_rules.rules()}
    assert set(natrix_rules.DISABLED) < codes
    assert set(PLANTED) <= codes - set(natrix_rules.DISABLED)


def test_what_is_meant_has_to_be_there() -> None:
    """A reason that outlives its finding would hide the next one."""
    finding = "NTX5 contracts/Node.vy: Function 'allowStake' does not access state"
    other = "NTX5 contracts/Node.vy: Function 'other' does not access state"
    told = list(natrix_rules.sorted_out([finding, other]))
    assert other in told
    assert finding not in told
    assert len(told) == 1 + len(natrix_rules.MEANT) - 1


def test_a_warning_of_the_compiler_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = tmp_path / "Planted.vy"
    text = "# pragma version 0.4.3\n{} Kind:\n    ONE\n\nkind: public(Kind)\n"
    monkeypatch.setattr(compiler, "CONTRACTS", tmp_path)
    monkeypatch.setattr(compiler, "name_of", lambda path: path.name)
    contract.write_text(text.format("flag"))
    assert Source(contract).artefact()["runtime_size"]
    contract.write_text(text.format("enum"))
    with pytest.raises(CompileError, match="enum will be deprecated"):
        Source(contract).artefact()
