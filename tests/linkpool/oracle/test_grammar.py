# SPDX-License-Identifier: MIT
"""Whatever an observation source or a job file looks like, it is read, or refused with a place."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkpool.oracle.errors import SpecError
from linkpool.oracle.grammar import KEYWORDS, MAX_SOURCE, WHOLE_BRACKET, Source, read
from linkpool.oracle.graph import Graph, parse
from linkpool.oracle.places import Places, of_keys, of_string
from linkpool.oracle.spec import JobSpec, load
from tests.linkpool.oracle.logs import STORAGE

JOBS = [path.read_text() for path in sorted((Path(__file__).parent / "specs").glob("*.toml"))]
SOURCES = [job.split('"""')[1].replace("\\\\", "\\") for job in JOBS]

# ---- What is written is read ----

words = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda word: word != "input" and word.lower() not in KEYWORDS
)
keys = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True).filter(lambda key: key != "type")
quoted = (
    st.text(max_size=20)
    .filter(lambda text: "\\" not in text and not WHOLE_BRACKET.fullmatch(text))
    .map(lambda text: (text, '"' + text.replace('"', '\\"') + '"'))
)
inside = st.text(st.characters(exclude_characters="<>"), min_size=1, max_size=20)
bracketed = inside.map(lambda text: (text, f"<{text}>"))
bare = (words | st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,3})?", fullmatch=True)).map(
    lambda text: (text, text)
)
values = quoted | bracketed | bare
gaps = st.sampled_from([" ", "\n", "\t ", ' /* > " [ */ ', " // x -> y\n", " # [\n", " , ", ";\n"])
cased = st.sampled_from([str.lower, str.upper, str.title])


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dict[str, dict[str, str]], list[tuple[str, str]]]:
    """A source, its tasks with their attributes, and its arrows, which lead forward."""
    names = draw(st.lists(words, min_size=1, max_size=6, unique=True))
    gap: Callable[[], str] = lambda: draw(gaps)  # noqa: E731
    tasks: dict[str, dict[str, str]] = {}
    parts: list[str] = []
    for name in names:
        attributes = {"type": ("memo", "memo"), **draw(st.dictionaries(keys, values, max_size=4))}
        tasks[name] = {key: value for key, (value, _) in attributes.items()}
        shown = [
            f"{draw(cased)(key)}{gap()}={gap()}{form}" for key, (_, form) in attributes.items()
        ]
        cut = draw(st.integers(0, len(shown)))
        lists = [gap().join(shown[:cut]), gap().join(shown[cut:])]
        parts.append(f"{name}{gap()}[{lists[0]}]{gap()}[{gap()}{lists[1]}]")
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    arrows = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8)) if pairs else []
    parts += [f"{a}{gap()}->{gap()}{b}" for a, b in arrows]
    return gap().join(draw(st.permutations(parts))), tasks, arrows


@settings(max_examples=60)
@given(written())
def test_any_source_is_read_back(
    case: tuple[str, dict[str, dict[str, str]], list[tuple[str, str]]],
) -> None:
    source, tasks, arrows = case
    found = read(source, Places(source))
    assert {
        name: {key: attribute.value for key, attribute in task.attributes.items()}
        for name, task in found.tasks.items()
    } == tasks
    assert set(found.edges) == set(arrows)
    for task in found.tasks.values():
        assert source.startswith(task.name, task.at)
        for attribute in task.attributes.values():
            assert source.startswith(attribute.name, attribute.at)


ends = st.lists(words, min_size=1, max_size=3, unique=True)


@given(st.lists(ends, min_size=2, max_size=4))
def test_any_chain_is_read_back(places: list[list[str]]) -> None:
    source = " -> ".join("{" + ", ".join(names) + "}" for names in places)
    found: Source = read(source, Places(source))
    expected = {(a, b) for x, y in pairwise(places) for a in x for b in y}
    assert set(found.edges) == expected


# ---- Whatever is written is read or refused ----


def judged(source: str) -> Graph | SpecError:
    try:
        return parse(source)
    except SpecError as error:
        lines = source.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert "\n" not in str(error)
        return error


@given(st.text(max_size=80) | st.text('ab[]="<>->{}/*#\\\n ,;type', max_size=80))
def test_any_text_is_read_or_refused(source: str) -> None:
    assert isinstance(judged(source), Graph | SpecError)


@st.composite
def damaged(draw: st.DrawFn, texts: list[str]) -> str:
    """A real one with pieces cut, doubled or replaced."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        piece = draw(
            st.sampled_from(["", text[start:end] * 2, '"', "[", "]", "->", "<", ">", "\\"])
            | st.text(max_size=5)
        )
        text = text[:start] + piece + text[end:]
    return text


@settings(max_examples=150)
@given(damaged(SOURCES))
def test_any_damaged_source_is_read_or_refused(source: str) -> None:
    assert isinstance(judged(source), Graph | SpecError)


@settings(max_examples=100)
@given(damaged(JOBS) | st.text(max_size=60))
def test_any_damaged_job_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(load(text, contract=STORAGE), JobSpec)
    except SpecError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "piece",
    ['a [type=x b="', "a [type=x b=<", "/*", "#", "[", "{", "a->", '\\"', "<>", "a [b=c] ", "$(",
     "a [type=x] ", "a[b=c d=e f=g]", "//\n", '"$(a)" ', "b", "-", "0."],
)  # fmt: skip
def test_long_sources_take_time_in_proportion(piece: str) -> None:
    """Four times the text takes far less than sixteen times as long: nothing is quadratic."""

    def taken(length: int) -> float:
        source = (piece * length)[:length]
        gc.collect()
        gc.disable()  # it would walk all that other tests have left
        try:
            began = time.process_time()
            judged(source)
            return time.process_time() - began
        finally:
            gc.enable()

    short = min(taken(MAX_SOURCE // 4) for _ in range(3))
    assert min(taken(MAX_SOURCE) for _ in range(3)) < 9 * short + 0.05


# ---- Places in a file ----

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40)


def escaped(text: str) -> str:
    """As TOML writes it between three quotation marks, with more escapes than needed."""
    forms: dict[str, str] = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "é": "\\u00e9"}
    plain = {*map(chr, range(32)), "\x7f"} - {"\n", "\t"}
    return "".join(forms.get(c) or (f"\\u{ord(c):04x}" if c in plain else c) for c in text)


@given(texts)
def test_each_letter_of_a_text_is_found_in_its_file(text: str) -> None:
    job = f'# x = """\nname = [1, "]", # ]\n 2]\nobservationSource = """\n{escaped(text)}"""\n'
    try:
        load(job)
    except SpecError:
        pass
    found = of_string(job, of_keys(job)["observationSource"][1], text)
    assert found is not None
    lines = job.split("\n")
    for offset, letter in enumerate(text):
        line, column = found.at(offset)
        there = (lines[line - 1] + "\n")[column - 1 :]
        assert there.startswith((letter, "\\"))


FORMS: list[tuple[str, Any]] = [
    ('observationSource = "a [type=x"', "line 1, column 31"),
    ("observationSource = 'a [type=x'", "line 1, column 31"),
    ("x = '''\n'''\nobservationSource = '''\na\n[type=x'''", "line 5, column 8"),
    ('observationSource = """\na [type=\\"x\\" \\\n   b"""', "line 3, column 5"),
    ('observationSource = """\r\na [type=x\r\n  b"""', "line 3, column 4"),
    ('observationSource = """a [type="x"""""', "line 1, column 35"),
]


@pytest.mark.parametrize(("text", "place"), FORMS)
def test_a_mistake_has_its_place_in_the_file(text: str, place: str) -> None:
    more = f'\ntype = "directrequest"\ncontractAddress = "{STORAGE}"\n'
    with pytest.raises(SpecError) as error:
        load(text + more)
    assert str(error.value).startswith(place)
