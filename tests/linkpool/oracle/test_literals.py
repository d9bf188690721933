# SPDX-License-Identifier: MIT
"""What a job spells out wrongly is told when it is loaded, with its place."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle.abi.convert import shown
from linkpool.oracle.errors import SpecError, TaskError
from linkpool.oracle.graph import parse
from linkpool.oracle.spec import load, template
from linkpool.oracle.tasks import RULES
from linkpool.oracle.world import World
from tests.linkpool.oracle.logs import STORAGE
from tests.linkpool.oracle.tasks.single import refused as refused_by
from tests.linkpool.oracle.worlds import run

JOB = template("get-uint256")
OTHER = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"


def refused(job: str) -> SpecError:
    with pytest.raises(SpecError) as error:
        load(job, contract=STORAGE)
    return error.value


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("http method=FETCH url=<http://x>", "method 'FETCH': expected one of GET, POST"),
        ('http url="ftp://x"', "url 'ftp://x': expected http://... or https://..."),
        ('http url="$(asked.get"', "url: '$(asked.get' is no reference"),
        ('http url="http://x" headers="{}"', "headers: expected a list"),
        ('http url="http://x" requestData=<{"a": $(b)>', "requestData: not JSON"),
        (
            'http url="http://x" allowUnrestrictedNetworkAccess=maybe',
            "allowUnrestrictedNetworkAccess: 'maybe' is neither true nor false",
        ),
        ('http url="http://x" privateHosts="$(jobRun.x)"', "privateHosts: write the hosts"),
        ('http url="http://x" timeout="soon"', "timeout: 'soon' is not a duration"),
        ("bridge name=x async=maybe", "async: 'maybe' is neither"),
        ('bridge name=x cacheTTL="x"', "cacheTTL: 'x' is not a duration"),
        ("bridge name=x requestData=<[1]>", "requestData: expected an object"),
        ("cborparse mode=loose", "mode 'loose': expected diet or standard"),
        ("conditional data=perhaps", "data: 'perhaps' is neither"),
        ('multiply times="x"', "times: 'x' is not a number"),
        ("divide divisor=0", "divisor: zero"),
        ("divide divisor=1 precision=1000", "precision: beyond 256"),
        ("lessthan left=a", "left: 'a' is not a number"),
        ("mean values=<{}>", "values: expected a list"),
        ("median allowedFaults=-1", "allowedFaults: expected a whole number from 0"),
        ('sum values=<[$(a), "1">', "values: not JSON"),
        ("jsonparse lax=maybe", "lax: 'maybe' is neither"),
        ('jsonparse separator="$(a)"', "separator: write it into the job"),
        ('hexdecode input="ab"', "input: expected 0x"),
        ("merge right=<[]>", "right: expected a map"),
        ('ethabidecode abi="(bytes32 a, uint257 b)"', "abi: type 'uint257' is not supported"),
        ('ethabiencode abi="(bytes32 a uint256 b" data=<{}>', "abi '(bytes32 a uint256 b'"),
        ('ethabiencode abi="(bytes32 a)" data=<{"a": $(x)>', "data: not JSON"),
        ('ethabiencode abi="(bytes32 a, bool b)" data=<{"a": $(x)}>', "data: no value for b"),
        ("ethtx to=<0x1>", "to: '0x1' is not an address"),
        (f"ethtx to=<0x{'0' * 40}>", "to: the zero address"),
        (f"ethtx to=<{OTHER.replace('Ee', 'ee')}>", "to: 0xa0ee7A142"),
        (f"ethtx to=<{OTHER}> gasLimit=lots", "gasLimit: 'lots' is not a number"),
        (f"ethtx to=<{OTHER}> minConfirmations=-1", "minConfirmations: expected a whole"),
        (f"ethtx to=<{OTHER}> failOnRevert=2", "failOnRevert: '2' is neither"),
        (f"ethtx to=<{OTHER}> txMeta=<[]>", "txMeta: expected a map"),
        (f'ethtx to=<{OTHER}> from="[1"', "from: not JSON"),
        (f"ethcall contract=<{OTHER}> gas=much data=<0x00>", "gas: 'much' is not a number"),
        (f"ethcall contract=<{OTHER}> data=<0xzz>", "data: '0xzz' is not hexadecimal"),
        (f"estimategaslimit to=<{OTHER}> multiplier=-1", "multiplier: negative"),
    ],
)
def test_a_literal_that_can_never_work_has_its_place(task: str, said: str) -> None:
    name = said.partition(":")[0].partition(" ")[0]
    source = f"a [type={task}]"
    with pytest.raises(SpecError) as error:
        parse(source, rules=RULES)
    assert f"task 'a': {said}" in str(error.value)
    assert (error.value.line, source[: error.value.column - 1].count(f"{name}=")) == (1, 1)
    assert source[error.value.column - 2] == "="


def test_what_refers_to_other_tasks_is_left_to_the_run() -> None:
    source = """
        a [type=memo value="x"]
        b [type=http url="$(a)" method="$(a)" headers=<["x", $(a)]> requestData=<{"q": $(a)}>]
        c [type=multiply times="$(a)"] d [type=divide divisor="$(a)" precision="$(a)"]
        e [type=ethabiencode abi="$(a)" data=<{"x": $(a)}>] f [type=ethabiencode abi="(bool z)"
        data="$(a)"] g [type=ethtx to="$(a)" gasLimit="$(a)" failOnRevert="$(a)" from="[$(a)]"]
    """
    assert parse(source, rules=RULES).notices == ()


def test_the_author_hears_of_every_mistake_at_once() -> None:
    job = JOB.replace("method=GET", "method=FETCH").replace("schemaVersion = 1", "")
    job = job.replace('times="$(asked.times)"', "times=x").replace('"30s"', '"soon"')
    error = refused(job)
    lines = [str(error), *error.findings]
    assert [line.partition(": ")[2][:22] for line in lines] == [
        "maxTaskDuration: 'soon",
        "task 'fetch': method '",
        "task 'scale': times: '",
    ]
    places = [int(line.split()[1].rstrip(",")) for line in lines]
    assert places == sorted(places)


def test_an_empty_file_hears_of_all_fields_that_are_missing() -> None:
    error = refused("")
    named = [line.partition(":")[0] for line in (str(error), *error.findings)]
    assert named == ["type", "contractAddress", "observationSource"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (OTHER.replace("Ee", "ee"), "contractAddress: wrong checksum"),
        ("0x" + "0" * 40, "contractAddress: expected the oracle's address, not zero"),
    ],
)
def test_an_address_with_a_slip_is_refused(address: str, said: str) -> None:
    assert said in str(refused(JOB.replace("YOUR_OPERATOR_CONTRACT_ADDRESS", address)))


def test_requesters_are_checked_too() -> None:
    job = f'requesters = ["{OTHER.replace("Ee", "ee")}"]\n' + JOB
    assert "requesters: wrong checksum" in str(refused(job))


def test_an_answer_that_leads_elsewhere_is_told() -> None:
    other = JOB.replace('to="YOUR_OPERATOR_CONTRACT_ADDRESS"', f'to="{OTHER}"')
    assert other != JOB
    [warning] = load(other, contract=STORAGE).warnings
    assert f"task 'send': sends to {OTHER}, the job listens at {STORAGE}" in str(warning)


def test_a_job_that_never_answers_is_told() -> None:
    lines = [line for line in JOB.splitlines() if "ethtx" not in line]
    silent = "\n".join(lines).replace(" -> send", "")
    [warning] = load(silent, contract=STORAGE).warnings
    assert "no task is an ethtx: requests get no answer" in str(warning)


def test_a_name_cannot_write_to_a_terminal() -> None:
    error = refused(JOB.replace('name = "get', 'name = "\\u001b[31mget'))
    assert "name: expected one line without control characters" in str(error)
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"30s"', '"30 secs"', "maxTaskDuration: '30 secs' is not a duration: write it like 30s, "),
        ("schemaVersion = 1", "schemaVersion = 1979-05-27", "expected 1, got 1979-05-27"),
        ("schemaVersion = 1", "schemaVersion = 1\ngasLimit = true", "from 0, got true"),
        ("schemaVersion = 1", "schemaVersion = 1\nschemaVersion = 1", "the key is given twice"),
        ("schemaVersion = 1", "schemaVersion = 1\ngasLimit = -1", "a whole number from 0, got -1"),
    ],
)
def test_mistakes_are_told_in_the_words_of_the_file(old: str, new: str, said: str) -> None:
    told = str(refused(JOB.replace(old, new)))
    assert said in told
    assert "got '30 secs'" not in told


def test_a_byte_order_mark_is_named() -> None:
    assert "byte order mark" in str(refused("\ufeff" + JOB))


def test_the_jobs_of_this_package_still_load() -> None:
    jobs = Path(str(load.__code__.co_filename)).parent / "jobs"
    names = [path.stem for path in jobs.glob("*.toml")]
    assert names
    assert not any(load(template(name), contract=STORAGE).warnings for name in names)


def test_values_are_told_in_the_words_of_json() -> None:
    told = [shown(value) for value in (None, True, False, {"a": 1}, [1], 5, "x")]
    assert told == ["null", "true", "false", "an object", "a list", "5", "'x'"]


def test_an_empty_answer_is_called_empty() -> None:
    assert refused_by("jsonparse", " ") == "the answer is empty"


def test_the_host_that_answered_is_named() -> None:
    """After a redirect it is another one than the job's."""
    source = FakeHttp(lambda message: replace(answer("no", 403), host="other.test"))
    with pytest.raises(TaskError, match=r"other\.test answered 403"):
        asyncio.run(run("http", [], None, World(source), url="http://x.test"))
