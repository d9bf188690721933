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
    assert [seconds(text) for text in ("0s", "1h2m3s", "250ms")] == [0, 3723, 0.25]
    for text in ("", "5", "s", "1s2", "-1s"):
        with pytest.raises(SpecError):
            seconds(text)
