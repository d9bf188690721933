# SPDX-License-Identifier: MIT
"""Agreements and reputation by the command line: posted, bid for, answered, settled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linkpool.chain.addresses import ZERO
from linkpool.chain.artefacts import artefact
from linkpool.chain.contracts.agreements import terms_of
from linkpool.errors import TxReverted
from linkpool.units import link
from tests.flows.market import BENEFICIARY, CONSUMER, JOB, NODES, OPERATOR, Market
from tests.flows.program import DEV

FIRST, SECOND, WRONG, LATE = NODES


def shown(market: Market, number: int = 1) -> Any:
    return market.program("agreement", "show", str(number), "--json").json


def phase(market: Market) -> str:
    (only,) = market.program("agreement", "list", "--json").json["agreements"]
    assert only["phase"] == shown(market)["agreement"]["phase"]
    found: str = only["phase"]
    return found


def test_one_of_four_is_late_and_one_is_wrong(market: Market) -> None:
    """4 x 0.5 LINK are paid for answers; 4 LINK are lost for the wrong one, 2 for the late one."""
    program, before = market.program, market.balance(CONSUMER)
    made = market.create("--beneficiary", DEV[BENEFICIARY].address)
    assert made["agreement"] == 1
    assert before - market.balance(CONSUMER) == link("2")
    assert phase(market) == "takes bids"
    for node in NODES:
        market.bid(1, node)
    program.anvil.advance(60)
    assert phase(market) == "can be started"
    asked = program.sign("agreement", "start", "1", by=3)
    assert set(asked["oracles"]) == {market.storage(node) for node in NODES}
    market.answer(FIRST, 100)
    market.answer(SECOND, 102)
    market.answer(WRONG, 150)
    assert phase(market) == "waits for answers"
    program.anvil.advance(65)
    market.answer(LATE, 100)
    assert phase(market) == "can be settled"
    settled = program.sign("agreement", "settle", "1", by=3)
    assert settled["known"] is True
    assert (settled["answer"], settled["slashed"]) == (102, str(link("6")))
    assert phase(market) == "settled"
    assert market.balance(BENEFICIARY) == link("6")
    assert before - market.balance(CONSUMER) == link("2")

    course = shown(market)["course"]
    parts = {part["oracle"]: part for part in course["parts"]}
    told = {node: parts[market.storage(node)] for node in NODES}
    assert {node: part["outcome"] for node, part in told.items()} == {
        FIRST: "completed",
        SECOND: "completed",
        WRONG: "wrong",
        LATE: "late",
    }
    assert [told[node]["answer"] for node in NODES] == [100, 102, 150, 100]
    assert [told[node]["slashed"] for node in NODES] == [
        str(link(lost)) for lost in ("0", "0", "4", "2")
    ]
    assert {part["paid"] for part in told.values()} == {str(link("0.5"))}
    assert (course["answer"], course["answers"], course["refund"]) == (102, 3, "0")
    page = program("agreement", "show", "1").out
    assert "102, of 3 answers in time" in page
    assert '{"get": "https://example.org/price", "path": "data,price"}' in page

    members = program("reputation", "list", "--json").json["members"]
    assert [one["score"] for one in members] == [666_666, 666_666, 333_333, 333_333]
    wrong = program("reputation", "show", DEV[WRONG].address, "--json").json["standing"]
    assert (wrong["wrong"], wrong["lost"]) == (1, str(link("4")))


def test_who_does_not_answer_is_not_paid(market: Market) -> None:
    program, before = market.program, market.balance(CONSUMER)
    market.create(oracles="2", minimum_answers="2")
    for node in (FIRST, SECOND, WRONG):
        market.bid(1, node)
    program.anvil.advance(60)
    program.sign("agreement", "start", "1")
    market.answer(FIRST, 7)
    early = program("agreement", "settle", "1", "--yes")
    assert early.code == 2
    assert "answers may still come: agreement 1 can be settled in " in early.complaint
    program.anvil.advance(301)
    done = program.sign("agreement", "settle", "1")
    assert done["known"] is False
    assert done["refund"] == str(link("0.5"))
    # Nobody is wrong without a result, but who is silent loses 4 LINK, to the consumer here.
    assert before - market.balance(CONSUMER) == link("0.5") - link("4")
    parts = shown(market)["course"]["parts"]
    assert [part["outcome"] for part in parts] == ["completed", "missed", ""]
    assert [part["chosen"] for part in parts] == [True, True, False]
    assert phase(market) == "settled without a result"
    again = program("agreement", "settle", "1", "--yes")
    assert again.complaint == "agreement 1 is settled without a result already"


def test_what_an_oracle_did_not_pay_back_is_fetched_later(market: Market) -> None:
    """It refuses everything while it is settled, and is itself again afterwards."""
    program, before, silent = market.program, market.balance(CONSUMER), market.storage(FIRST)
    market.create(oracles="1")
    market.bid(1, FIRST)
    program.anvil.advance(60)
    program.sign("agreement", "start", "1")
    nothing = program("agreement", "reclaim", "1", silent, "--yes")
    assert nothing.code == 5
    assert "aggregator: nothing owed" in nothing.complaint
    program.anvil.advance(301)
    code = program.anvil.rpc("eth_getCode", silent, "latest")
    program.anvil.rpc("anvil_setCode", silent, "0x5f5ffd")
    assert program.sign("agreement", "settle", "1")["refund"] == "0"
    program.anvil.rpc("anvil_setCode", silent, code)
    owed = "0.5 LINK: `linkpool agreement reclaim 1 ORACLE`"
    assert owed in program("agreement", "show", "1").out
    assert shown(market)["course"]["owed"] == str(link("0.5"))
    stranger = program("agreement", "reclaim", "1", market.storage(SECOND), "--yes")
    assert stranger.complaint.startswith("agreement 1 asked no 0x")
    program.sign("agreement", "reclaim", "1", silent, by=3)
    course = shown(market)["course"]
    assert (course["owed"], course["refund"]) == ("0", str(link("0.5")))
    assert market.balance(CONSUMER) == before + link("4")  # the penalty


def test_too_few_bids_give_everything_back(market: Market) -> None:
    program, before = market.program, market.balance(CONSUMER)
    market.create(oracles="2")
    market.bid(1, FIRST)
    for command in ("start", "cancel"):
        early = program("agreement", command, "1", "--yes")
        assert early.code == 2
    program.anvil.advance(60)
    assert phase(market) == "too few bids: can be cancelled"
    refused = program("agreement", "start", "1", "--yes")
    assert refused.code == 2
    assert refused.complaint.startswith("oracles: 2 are wanted, 1 bid: `linkpool agreement cancel")
    program.sign("agreement", "cancel", "1", by=3)
    assert phase(market) == "cancelled"
    assert market.balance(CONSUMER) == before
    assert "cancelled already" in program("agreement", "cancel", "1", "--yes").complaint
    assert "cancelled already" in program("agreement", "settle", "1", "--yes").complaint


def test_nobody_starts_it_in_time(market: Market) -> None:
    program = market.program
    market.create(oracles="1")
    market.bid(1, FIRST)
    program.anvil.advance(60)
    assert "can still be started" in program("agreement", "cancel", "1", "--yes").complaint
    assert "is not started" in program("agreement", "settle", "1", "--yes").complaint
    program.anvil.advance(55)
    assert phase(market) == "too late to start: can be cancelled"
    assert "too late to start" in program("agreement", "start", "1", "--yes").complaint
    program.sign("agreement", "cancel", "1")


def test_a_file_has_the_terms_and_options_go_first(market: Market, tmp_path: Path) -> None:
    file = tmp_path / "agreement.toml"
    file.write_text(
        f'job = "{JOB}"\noracles = 3\npayment = 0.25\npenalty = "1"\ntolerance = 2.5\n'
        'bids-until = "10m"\nanswers-until = "20m"\nprovider = "none"\n'
        '[data]\nget = "https://example.org"\ntimes = 100\n'
    )
    words = ("--file", str(file), "--payment", "0.75")
    asked = market.program("agreement", "create", *words, "--wallet", f"dev:{CONSUMER}")
    assert asked.code == 2  # nobody says yes
    for part in ("2.25 LINK: 3 x 0.75 LINK", "2 have to answer", "2.5 % of the median",
                 "late: 0.5 LINK", "whoever bids first is taken"):  # fmt: skip
        assert part in asked.err
    market.program.sign("agreement", "create", *words, by=CONSUMER)
    one = shown(market)["agreement"]
    assert (one["oracles"], one["minimum_answers"], one["tolerance"]) == (3, 2, 25_000)
    assert (one["payment"], one["provider"]) == (str(link("0.75")), ZERO)
    assert one["beneficiary"] == one["consumer"] == DEV[CONSUMER].address


def test_a_contract_posts_with_the_calldata(market: Market) -> None:
    """A Safe, or a contract of one's own, sends what is printed."""
    words = ("--job", JOB, "--oracles", "1", "--payment", "1", "--tolerance", "1")
    times = ("--bids-until", "60", "--answers-until", "2m")
    refused = market.program("agreement", "create", *words, *times, "--unsigned")
    assert refused.complaint.startswith("bids-until: 60 has no unit: write 60s, 60m")
    printed = market.program(
        "agreement", "create", *words, "--bids-until", "60s", *times[2:], "--unsigned"
    ).json
    (only,) = printed["transactions"]
    sent = {"from": DEV[CONSUMER].address, "to": only["to"], "data": only["data"]}
    market.program.anvil.rpc("eth_sendTransaction", sent)
    assert phase(market) == "takes bids"


PAST, FAR = "1000000000", "2999-01-01T00:00Z"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"oracles": "0"}, "oracles: 1 to 31, not 0"),
        ({"oracles": "32"}, "oracles: 1 to 31, not 32"),
        ({"minimum_answers": "5"}, "minimum-answers: 1 to 4, not 5"),
        ({"minimum_answers": "0"}, "minimum-answers: 1 to 4, not 0"),
        ({"bids_until": PAST}, "bids-until: in the past"),
        ({"bids_until": "2020-01-31T18:00Z"}, "bids-until: in the past"),
        ({"bids_until": "0s"}, "bids-until: in the past"),
        ({"bids_until": "soon"}, "bids-until: 'soon' is not a duration"),
        ({"bids_until": "2030-31-31"}, "bids-until: '2030-31-31' is no time"),
        ({"bids_until": str(2**40)}, "bids-until: 1099511627776 is no unix second"),
        ({"answers_until": "1s"}, "answers-until: oracles need 10 s after bids-until, 69 s more"),
        ({"answers_until": "69s"}, "answers-until: oracles need 10 s after bids-until, 1 s more"),
        ({"payment": "0.009"}, "payment: 0.01 LINK for each oracle at least"),
        ({"payment": "-1"}, "payment: '-1' is no amount of LINK"),
        ({"payment": "25.1"}, "payment: the wallet has 100 LINK, fewer than 100.4 LINK"),
        ({"payment": "1000000000"}, "payment: there are 1,000,000,000 LINK in all"),
        ({"penalty": "1000000001"}, "penalty: there are 1,000,000,000 LINK in all"),
        ({"tolerance": "100.0001"}, "tolerance: more than 100 %"),
        ({"tolerance": "much"}, "tolerance: 'much' is no amount of percent"),
        ({"job": "0" * 32}, "job: zero is no job"),
        ({"job": "0x" + "00" * 32}, "job: zero is no job"),
        ({"job": "my-price"}, "job: 'my-price' is no UUID"),
        ({"job": "0x12"}, "job: '0x12' has 1 bytes: 32 are needed"),
        ({"data": "[1]"}, "data: an object is needed"),
        ({"data": "{"}, "data: not JSON: "),
        ({"data": '{"a": "\\ud800"}'}, "data: half of a character"),
        ({"data": '{"a": "' + "x" * 1024 + '"}'}, "data: 1,029 bytes as CBOR, 1,024 fit"),
        ({"provider": DEV[3].address}, "is no reputation provider"),
        ({"provider": "nobody"}, "provider: 'nobody' is no address"),
        ({"beneficiary": "0x12"}, "beneficiary: '0x12' is no address"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_wrong_terms_are_one_line_that_names_the_field(
    market: Market, fields: dict[str, str], complaint: str
) -> None:
    terms = {
        "job": JOB,
        "oracles": "4",
        "payment": "0.5",
        "bids_until": "60s",
        "answers_until": "2m",
        "tolerance": "5",
    } | fields
    words = [f"--{name.replace('_', '-')}={text}" for name, text in terms.items()]
    sent = market.program.ask(lambda connection: connection.nonce(DEV[CONSUMER].address))
    refused = market.program("agreement", "create", *words, "--yes", "--wallet", "dev:2")
    assert refused.code == 2
    assert complaint in refused.complaint
    assert refused.complaint.startswith(next(iter(fields)).replace("_", "-") + ": ")
    assert market.program.ask(lambda c: c.nonce(DEV[CONSUMER].address)) == sent


@pytest.mark.parametrize("name", ["job", "oracles", "payment", "tolerance", "bids-until"])
def test_what_has_no_default_is_asked_for(market: Market, tmp_path: Path, name: str) -> None:
    terms = {"job": JOB, "oracles": 1, "payment": "1", "tolerance": "1 %", "bids-until": "1m",
             "answers-until": "2m"}  # fmt: skip
    lines = [f"{key} = {given!r}\n" for key, given in terms.items() if key != name]
    (tmp_path / "it.toml").write_text("".join(lines))
    refused = market.program("agreement", "create", "--file", str(tmp_path / "it.toml"))
    assert refused.complaint == f"{name}: missing; give --{name}, or {name} in the file"


def test_a_file_with_mistakes_is_one_line(market: Market, tmp_path: Path) -> None:
    file = tmp_path / "it.toml"
    cases = {
        "payments = 1": "payments: no field of an agreement; did you mean payment?",
        "colour = 1": "colour: no field of an agreement; one of job, data,",
        "job = ": "the agreement is not TOML",
        'oracles = "three"': "oracles: 'three' is no whole number",
        "oracles = true": "oracles: True is no whole number",
        f"oracles = 1\nbids-until = 1m\njob = '{JOB}'": "the agreement is not TOML",
    }
    for text, complaint in cases.items():
        file.write_text(text)
        refused = market.program("agreement", "create", "--file", str(file))
        assert refused.code == 2
        assert refused.complaint.startswith(complaint), text
    missing = market.program("agreement", "create", "--file", str(tmp_path / "none.toml"))
    assert "none.toml cannot be read: no such file" in missing.complaint


def test_an_agreement_that_there_is_not(market: Market) -> None:
    for command in (("show", "9"), ("start", "9", "--yes"), ("settle", "9", "--yes"),
                    ("cancel", "9", "--yes")):  # fmt: skip
        refused = market.program("agreement", *command)
        assert refused.complaint == "there is no agreement 9: see `linkpool agreement list`"
    assert market.program("agreement", "show", "0").code == 2


def test_what_only_the_contracts_know_is_in_their_words(market: Market) -> None:
    market.create(penalty="31")
    with pytest.raises(TxReverted, match="penalties: penalty above the collateral"):
        market.bid(1, FIRST)
    stranger = market.program(
        "reputation", "join", DEV[FIRST].address, "--yes", "--wallet", "dev:3"
    )
    assert stranger.code == 2
    assert "is a member of" in stranger.complaint


def test_collateral_that_cannot_last_is_told_before_signing(market: Market) -> None:
    words = ("--job", JOB, "--oracles", "1", "--payment", "1", "--tolerance", "1",
             "--bids-until", "60s", "--answers-until", "1h", "--penalty", "1")  # fmt: skip
    asked = market.program("agreement", "create", *words, "--wallet", f"dev:{CONSUMER}")
    assert "no collateral of this pool's nodes lasts so long" in asked.err
    few = market.program("agreement", "create", *words[:2], "--oracles", "5", *words[4:],
                         "--wallet", f"dev:{CONSUMER}")  # fmt: skip
    assert "the provider knows 4 oracles: 5 have to bid" in few.err


def test_the_newest_agreements_come_first(market: Market) -> None:
    for _ in range(3):
        market.create(oracles="1")
    page = market.program("agreement", "list", "--size", "2", "--json").json
    assert (page["count"], [one["number"] for one in page["agreements"]]) == (3, [3, 2])
    rest = market.program("agreement", "list", "--size", "2", "--page", "2", "--json").json
    assert [one["number"] for one in rest["agreements"]] == [1]
    assert market.program("agreement", "list", "--page", "9", "--json").json["agreements"] == []


def test_more_collateral_than_there_is_is_said_before_it_is_paid_for(market: Market) -> None:
    """Four nodes with 30 LINK each: a penalty of 30 finds them all, one of 31 does not."""
    assert market.create(penalty="30")["warnings"] == []
    [warning] = market.create(penalty="31")["warnings"]
    assert warning == (
        "penalty: 124 LINK of collateral are needed, all nodes together have 120 LINK"
    )


def test_reputation_takes_everybody_once(market: Market) -> None:
    program, node = market.program, DEV[FIRST].address
    admitted = program("reputation", "admit", node, "--yes")
    assert "is open: every oracle may join" in admitted.complaint
    other = program("reputation", "list", "--provider", DEV[3].address)
    assert "is no reputation provider" in other.complaint
    unknown = program("reputation", "show", DEV[3].address, "--json").json["standing"]
    assert (unknown["member"], unknown["score"]) == (False, 0)
    by_storage = program("reputation", "show", market.storage(FIRST), "--json").json
    assert by_storage == program("reputation", "show", node, "--json").json
    assert by_storage["standing"]["score"] == 500_000
    for stranger in (DEV[3].address, market.manifest.address("LinkToken")):
        refused = program("reputation", "join", stranger, "--yes", "--wallet", "dev:3")
        assert refused.code == 2
        assert refused.complaint == f"{stranger} is no oracle: give a node, or its PoolStorage"
    resembling = program("reputation", "list", "--provider", market.penalties())
    assert resembling.code == 2  # it names the agreements, too
    assert "is no reputation provider" in resembling.complaint


def test_a_provider_that_is_not_open_admits_first(market: Market) -> None:
    program, node = market.program, DEV[FIRST].address
    root = market.manifest.address("ServiceAgreements")
    made = market.send(artefact("Reputation").creation(root, DEV[BENEFICIARY].address, False), by=3)
    assert made.created is not None
    where = ("--provider", made.created)
    early = program("reputation", "join", node, *where, "--yes", "--wallet", f"dev:{OPERATOR}")
    assert early.code == 5
    assert "reputation: not admitted" in early.complaint
    foreign = program("reputation", "admit", node, *where, "--yes", "--wallet", "dev:3")
    assert "reputation: only the owner" in foreign.complaint
    program.sign("reputation", "admit", node, *where, by=BENEFICIARY)
    program.sign("reputation", "join", node, *where, by=OPERATOR)
    listed = program("reputation", "list", *where, "--json").json["members"]
    assert [one["oracle"] for one in listed] == [market.storage(FIRST)]


def test_the_terms_come_back_as_they_were_posted(market: Market) -> None:
    market.create()

    async def created(suite: Any) -> Any:
        head = await suite.connection.block_number()
        (event,) = await suite.agreements.events("AgreementCreated", first=0, last=head)
        return terms_of(event.fields["terms"])

    terms = market.ask(created)
    assert (terms.job, terms.cost) == (JOB.replace("-", "").encode(), link("2"))
