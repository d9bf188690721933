# SPDX-License-Identifier: MIT
"""The tasks of a job and their order, from its observation source.

An arrow orders two tasks and hands the first one's result to the second. A reference in an
attribute (`$(fetch)`) orders them too, as in newer Chainlink nodes, but hands nothing over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError, together
from linkpool.oracle.grammar import Attribute, Declared, Source, read
from linkpool.oracle.places import MAX_NOTICES, Notice, Places, nearest
from linkpool.oracle.variables import references

MIN_BACKOFF = 5.0
MAX_BACKOFF = 60.0
SHORT_BACKOFF = 10.0
MAX_ATTEMPTS = 100
RUN_VARIABLES = ("jobSpec", "jobRun")
COMMON = frozenset({"type", "index", "timeout", "failearly", "retries", "minbackoff", "maxbackoff"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a task is tried, in seconds; `timeout` 0 leaves it to the job."""

    timeout: float = 0.0
    attempts: int = 1
    min_backoff: float = MIN_BACKOFF
    max_backoff: float = MAX_BACKOFF
    fail_early: bool = False

    def pause(self, attempt: int) -> float:
        """Before the attempt that follows the `attempt`-th."""
        if self.min_backoff >= self.max_backoff:
            return self.max_backoff
        return min(self.min_backoff * 2.0 ** min(attempt - 1, 32), self.max_backoff)


@dataclass(slots=True)
class TaskSpec:
    """One node of the graph, attributes by lower-case name. `inputs` are the tasks whose results it
    takes, in the order given by `index`; `waits` those that only have to be done before it.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    patience: Patience = Patience()
    kind: str = field(init=False)

    def __post_init__(self) -> None:
        self.kind = self.attributes.get("type", "").lower()


@dataclass(frozen=True, slots=True)
class Graph:
    """The tasks of a job in an order that can be run; those that nothing follows, in the order of
    their `index`; what is odd about them.
    """

    tasks: tuple[TaskSpec, ...]
    terminal: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    followers: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)
    """Line and column of each task."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a kind of task has to be given, and may be given besides, by lower-case name."""

    required: Mapping[str, str]
    """With the name as Chainlink writes it."""
    known: frozenset[str]
    mistakes: Callable[[TaskSpec], Iterable[tuple[str, str]]] = lambda task: ()
    """Attributes of a task, by lower-case name, whose text no run can read, and why not."""


def parse(
    source: str,
    places: Places | None = None,
    rules: Mapping[str, Rules] | None = None,
    filled: Callable[[str], str] = str,
) -> Graph:
    """Reads a job's observation source; a wrong one is a SpecError with line and column. Without
    `rules` any kind of task is taken. `filled` puts in what the text leaves open.
    """
    where = places or Places(source)
    return _Builder(read(source, where), where, rules, filled).graph()


class _Builder:
    def __init__(
        self,
        source: Source,
        places: Places,
        rules: Mapping[str, Rules] | None,
        filled: Callable[[str], str],
    ) -> None:
        self.source = source
        self.places = places
        self.rules = rules
        self.filled = filled
        self.mistakes: list[SpecError] = []
        self.notices: list[Notice] = []

    def graph(self) -> Graph:
        tasks = self.tasks()
        index = {name: self.index(one) for name, one in self.source.tasks.items()}
        if self.mistakes:
            raise together(self.mistakes)
        if not tasks:
            raise self.places.error("observationSource: no task, expected `name [type=...]`", 0)
        for before, after in self.source.edges:
            tasks[after].inputs.append(before)
        for one in self.source.tasks.values():
            tasks[one.name].waits = self.waits(one, tasks)
        for task in tasks.values():
            task.inputs.sort(key=index.__getitem__)
        followers = self.followers(tasks)
        terminal = sorted((name for name in tasks if not followers[name]), key=index.__getitem__)
        return Graph(
            self.ordered(tasks, followers),
            tuple(terminal),
            tuple(self.notices),
            {name: tuple(names) for name, names in followers.items()},
            {name: self.places.at(one.at) for name, one in self.source.tasks.items()},
        )

    def tasks(self) -> dict[str, TaskSpec]:
        found: dict[str, TaskSpec] = {}
        for name, one in self.source.tasks.items():
            try:
                found[name] = self.task(one)
            except SpecError as error:
                self.mistakes.append(error)
        return found

    def task(self, one: Declared) -> TaskSpec:
        if not one.declared:
            declared = [name for name, task in self.source.tasks.items() if task.declared]
            raise self.places.error(
                f"observationSource: task {one.name!r} is not declared, expected "
                f"`{one.name} [type=...]`{nearest(one.name, declared)}",
                one.at,
            )
        kind = one.attributes.get("type")
        if kind is None or not kind.value:
            text = f"observationSource: task {one.name!r} has no type, expected type=..."
            raise self.places.error(text, one.at)
        for attribute in one.attributes.values():
            if attribute.repeated:
                text = f"task {one.name!r}: {attribute.name!r} is given twice, the last one counts"
                self.notice(text, attribute.at)
        values = {name: self.filled(text.value) for name, text in one.attributes.items()}
        task = TaskSpec(one.name, values, patience=self.patience(one))
        if self.rules is not None:
            self.checked(one, kind, task, self.rules)
        return task

    def literals(self, one: Declared, task: TaskSpec, rule: Rules) -> None:
        """What the job spells out has to be readable."""
        for name, why in rule.mistakes(task):
            attribute = one.attributes[name]
            plain = why[len(name) :] if why.lower().startswith(name) else f": {why}"
            text = f"task {one.name!r}: {attribute.name}{plain}"
            self.mistakes.append(self.places.error(text, attribute.value_at))

    def checked(
        self, one: Declared, kind: Attribute, task: TaskSpec, rules: Mapping[str, Rules]
    ) -> None:
        rule = rules.get(task.kind)
        if rule is None:
            known = ", ".join(sorted(rules))
            near = nearest(kind.value.lower(), rules)
            text = f"task {one.name!r}: type {kind.value[:40]!r} is unknown"
            text += near or f", expected {known}"
            self.mistakes.append(self.places.error(text, kind.value_at))
            return
        for name, written in rule.required.items():
            if name not in one.attributes or not one.attributes[name].value.strip():
                text = f"task {one.name!r}: {kind.value} needs {written!r}"
                self.mistakes.append(self.places.error(f"{text}, expected {written}=...", one.at))
        for name, attribute in one.attributes.items():
            if name not in rule.known and name not in COMMON:
                near = nearest(name, sorted(rule.known | COMMON))
                text = f"task {one.name!r}: {kind.value} has no {attribute.name!r}, it is ignored"
                self.notice(text + near, attribute.at)
        self.literals(one, task, rule)

    def notice(self, text: str, at: int) -> None:
        if len(self.notices) < MAX_NOTICES:
            self.notices.append(self.places.notice(text, at))

    def index(self, one: Declared) -> int:
        return self.number(one, "index", 0, lowest=-(2**31))

    def waits(self, one: Declared, tasks: Mapping[str, TaskSpec]) -> list[str]:
        """Tasks that are referred to and have no arrow to this one."""
        found: dict[str, None] = {}
        for attribute in one.attributes.values():
            for path in references(attribute.value):
                root = path.partition(".")[0]
                if root in tasks:
                    found[root] = None
                elif root not in RUN_VARIABLES:
                    near = nearest(root, [*tasks, *RUN_VARIABLES])
                    text = f"task {one.name!r}: $({path}) leads to no task{near}"
                    self.notice(text, attribute.value_at)
        return [name for name in found if name not in tasks[one.name].inputs]

    # ---- Order ----

    def followers(self, tasks: Mapping[str, TaskSpec]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {name: [] for name in tasks}
        for task in tasks.values():
            for before in (*task.inputs, *task.waits):
                found[before].append(task.name)
        return found

    def ordered(
        self, tasks: Mapping[str, TaskSpec], followers: Mapping[str, Sequence[str]]
    ) -> tuple[TaskSpec, ...]:
        waiting = {name: len(task.inputs) + len(task.waits) for name, task in tasks.items()}
        ready = deque(name for name, count in waiting.items() if not count)
        order: list[TaskSpec] = []
        while ready:
            name = ready.popleft()
            order.append(tasks[name])
            for follower in followers[name]:
                waiting[follower] -= 1
                if not waiting[follower]:
                    ready.append(follower)
        if len(order) < len(tasks):
            raise self.cycle(tasks, {name for name, count in waiting.items() if count})
        return tuple(order)

    def cycle(self, tasks: Mapping[str, TaskSpec], stuck: set[str]) -> SpecError:
        """Every stuck task has a stuck one before it: going back meets one of them again."""
        name = next(name for name in tasks if name in stuck)
        walked: dict[str, int] = {}
        path: list[str] = []
        while name not in walked:
            walked[name] = len(path)
            path.append(name)
            task = tasks[name]
            name = next(one for one in (*task.inputs, *task.waits) if one in stuck)
        loop = [*reversed(path[walked[name] :])]
        first = min(range(len(loop)), key=lambda place: self.source.tasks[loop[place]].at)
        loop = loop[first:] + loop[:first]
        shown = " -> ".join([*loop[:10], *(["..."] if len(loop) > 10 else []), loop[0]])
        text = f"observationSource: the tasks wait for each other: {shown}"
        return self.places.error(text, self.source.tasks[loop[0]].at)

    # ---- Attributes that every task may have ----

    def patience(self, one: Declared) -> Patience:
        given = one.attributes.get("minbackoff")
        least = self.duration(one, "minbackoff", 0.0)
        most = self.duration(one, "maxbackoff", 0.0)
        early = one.attributes.get("failearly")
        if early is not None and early.value.lower() not in ("true", "false"):
            self.wrong(one, early, "true or false")
        return Patience(
            timeout=self.duration(one, "timeout", 0.0),
            attempts=max(1, min(self.number(one, "retries", 1, lowest=0), MAX_ATTEMPTS)),
            min_backoff=least or MIN_BACKOFF,
            # A Chainlink node listens to maxBackoff only beside minBackoff, where its own default
            # is another one.
            max_backoff=(most or SHORT_BACKOFF) if given and least else MAX_BACKOFF,
            fail_early=early is not None and early.value.lower() == "true",
        )

    def duration(self, one: Declared, name: str, default: float) -> float:
        attribute = one.attributes.get(name)
        if attribute is None or not attribute.value:
            return default
        try:
            return seconds(attribute.value)
        except SpecError:
            self.wrong(one, attribute, "a duration such as 30s, 1m30s or 500ms")
            return default

    def number(self, one: Declared, name: str, default: int, *, lowest: int) -> int:
        attribute = one.attributes.get(name)
        if attribute is None or not attribute.value:
            return default
        text = attribute.value
        digits = text.removeprefix("-")
        plain = digits.isascii() and digits.isdecimal() and len(digits) <= 10
        if not plain or not lowest <= int(text) < 2**32:
            self.wrong(one, attribute, "a whole number")
            return default
        return int(text)

    def wrong(self, one: Declared, attribute: Attribute, wanted: str) -> None:
        text = f"task {one.name!r}: {attribute.name}: {attribute.value[:40]!r} is not {wanted}"
        self.mistakes.append(self.places.error(text, attribute.value_at))
