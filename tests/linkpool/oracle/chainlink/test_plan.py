# SPDX-License-Identifier: MIT
"""What of a Chainlink node's export is taken, and why the rest is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from linkpool.oracle.chainlink import Export, FoundBridge, FoundKey, Item, Present, make_plan
from linkpool.oracle.chainlink.found import FoundJob, job
from linkpool.oracle.spec import load
from tests.linkpool.oracle.chainlink.stub import ORACLE, direct_request, other

OLD = to_checksum_address(ORACLE)
NEW = to_checksum_address("0x" + "ab" * 20)
NODE = to_checksum_address("0x" + "cd" * 20)
HERE = Present(chain_id=31337, storages={NEW: NODE})
BRIDGE = FoundBridge(
    name="prices", url="http://a.example", confirmations=2, minimum_payment=3, outgoing_token="t"
)
KEY = FoundKey(address=OLD, keystore={"address": OLD, "crypto": {}})


def found(number: int = 1, **changes: Any) -> FoundJob:
    entry = direct_request(number, **changes)
    return job({"id": entry["id"]} | entry["attributes"])


def judged(*jobs: FoundJob, present: Present = HERE, **more: Any) -> list[Item]:
    contracts = more.pop("contracts", {OLD: NEW})
    export = Export(jobs=jobs, bridges=(BRIDGE,))
    return list(make_plan(export, present, contracts=contracts, **more).items)[1:]


def test_a_job_moves_to_its_new_contract_with_every_mention_of_the_old_one() -> None:
    (item,) = judged(found())
    assert (item.action, item.name, item.notes) == ("add", "price 1", ())
    toml = item.content["toml"]
    assert OLD.lower() not in toml.lower()
    spec = load(toml)
    assert spec.contract == NEW
    assert spec.graph.tasks[-1].attributes["to"] == NEW
    assert (item.content["node"], item.content["shadow"]) == (NODE, False)


@pytest.mark.parametrize("written", [OLD.lower(), OLD, "0x" + OLD[2:].upper()])
def test_addresses_are_found_however_they_are_written(written: str) -> None:
    one = found()
    (item,) = judged(replace(one, toml=one.toml.replace(ORACLE, written)))
    assert load(item.content["toml"]).contract == NEW


def test_longer_hexadecimal_that_begins_like_an_address_is_left_alone() -> None:
    word = OLD + "00"
    one = found()
    (item,) = judged(replace(one, toml=one.toml + f"# {word}\n"))
    assert word in item.content["toml"]


def test_a_contract_that_is_no_poolstorage_needs_a_mapping() -> None:
    (item,) = judged(found(), contracts={})
    assert item.action == "leave"
    assert item.name == "price 1 (job 1)"
    assert item.why == (
        f"{OLD} is no PoolStorage of this pool: "
        f"give --contract {OLD}=NEW, or --shadow to compare only"
    )


def test_a_shadow_job_keeps_its_contract() -> None:
    (item,) = judged(found(), shadow=True)
    assert item.action == "add"
    assert item.content["contract"] == OLD
    assert item.content["shadow"] is True
    assert item.notes == (f"compares with what is answered at {OLD}",)
    (own,) = judged(found(), shadow=True, present=replace(HERE, storages={OLD: NODE}))
    assert "its own node answers there" in own.why


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("offchainreporting2", "OCR needs Chainlink's peer-to-peer network"),
        ("vrf", "randomness needs"),
        ("cron", "only requests of contracts"),
        ("gateway", "only direct requests are served here"),
    ],
)
def test_other_kinds_of_jobs_stay_and_are_explained(kind: str, why: str) -> None:
    entry = other(4, kind)
    (item,) = judged(job({"id": "4"} | entry["attributes"]))
    assert item.action == "leave"
    assert f"type {kind}: " in item.why
    assert why in item.why


def test_a_job_of_another_chain_stays() -> None:
    (item,) = judged(found(), present=replace(HERE, chain_id=1))
    assert item.why == "it is for chain 31337, this is 1"


def test_a_job_with_a_mistake_stays_with_its_reason() -> None:
    (item,) = judged(found(pipelineSpec={"dotDagSource": "a [type=teleport]"}))
    assert item.action == "leave"
    assert "teleport" in item.why


def test_what_is_here_already_is_not_added_again() -> None:
    """The plan of a second run adds nothing."""
    export = Export(jobs=(found(),), bridges=(BRIDGE,), keys=(KEY,))
    first = make_plan(export, HERE, contracts={OLD: NEW})
    assert [item.action for item in first.items] == ["add"] * 3
    spec = load(first.items[1].content["toml"])
    after = replace(
        HERE,
        jobs=frozenset({(str(spec.external_id), NEW)}),
        bridges={"prices": BRIDGE.url},
        wallets=frozenset({OLD}),
    )
    assert not make_plan(export, after, contracts={OLD: NEW}).additions


def test_a_job_that_the_export_has_twice_is_taken_once() -> None:
    file = replace(found(), origin="price.toml")
    assert [item.name for item in judged(file, found(), found(2))] == ["price 1", "price 2"]


def test_bridges_keep_their_outgoing_token_and_need_a_new_incoming_one() -> None:
    (item,) = make_plan(Export(bridges=(BRIDGE,)), HERE, contracts={}).items
    assert item.content == {
        "name": "prices",
        "url": "http://a.example",
        "confirmations": 2,
        "minimumContractPayment": "3",
        "outgoingToken": "t",
    }
    assert "new incoming token" in item.notes[0]
    assert "outgoingToken" not in repr(item)


def test_a_bridge_with_a_taken_name_stays() -> None:
    present = replace(HERE, bridges={"prices": "http://b.example"})
    (item,) = make_plan(Export(bridges=(BRIDGE,)), present, contracts={}).items
    assert (item.action, item.why) == (
        "leave",
        "another bridge has this name here: remove or rename it first",
    )


def test_a_job_whose_bridge_is_missing_says_so() -> None:
    (item,) = make_plan(Export(jobs=(found(),)), HERE, contracts={OLD: NEW}).items
    assert item.notes == ("bridge prices is not in the export: add it before the first request",)


def test_forwarding_is_named_because_it_has_no_meaning_here() -> None:
    job = found(forwardingAllowed=True)
    job = replace(job, toml=job.toml.replace("forwardingAllowed = true", "forwardingAllowed=true"))
    (item,) = judged(job)
    assert item.notes == ("forwardingAllowed has no meaning here: the node's own key sends",)


@pytest.mark.parametrize(
    ("key", "action", "why"),
    [
        (KEY, "add", ""),
        (FoundKey(address=OLD), "leave", "not asked for: give --keys-password-file FILE"),
        (FoundKey(address=OLD, keystore={"address": OLD}), "leave", "no keystore v3 file"),
        (FoundKey(address="0x12"), "leave", "is no address"),
    ],
)
def test_keys_are_taken_where_they_were_asked_for(key: FoundKey, action: str, why: str) -> None:
    (item,) = make_plan(Export(keys=(key,)), HERE, contracts={}).items
    assert item.action == action
    assert why in item.why
