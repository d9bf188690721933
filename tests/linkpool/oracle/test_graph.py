# SPDX-License-Identifier: MIT
"""The tasks of an observation source and their order; what is wrong with one, and where."""

import pytest

from linkpool.oracle.errors import SpecError
from linkpool.oracle.graph import Patience, parse
from linkpool.oracle.tasks import RULES


def test_attributes_edges_comments_and_separators() -> None:
    graph = parse(
        r"""
        // how it is fetched
        a [type="HTTP", method=GET; URL="http://x/?q=\"1\"&r=\d"] # a remark
        b [type=jsonparse path="data,0" /* of
           the answer */ ]
        a -> b -> c; c [type=multiply times=100.5 note=<{"x": 1}>][more=-.5]
        """
    )
    a, b, c = graph.tasks
    assert a.kind == "http"
    assert a.attributes["url"] == r'http://x/?q="1"&r=\d'
    assert b.attributes["path"] == "data,0"
    assert c.attributes == {"type": "multiply", "times": "100.5", "note": '{"x": 1}', "more": "-.5"}
    assert (b.inputs, c.inputs, graph.terminal) == (["a"], ["b"], ("c",))


def test_brackets_go_where_they_are_all_there_is() -> None:
    """As in a Chainlink node: around a value that has none inside, whatever quotes it."""
    source = 'a [type=t one=<x y> two=< "<b>" > three="<z>" four="1 < 2 > 1" five=" <w> "]'
    found = parse(source).tasks[0].attributes
    assert [found[name] for name in ("one", "two", "three", "four", "five")] == [
        "x y",
        '< "<b>" >',
        "z",
        "1 < 2 > 1",
        "w",
    ]


def test_inputs_are_sorted_by_index() -> None:
    graph = parse(
        "one [type=t index=1] last [type=t index=-1] zero [type=t] sum [type=t]"
        " one -> sum zero -> sum last -> sum"
    )
    assert graph.tasks[-1].inputs == ["last", "zero", "one"]


def test_terminal_tasks_are_sorted_by_index() -> None:
    assert parse("b [type=t index=2] c [type=t index=1] a [type=t]").terminal == ("a", "c", "b")


def test_several_tasks_may_stand_in_one_place_of_a_chain() -> None:
    graph = parse("a [type=t] b [type=t] c [type=t] d [type=t] a -> {b, c} -> d")
    assert {task.name: task.inputs for task in graph.tasks} == {
        "a": [],
        "b": ["a"],
        "c": ["a"],
        "d": ["b", "c"],
    }


def test_a_reference_orders_tasks_and_hands_nothing_over() -> None:
    graph = parse('user [type=t data="$(source.x) $(jobRun.logData)"] source [type=t]')
    assert [task.name for task in graph.tasks] == ["source", "user"]
    assert (graph.tasks[1].inputs, graph.tasks[1].waits) == ([], ["source"])
    assert (graph.terminal, graph.notices) == (("user",), ())


def test_an_arrow_is_more_than_a_reference() -> None:
    [_, user] = parse('source [type=t] user [type=t data="$(source)"] source -> user').tasks
    assert (user.inputs, user.waits) == (["source"], [])


def test_patience() -> None:
    def of(attributes: str) -> Patience:
        return parse(f"a [type=t {attributes}]").tasks[0].patience

    assert of("") == Patience(0, 1, 5, 60, False)
    assert of('timeout="1m" retries=3 failEarly=true') == Patience(60, 3, 5, 60, True)
    assert of('minBackoff="1s" maxBackoff="4s" retries=0') == Patience(0, 1, 1, 4)
    # The quirks of a Chainlink node.
    assert of('maxBackoff="4s"').max_backoff == 60
    assert of('minBackoff="1s"').max_backoff == 10
    assert of('minBackoff="20s"').pause(1) == 10


def test_pauses_double() -> None:
    patience = Patience(0, 9, 1, 5)
    assert [patience.pause(attempt) for attempt in (1, 2, 3, 4, 9_999)] == [1, 2, 4, 5, 5]


WRONG = [
    ("", "line 1, column 1: observationSource: no task, expected `name [type=...]`"),
    (
        "a [type=x]\n  a -> b",
        "line 2, column 8: observationSource: task 'b' is not declared, expec",
    ),
    ("fetch [type=x] fetsh -> fetch", "expected `fetsh [type=...]`; did you mean 'fetch'?"),
    ("a [url=x]", "line 1, column 1: observationSource: task 'a' has no type, expected type=..."),
    (
        "a [type=x] b [type=x]\nb -> a -> b",
        "line 1, column 1: observationSource: the tasks wait for each",
    ),
    ("a [type=x] b [type=x] a -> b -> a", "wait for each other: a -> b -> a"),
    ("a [type=x]\na -> a", "line 1, column 1: observationSource: the tasks wait for each other: a"),
    ('a [type=x b="$(a)"]', "line 1, column 1: observationSource: the tasks wait for each other"),
    ('a [type=x b="$(c.d)"] c [type=x b="$(a)"]', "wait for each other: "),
    ("a [type=<x]", "line 1, column 9: observationSource: '<' is not closed, expected '>'"),
    ('a [type="x]', "line 1, column 9: observationSource: the text that begins here is not closed"),
    ("a [type=x] /* b", "line 1, column 12: observationSource: the comment that begins here"),
    ("\ninput [type=x]", "line 2, column 1: observationSource: the name 'input' is reserved"),
    ("Node [type=x]", "the name 'Node' is reserved"),
    (
        "a [type x]",
        "line 1, column 9: observationSource: unexpected 'x', expected '=' after 'type'",
    ),
    (
        "a [type=]",
        "line 1, column 9: observationSource: unexpected ']', expected a value of 'type'",
    ),
    ("a [=x]", "line 1, column 4: observationSource: unexpected '=', expected an attribute or ']'"),
    ("a [type=x", "line 1, column 10: observationSource: ends here, expected an attribute or ']'"),
    ("a [type", "line 1, column 8: observationSource: ends here, expected '='"),
    ("a [type=x] ?", "line 1, column 12: observationSource: unexpected '?', expected a task"),
    ("a [type=x] ]", "line 1, column 12: observationSource: unexpected ']', expected a task"),
    ("a ->", "line 1, column 5: observationSource: ends here, expected a task"),
    ("a -> {b", "line 1, column 8: observationSource: ends here, expected a task or '}'"),
    ("a [type=x] b [type=x] a -> b [c=d]", "column 30: observationSource: attributes of an arrow"),
    (
        "a [type=x timeout=10s]",
        "line 1, column 19: observationSource: unexpected '10s', expected \"",
    ),
    ("a [type=x index=1.5]", "line 1, column 17: task 'a': index: '1.5' is not a whole number"),
    ("a [type=x retries=-1]", "task 'a': retries: '-1' is not a whole number"),
    ("a [type=x timeout=soon]", "line 1, column 19: task 'a': timeout: 'soon' is not a duration"),
    ("a [type=x failEarly=yes]", "task 'a': failEarly: 'yes' is not true or false"),
]


@pytest.mark.parametrize(("source", "said"), WRONG, ids=[source for source, _ in WRONG])
def test_a_wrong_source_is_named_with_its_place(source: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        parse(source)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "a\n  [type=htp url=x]",
            "line 2, column 9: task 'a': type 'htp' is unknown; did you mean",
        ),
        ("a [type=http]", "line 1, column 1: task 'a': http needs 'url', expected url=..."),
        ('a [type=multiply TIMES=" "]', "task 'a': multiply needs 'times', expected times=..."),
    ],
)
def test_a_task_that_cannot_run_is_refused(source: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        parse(source, rules=RULES)
    assert said in str(error.value)


def test_every_mistake_of_a_task_is_told() -> None:
    with pytest.raises(SpecError) as error:
        parse(
            "a [type=htp url=x timeout=soon retries=-1 index=x failEarly=yes]\n"
            "b [type=ethtx minConfirmations=soon maxBackoff=late]\n"
            'c [type=multiply times=" "]\n'
            "d",
            rules=RULES,
        )
    said = [str(error.value), *error.value.findings]
    assert [line.partition(":")[0] for line in said] == [
        "line 1, column 9", "line 1, column 27", "line 1, column 40", "line 1, column 49",
        "line 1, column 61", "line 2, column 1", "line 2, column 32", "line 2, column 48",
        "line 3, column 1", "line 4, column 1",
    ]  # fmt: skip


def test_what_is_odd_is_noticed() -> None:
    graph = parse(
        """
        a [type=multiply times=2 value=3 tiems=4 Times=5]
        b [type=memo value="$(aa.x)" b=1]
        a -> b
        """,
        rules=RULES,
    )
    assert list(map(str, graph.notices)) == [
        "line 2, column 50: task 'a': 'Times' is given twice, the last one counts",
        "line 2, column 34: task 'a': multiply has no 'value', it is ignored",
        "line 2, column 42: task 'a': multiply has no 'tiems', it is ignored; "
        "did you mean 'times'?",
        "line 3, column 38: task 'b': memo has no 'b', it is ignored",
        "line 3, column 28: task 'b': $(aa.x) leads to no task; did you mean 'a'?",
    ]
    assert graph.tasks[0].attributes["times"] == "5"


def test_only_so_many_oddities_are_told() -> None:
    many = " ".join(f"x{number}=1" for number in range(500))
    assert len(parse(f"a [type=any {many}]", rules=RULES).notices) == 20


def test_sources_have_a_size() -> None:
    with pytest.raises(SpecError, match="longer than 65536 characters"):
        parse("a" * 65_537)
    names = " ".join(f"a{number}" for number in range(150))
    with pytest.raises(SpecError, match="more than 10000 arrows"):
        parse(f"{{{names}}} -> {{{names}}}")
