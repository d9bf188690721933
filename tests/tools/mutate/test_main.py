# SPDX-License-Identifier: MIT
"""What is run, in which order, and what a wrong name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutate import session
from tools.mutate.__main__ import Order, chosen, jobs, until, words_of
from tools.mutate.mutants import Mutant, mutants, sources
from tools.mutate.reach import Reach
from tools.mutate.record import Fate, Outcome, Record
from tools.sources import name_of

PATH = next(path for path in sources() if path.stem == "NodeFactory")


@pytest.fixture
def mutant() -> Mutant:
    return next(it for it in mutants(PATH) if it.function == "createNode")


@pytest.fixture
def order(mutant: Mutant) -> Order:
    reach = Reach()
    here = (mutant.source, mutant.function, mutant.inside.start)
    elsewhere = (mutant.source, mutant.function, mutant.inside.stop)
    reach.add("through the line", 2.0, {here})
    reach.add("beside it", 1.0, {elsewhere})
    reach.add("not collected", 1.0, {here})
    reach.add("speaks of it", 9.0, {here})
    words = {"through the line": "", "beside it": "", "speaks of it": mutant.before}
    return Order(reach, {name: words_of(text) for name, text in words.items()})


def test_tests_through_the_line_come_first(order: Order, mutant: Mutant) -> None:
    assert order.tests(mutant)[1:] == ["through the line", "beside it"]


def test_of_these_what_speaks_of_the_same_comes_first(order: Order, mutant: Mutant) -> None:
    assert order.tests(mutant)[0] == "speaks of it"


def test_what_killed_in_the_same_function_comes_first(order: Order, mutant: Mutant) -> None:
    order.learn(mutant, Outcome("another", Fate.KILLED, "beside it"))
    assert order.tests(mutant) == ["beside it", "speaks of it", "through the line"]


def test_survivors_are_run_again_only_when_asked(order: Order, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.json")
    first = [job.mutant.id for job in jobs([PATH], record, order, again=False)]
    assert sorted(first) == sorted(it.id for it in mutants(PATH))
    source = record.sources[name_of(PATH)]
    killed, survived, *rest = first
    source.add(Outcome(killed, Fate.KILLED, "a test"))
    source.add(Outcome(survived, Fate.SURVIVED))
    assert [job.mutant.id for job in jobs([PATH], record, order, again=False)] == rest
    again = [job.mutant.id for job in jobs([PATH], record, order, again=True)]
    assert again == [survived, *rest]
    known = [job.mutant.id for job in jobs([PATH], record, order, again=True, judged={survived})]
    assert known == rest


def test_nothing_begins_after_the_time_is_up(order: Order, tmp_path: Path) -> None:
    todo = jobs([PATH], Record(tmp_path / "record.json"), order, again=False)
    assert list(until(0.0, todo)) == []


def test_sources_are_chosen_by_name_or_path() -> None:
    assert [path.stem for path in chosen("custody shares")] == ["custody", "shares"]
    assert chosen("contracts/chainlink/Penalties.vy")[0].parent.name == "chainlink"
    assert chosen("") == sources()


def test_a_wrong_name_is_said_with_the_right_ones() -> None:
    with pytest.raises(SystemExit, match=r"no source is called custard; known: .*custody"):
        chosen("custard")


def test_neither_gas_nor_machines_take_part(tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    unit.mkdir()
    for name in ("test_gas.py", "test_machine.py", "test_gas_limits.py", "test_rule.py"):
        (unit / name).write_text("def test_one() -> None:\n    pass\n")
    found: list[session.Tests] = []
    session.collect([str(tmp_path)], found.append)
    files = {Path(name.split("::")[0]).name for name in found[0].items}
    assert files == {"test_gas_limits.py", "test_rule.py"}
