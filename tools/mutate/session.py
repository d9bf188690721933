# SPDX-License-Identifier: MIT
"""One warm pytest session; each mutant meets the tests in a process forked from it.

Importing, collecting and compiling is paid once. A child changes the contract, runs tests until one
fails, says which, and ends: nothing of it remains.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from vyper.exceptions import VyperException, VyperInternalException

from tools.mutate.contracts import Contracts, install
from tools.mutate.mutants import Mutant
from tools.mutate.reach import Reach, traced
from tools.mutate.record import Fate, Outcome, Source
from tools.sources import ROOT, deployables

# What a call costs, and machines that find more and say less: not what a mutant is measured by.
LEFT_OUT = ("test_gas.py", "test_machine.py")
PROCESSOR_SECONDS = 120  # of one child; a loop in a contract ends earlier, for want of gas


@dataclass
class Job:
    """What to do with one mutant: which tests to run, in which order."""

    mutant: Mutant
    source: Source
    tests: list[str]


@dataclass(eq=False)
class Tests:
    """pytest's plugin: collects, then hands over to `work` instead of running."""

    work: Callable[[Tests], None]
    items: dict[str, pytest.Item] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # of processor time, without a fault
    failed: bool = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise SystemExit(f"mutate: {session.testsfailed} test files cannot be collected")
        self.items = {item.nodeid: item for item in session.items}
        self.work(self)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Nobody reads why a mutant died: no traceback is rendered."""
        bad = call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception)
        self.failed = self.failed or bad
        return pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed" if bad else "passed",
            longrepr=None,
            when=call.when,  # type: ignore[arg-type]
        )

    def passes(self, name: str, next_name: str | None = None) -> bool:
        """Runs one test."""
        self.failed = False
        item = self.items[name]
        following = None if next_name is None else self.items[next_name]
        with limited(3 + 5 * self.seconds.get(name, PROCESSOR_SECONDS)):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self.failed


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Ends a test, as failed, after that much processor time: a fault can make a count endless."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"{seconds:.0f} s of processor time")

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def collect(paths: list[str], work: Callable[[Tests], None]) -> None:
    """Collects the tests that take part and calls `work` with them, in the same process."""
    quiet = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-s"]
    ignored = [f"--ignore-glob=/*/{name}" for name in LEFT_OUT]
    code = pytest.main([*quiet, "--assert=plain", *ignored, *paths], plugins=[Tests(work)])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"mutate: pytest ended with {code}")


def prepare(contracts: Contracts) -> None:
    """What all children need is there before the first: compiled, loaded, deployed once."""
    import boa

    from tests.contracts import suite
    from tests.contracts.unit.chainlink.support import deploy_network

    install(contracts)
    hypothesis.settings.register_profile(
        "mutants",
        parent=hypothesis.settings.get_profile("quick"),
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        report_multiple_bugs=False,
    )
    hypothesis.settings.load_profile("mutants")
    for path in sorted(suite.MOCKS.glob("*.vy")):
        suite.deployer(path)
    for path in deployables():
        suite.deployer(path)
    with boa.env.anchor():
        deploy_network(suite.Actors(), 1)
    gc.collect()
    gc.freeze()
    gc.disable()


# ---- Children ----


def child(
    work: Callable[[Callable[[Any], None]], None], *, seconds: int = PROCESSOR_SECONDS
) -> tuple[int, int]:
    """Forks; `work` gets a function that sends one line of JSON. Gives pid and what to read."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        work(lambda message: _send(writing, message))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _send(pipe: int, message: Any) -> None:
    data = (json.dumps(message) + "\n").encode()
    while data:
        data = data[os.write(pipe, data) :]


def ended(pid: int) -> bool:
    """Whether a child came to its end; False when it used up its time.

    Raises:
        SystemExit: It broke, and has said why.
    """
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return False
    if code:
        raise SystemExit(f"mutate: a child process ended with {code}")
    return True


def measured(tests: Tests, cache: Path) -> Reach:
    """Which test reaches what; test files that are new or changed run once without a fault."""
    reach = Reach()
    files = dict.fromkeys(ROOT / name.split("::")[0] for name in tests.items)
    for file in [file for file in files if not reach.load(file, cache)]:
        name = file.relative_to(ROOT).as_posix()
        pid, reading = child(
            partial(run_traced, tests, [it for it in tests.items if it.split("::")[0] == name]),
            seconds=60 * PROCESSOR_SECONDS,
        )
        with os.fdopen(reading) as lines:
            for line in lines:
                test, passed, seconds, places = json.loads(line)
                if passed:
                    reach.add(test, seconds, {(of, function, at) for of, function, at in places})
                else:
                    print(f"mutate: {test} fails without any fault and is left out")
        ended(pid)
        reach.save(file, cache)
    tests.seconds = reach.seconds
    return reach


def run_traced(tests: Tests, names: list[str], send: Callable[[Any], None]) -> None:
    with traced() as tracer:
        for name, following in pairs(names):
            start = time.process_time()
            passed = tests.passes(name, following)
            send([name, passed, time.process_time() - start, sorted(tracer.taken())])


def pairs(names: list[str]) -> Iterator[tuple[str, str | None]]:
    """Each name with the one after it: pytest wants to know what it need not tear down."""
    return zip_longest(names, names[1:])


def tried(tests: Tests, contracts: Contracts, job: Job, patience: float) -> Outcome:
    """In a child: plants the fault and runs the tests."""
    mutant = job.mutant
    try:
        code = contracts.mutate(mutant)
    except (VyperException, VyperInternalException, SyntaxError):
        return Outcome(mutant.id, Fate.STILLBORN)
    if code == contracts.original(mutant.source):
        return Outcome(mutant.id, Fate.SAME)
    if code in job.source.codes and mutant.id not in job.source.fates:
        return Outcome(mutant.id, Fate.REPEATED)
    start = time.process_time()
    for name, following in pairs(job.tests):
        if time.process_time() - start > patience:
            return Outcome(mutant.id, Fate.PAUSED, code=code)
        if not tests.passes(name, following):
            return Outcome(mutant.id, Fate.KILLED, name, code)
    return Outcome(mutant.id, Fate.SURVIVED, code=code)


def report(work: Callable[[], Outcome], send: Callable[[Any], None]) -> None:
    send(asdict(work()))


def outcomes(
    tests: Tests, contracts: Contracts, jobs: Iterator[Job], *, workers: int, patience: float
) -> Iterator[tuple[Job, Outcome]]:
    """Each job's outcome, as they come, `workers` at a time."""
    running: dict[int, tuple[int, Job]] = {}
    more = True
    while more or running:
        while more and len(running) < workers:
            job = next(jobs, None)
            if job is None:
                more = False
                break
            one = partial(tried, tests, contracts, job, patience)
            pid, reading = child(partial(report, one))
            running[reading] = pid, job
        if not running:
            break
        ready, _, _ = select.select(list(running), [], [])
        for reading in ready:
            pid, job = running.pop(reading)
            with os.fdopen(reading) as lines:
                text = lines.read()
            if ended(pid):
                found = json.loads(text)
                yield job, Outcome(**{**found, "fate": Fate(found["fate"])})
            else:
                yield job, Outcome(job.mutant.id, Fate.KILLED, "out of time")
