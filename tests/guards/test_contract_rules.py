# SPDX-License-Identifier: MIT
"""The Vyper sources keep the house rules, and each rule catches what it is there for."""

import pytest

from tools import vyper_rules
from tools.sources import CONTRACTS
from tools.vyper_rules import Parsed

HEAD = "# pragma version 0.4.3\n"

PLANTED = {
    "plain_ascii": "# a form feed \x0c\n",
    "plain_ascii, other alphabet": "# \u0430\n",
    "plain_ascii, tab": "x: uint256\t# tab\n",
    "no_risky_ternary": (
        "@external\n@payable\ndef f(c: bool) -> uint256:\n    return (msg.value + 1) if c else 0\n"
    ),
    "no_risky_ternary, bits": (
        "@external\ndef f(c: bool, k: uint256) -> uint256:\n    return (k | 1) if c else 0\n"
    ),
    "no_risky_ternary, data": (
        "@external\ndef f(c: bool) -> uint256:\n    return (len(msg.data) + 1) if c else 0\n"
    ),
    "no_changes_in_append": (
        "@external\ndef f(a: DynArray[uint256, 2]):\n"
        "    b: DynArray[uint256, 2] = a\n    b.append(b.pop())\n"
    ),
    "no_changes_in_append, call": (
        "interface T:\n    def f() -> uint256: nonpayable\n\na: DynArray[uint256, 2]\n\n"
        "@external\ndef f(t: address):\n    self.a.append(extcall T(t).f())\n"
    ),
    "old_code_generator": "# pragma experimental-codegen\n",
    "layout": "x: public(uint256) \n",
    "layout, long": f"{'x' * 160}: public(uint256)\n",
    "layout, empty lines": "x: public(uint256)\n\n\n\ny: public(uint256)\n",
    "layout, indentation": "@external\ndef f():\n  return\n",
    "layout, no line end": "x: public(uint256)",
    "no_array_ternary": (
        "@external\ndef f(c: bool, a: DynArray[uint256, 2], b: DynArray[uint256, 2]):\n"
        "    x: DynArray[uint256, 2] = a if c else b\n    assert len(x) == 0  # dev: no\n"
    ),
    "no_code_offset": (
        "@external\ndef f(t: address, n: uint256) -> address:\n"
        "    return create_from_blueprint(t, code_offset=n)\n"
    ),
    "no_calls_in_arguments": (
        "interface T:\n    def f() -> uint256: nonpayable\n\nevent Done:\n    n: uint256\n\n"
        "@external\ndef f(t: address):\n    log Done(n=extcall T(t).f())\n"
    ),
    "no_calls_in_arguments, builtin": (
        "interface T:\n    def f() -> uint256: nonpayable\n\n"
        "@external\ndef f(t: address) -> uint256:\n"
        "    return max(extcall T(t).f(), extcall T(t).f())\n"
    ),
    "absolute_imports": "from . import other\n\nx: public(uint256)\n",
    "reasons": "@external\ndef f(c: bool):\n    assert c\n",
    "reasons, no noun": '@external\ndef f(c: bool):\n    assert c, "something is wrong"\n',
    "reasons, too long": f'@external\ndef f(c: bool):\n    assert c, "noun: {"x" * 60}"\n',
    "nothing_unused": "@external\ndef f():\n    x: uint256 = 1\n",
    "nothing_unused, import": "from interfaces import INode\n",
    "documented": "@external\ndef f():\n    pass\n",
    "documented, parameter": '@external\ndef f(n: uint256):\n    """\n    @notice Does.\n    """\n',
    "documented, result": (
        '@external\ndef f() -> bool:\n    """\n    @notice Does.\n    """\n    return True\n'
    ),
}


def parsed(text: str, name: str = "modules/planted.vy") -> Parsed:
    """As if `text` stood under contracts/."""
    ascii_text = text.encode("ascii", "replace").decode().replace("\x0c", "?").replace("\t", " ")
    tree = vyper_rules.parse_to_ast(ascii_text)
    return Parsed(CONTRACTS / name, text, tree, text.split("\n"))


def test_every_source_keeps_the_rules() -> None:
    assert vyper_rules.complaints() == []


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_breach_is_caught_by_its_rule_alone(case: str) -> None:
    file = parsed(HEAD + PLANTED[case])
    caught = {rule.__name__ for rule in vyper_rules.RULES if list(rule(file))}
    assert case.partition(",")[0] in caught
    assert caught <= {case.partition(",")[0], "nothing_unused", "documented"}


def test_clean_code_has_no_complaint() -> None:
    text = (
        HEAD + "from interfaces import INode\n\n"
        "@external\ndef f(n: address, c: bool) -> uint256:\n"
        '    """\n    @notice Does.\n    @param n node\n    @param c yes\n    @return it\n    """\n'
        '    assert c, "node: not ready"\n    assert n != self  # dev: cannot be\n'
        "    for i: uint256 in range(3):\n        pass\n"
        "    return 1 if c else staticcall INode(n).penaltyCount(n)\n"
    )
    assert [line for rule in vyper_rules.RULES for line in rule(parsed(text))] == []


def test_a_deployable_without_its_pragmas_is_caught() -> None:
    assert len(list(vyper_rules.pragmas(parsed(HEAD, "Planted.vy")))) == 2
    assert list(vyper_rules.pragmas(parsed("\n".join(vyper_rules.PRAGMAS), "Planted.vy"))) == []


def test_definitions_that_nothing_mentions_are_caught() -> None:
    text = (
        "event Said:\n    n: uint256\n\nMOST: constant(uint256) = 3\n\n"
        "@internal\ndef _nobody():\n    pass\n"
    )
    found = "\n".join(vyper_rules.unused_definitions([parsed(HEAD + text)]))
    assert all(f"{name} is unused" in found for name in ("Said", "MOST", "_nobody"))


def test_rules_see_mocks_and_interfaces_too() -> None:
    seen = {path.suffix for path in vyper_rules.vyper_sources()}
    assert seen == {".vy", ".vyi"}
    tops = {path.relative_to(CONTRACTS.parent).parts[0] for path in vyper_rules.vyper_sources()}
    assert tops == {"contracts", "tests"}
