# SPDX-License-Identifier: MIT
"""The grammar of observation sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool.oracle.errors import SpecError
from linkpool.oracle.graph import parse


def test_attributes_edges_comments_and_separators() -> None:
    graph = parse(
        r"""
        // how it is fetched
        a [type="HTTP", method=GET; URL="http://x/?q=\"1\"&r=\d"] # a remark
        b [type=jsonparse path="data,0" /* of
           the answer */ ]
        a -> b -> c; c [type=multiply times=100.5 note=<{"x": <y>}>]
        """
    )
    a, b, c = graph.tasks
    assert a.kind == "http"
    assert a.attributes["url"] == r'http://x/?q="1"&r=\d'
    assert b.attributes["path"] == "data,0"
    assert c.attributes["times"] == "100.5"
    assert c.attributes["note"] == '{"x": <y>}'
    assert (b.inputs, c.inputs, graph.terminal) == (["a"], ["b"], ("c",))


def test_inputs_are_sorted_by_index() -> None:
    graph = parse("one [type=t index=1] zero [type=t index=0] sum [type=t] one -> sum zero -> sum")
    assert graph.tasks[-1].inputs == ["zero", "one"]


def test_a_task_without_edges_runs_and_ends_the_job() -> None:
    assert parse("a [type=x] b [type=y]").terminal == ("a", "b")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "no task"),
        ("a [type=x] a -> b", "'b' has no type"),
        ("a [type=x] b [type=x] a -> b -> a", "a, b wait for each other"),
        ("a [type=<x]", "'<' is not closed"),
        ("input [type=x]", "reserved"),
        ("a [type x]", "line 1: expected name=value"),
        ("a [type=x", "ends where"),
        ("a [type=x] ?", "unexpected '?'"),
        ("a ->", "ends where a task name"),
        ("a [type=x index=-1]", "not a number"),
    ],
)
def test_a_wrong_source_is_named(source: str, said: str) -> None:
    with pytest.raises(SpecError, match="observationSource") as error:
        parse(source)
    assert said in str(error.value)


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name != "input")
texts = st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["C"]))
tasks = st.dictionaries(names, st.dictionaries(names, texts, max_size=4), min_size=1, max_size=6)


@given(tasks)
def test_any_task_is_read_back(written: dict[str, dict[str, str]]) -> None:
    lines = []
    for name, attributes in written.items():
        pairs = " ".join(f'{key}="{text}"' for key, text in {**attributes, "type": "t"}.items())
        lines.append(f"{name} [{pairs}]")
    chain = list(written)
    graph = parse("\n".join([*lines, " -> ".join(chain)] if len(chain) > 1 else lines))
    read = {task.name: task.attributes for task in graph.tasks}
    assert read == {name: {**attributes, "type": "t"} for name, attributes in written.items()}
    assert [task.name for task in graph.tasks] == chain


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    try:
        assert parse(source).tasks
    except SpecError:
        pass
