# SPDX-License-Identifier: MIT
"""Job files."""

import pytest

from linkpool.errors import UsageError
from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError
from linkpool.oracle.spec import load, template
from tests.linkpool.oracle.logs import STORAGE

JOB = template("get-uint256")


def test_the_bundled_job_is_read() -> None:
    spec = load(JOB, contract=STORAGE)
    assert (spec.name, spec.contract, spec.confirmations) == ("get > uint256", STORAGE, 0)
    assert (spec.minimum, spec.deadline, spec.graph.terminal) == (None, 30.0, ("send",))
    padded, letters = spec.spec_ids
    assert padded.hex() == letters.decode() + "00" * 16


def test_all_fields_of_a_job() -> None:
    more = (
        'minContractPaymentLinkJuels = "100000000000000000"\nevmChainID = "1"\n'
        f'requesters = ["{STORAGE.lower()}"]\n'
    )
    spec = load(more + JOB, contract=STORAGE)
    assert (spec.minimum, spec.chain_id, spec.requesters) == (10**17, 1, frozenset([STORAGE]))


def test_a_job_without_an_id_has_the_same_one_on_each_start() -> None:
    plain = "\n".join(line for line in JOB.splitlines() if "externalJobID" not in line)
    first, again = load(plain, contract=STORAGE), load(plain, contract=STORAGE)
    assert first.external_id == again.external_id != load(JOB, contract=STORAGE).external_id


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('type = "directrequest"', 'type = "cron"', 'line 3, column 8: type: expected "dir'),
        ('contractAddress = "YOUR_', 'contractAddress = "MY_', "contractAddress"),
        ("schemaVersion = 1", "schemaVersion = 2", "schemaVersion"),
        ("d6ef9a12", "nothex!!", "externalJobID"),
        ("[type=http", "[type=ftp", "type 'ftp' is unknown"),
        ("times=", "factor=", "multiply needs 'times'"),
        ("minIncomingConfirmations = 0", "minIncomingConfirmations = -1", "minIncoming"),
        ('"30s"', '"soon"', "not a duration"),
        ("type =", "type", "not TOML"),
        ("observationSource", "source", "observationSource: missing"),
        ("schemaVersion", 'requesters = ["0x1"]\nschemaVersion', "requesters"),
    ],
)
def test_a_wrong_job_is_one_clear_line(old: str, new: str, said: str) -> None:
    assert old in JOB
    with pytest.raises(UsageError) as error:
        load(JOB.replace(old, new), contract=STORAGE)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(SpecError, match="no bundled job 'x'"):
        template("x")


def test_durations() -> None:
    assert [seconds(text) for text in ("0s", "0", "1h2m3s", "250ms")] == [0, 0, 3723, 0.25]
    for text in ("", "5", "s", "1s2", "-1s"):
        with pytest.raises(SpecError):
            seconds(text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("schemaVersion = 1", "schemaVersion = ", "line 4, column 17: not TOML: "),
        ("schemaVersion = 1", "schemaVersion = 1 1", "line 4, column 19: not TOML: "),
        ('= """', "= '''", "line 27, column 1: not TOML: "),
        ("schemaVersion = 1", "schemaVersion = " + "1" * 5_000, "not TOML: "),
        ("schemaVersion = 1", "schemaVersion = " + "[" * 50_000, "not TOML: "),
        ('"30s"', '"soon"', "line 9, column 19: maxTaskDuration: 'soon' is not a duration"),
        ('"30s"', '"99999999h"', "line 9, column 19: maxTaskDuration: '99999999h' is longer than"),
        ('name = "get', 'name = 5 # "get', "line 5, column 8: name: expected text, got 5"),
        ('"30s"', '"30s"\ngasLimit = -1', "line 10, column 12: gasLimit: expected a whole number"),
        (
            '"30s"',
            '"30s"\nforwardingAllowed = "yes"',
            "line 10, column 21: forwardingAllowed: expected true or false, got 'yes'",
        ),
        (
            '"30s"',
            '"30s"\nminContractPaymentLinkJuels = 1.5',
            "line 10, column 31: minContractPaymentLinkJuels: expected a whole number from 0",
        ),
        ('"30s"', '"30s"\nrequesters = "all"', "line 10, column 14: requesters: expected a list"),
        ("[type=http", "[type=htp", "line 15, column 18: task 'fetch': type 'htp' is unknown; did"),
        (
            "fetch -> parse",
            "fetch -> pase",
            "column 30: observationSource: task 'pase' is not decl",
        ),
        ('times="$(asked.times)"', "times=[", "line 17, column 50: observationSource: unexpected"),
    ],
)
def test_a_mistake_has_its_place_in_the_file(old: str, new: str, said: str) -> None:
    assert old in JOB
    with pytest.raises(SpecError) as error:
        load(JOB.replace(old, new), contract=STORAGE)
    assert said in str(error.value)
    assert len(str(error.value)) < 700


def test_the_placeholder_moves_nothing() -> None:
    """Places are those of the file as it is, whatever is put in place of the address."""
    job = JOB.replace('ADDRESS" data="$(fulfil)"]', 'ADDRESS" data="$(fulfil)" odd=1]')
    [warning] = load(job, contract=STORAGE).warnings
    [line] = [line for line in job.splitlines() if "odd=1" in line]
    assert (warning.column, job.splitlines()[warning.line - 1]) == (line.index("odd") + 1, line)
    assert load(job, contract=STORAGE).graph.tasks[-1].attributes["to"] == STORAGE


def test_unknown_fields_are_told_and_ignored() -> None:
    job = JOB.replace("schemaVersion = 1", "schemaVersion = 1\nminConfirmations = 5")
    assert [str(warning) for warning in load(job, contract=STORAGE).warnings] == [
        "line 5, column 1: 'minConfirmations' is no field of a job, it is ignored; "
        "did you mean 'minIncomingConfirmations'?"
    ]


def test_other_fields() -> None:
    more = "gasLimit = 700000\nforwardingAllowed = true\n"
    spec = load(more + JOB, contract=STORAGE)
    assert (spec.gas_limit, spec.forwarding_allowed) == (700_000, True)
    assert spec.variables["gasLimit"] == 700_000
    upper = JOB.replace(
        "d6ef9a12-fa8d-4811-bb79-e08204303610", "D6EF9A12-FA8D-4811-BB79-E08204303610"
    )
    assert load(upper, contract=STORAGE).external_id == load(JOB, contract=STORAGE).external_id
