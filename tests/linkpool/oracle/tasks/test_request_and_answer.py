# SPDX-License-Identifier: MIT
"""From the request to the transaction that answers it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from eth_abi.abi import encode

from linkpool.oracle.abi import parse
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.results import PendingTransaction
from tests.linkpool.oracle.tasks.single import LINK, OTHER, done, refused


def test_cborparse_reads_a_request() -> None:
    fields = {"get": "http://x", "times": 100}
    assert done("cborparse", encode_request(fields)) == fields
    assert done("cborparse", "0x" + encode_request(fields).hex()) == fields
    assert done("cborparse", b"") == {}
    assert done("cborparse", b"\x83\x01\x02\x03", mode="standard") == [1, 2, 3]
    assert done("cborparse", b"", mode="standard") is None
    assert "mode 'other'" in refused("cborparse", b"", mode="other")
    assert "text keys" in refused("cborparse", b"\x01\x02")


def test_a_log_is_decoded_without_being_told_where_it_is() -> None:
    abi = "E(uint256 n, address who)"
    topic = "0x" + "3bc0d9a2e0f1f2a5".ljust(64, "0")
    data = encode(["uint256", "address"], [7, LINK])
    log = {"jobRun": {"logData": data, "logTopics": [topic]}}
    assert "log is not a E(uint256,address)" in refused("ethabidecodelog", vars=log, abi=abi)

    log["jobRun"]["logTopics"] = [parse(abi).topic]
    assert done("ethabidecodelog", vars=log, abi=abi) == {"n": 7, "who": LINK}
    assert done("ethabidecodelog", vars=log, abi=abi, data="$(jobRun.logData)")["n"] == 7
    assert "topics: expected a list" in refused("ethabidecodelog", vars=log, abi=abi, topics="{}")


def test_results_of_contracts_are_decoded() -> None:
    data = encode(["uint256", "(bytes,bool)[]"], [7, [(b"x", True)]])
    text = "(uint256 n, (bytes raw, bool ok)[] list)"
    expected = {"n": 7, "list": [{"raw": b"x", "ok": True}]}
    assert done("ethabidecode", "0x" + data.hex(), abi=text) == expected
    assert done("ethabidecode", data, abi=text) == expected
    assert done("ethabidecode", data, abi=text[1:-1]) == expected
    assert "does not fit" in refused("ethabidecode", b"", abi=text)


def test_an_answer_is_encoded_and_wanted_to_be_sent() -> None:
    variables = {"log": {"id": b"\x11" * 32}, "n": Decimal("241207.9")}
    encoded = done(
        "ethabiencode",
        vars=variables,
        abi="answer(bytes32 requestId, uint256 number)",
        data='{"requestId": $(log.id), "number": $(n)}',
    )
    assert encoded[10:] == "11" * 32 + f"{241207:064x}"
    wanted = done("ethtx", encoded, to=LINK.lower(), gasLimit="450000")
    assert wanted == PendingTransaction(to=LINK, data=bytes.fromhex(encoded[2:]), gas=450_000)


def test_tuples_are_encoded_by_name_or_in_order() -> None:
    json = """{"name": "f", "inputs": [{"name": "t", "type": "tuple",
        "components": [{"name": "a", "type": "uint8"}, {"name": "b", "type": "string"}]}]}"""
    for data in ('{"t": {"b": "x", "a": 1}}', '{"t": [1, "x"]}'):
        encoded = done("ethabiencode2", abi=json, data=data)
        assert encoded[10:] == encode(["(uint8,string)"], [(1, "x")]).hex()
        assert done("ethabiencode", abi="f((uint8 a, string b) t)", data=data) == encoded
    assert "t: no value for a" in refused("ethabiencode2", abi=json, data='{"t": {"b": "x"}}')
    assert "t.a: 256 does not fit uint8" in refused(
        "ethabiencode2", abi=json, data='{"t": [256, ""]}'
    )
    assert "needs a map or a list of 2" in refused("ethabiencode2", abi=json, data='{"t": [1]}')


def test_what_cannot_be_encoded_is_named() -> None:
    assert "no value for b" in refused("ethabiencode", abi="(bool a, bool b)", data='{"a": true}')
    assert "expected a map" in refused("ethabiencode", abi="(bool a)", data="[true]")
    assert "a: -1 does not fit uint256" in refused("ethabiencode", abi="(uint a)", data='{"a": -1}')


def test_everything_that_a_transaction_may_be_told() -> None:
    wanted = done(
        "ethtx",
        vars={"jobSpec": {"gasLimit": 99}, "keys": [LINK, OTHER, LINK]},
        to=LINK,
        data="0x01",
        **{"from": "$(keys)"},
        minConfirmations="2",
        failOnRevert="true",
        evmChainID="1",
        txMeta='{"a": [1]}',
        transmitChecker='{"CheckerType": "simulate"}',
    )
    assert wanted.senders == (LINK, "0xC0C0c0c0C0C0c0c0c0C0c0C0C0C0C0C0C0C0c0c0")
    assert (wanted.sender, wanted.gas, wanted.min_confirmations) == (LINK, 99, 2)
    assert (wanted.fail_on_revert, wanted.chain_id, wanted.meta) == (True, 1, {"a": [1]})
    assert wanted.transmit_checker == {"CheckerType": "simulate"}


@pytest.mark.parametrize("senders", [f'["{LINK}"]', LINK, LINK.lower()])
def test_senders_are_one_or_a_list(senders: str) -> None:
    assert done("ethtx", to=LINK, data="0x", **{"from": senders}).senders == (LINK,)
    assert done("ethtx", vars={"s": senders}, to=LINK, data="0x", **{"from": "$(s)"}).sender == LINK


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"to": "0x12"}, "to: '0x12' is not an address"),
        ({"data": "0xzz"}, "data: '0xzz' is not hexadecimal"),
        ({"from": "[1]"}, "from: 1 is not an address"),
        ({"gasLimit": "-1"}, "gaslimit: expected a whole number from 0"),
        ({"minConfirmations": "soon"}, "minconfirmations: 'soon' is not a number"),
        ({"failOnRevert": "maybe"}, "failonrevert: 'maybe' is neither true nor false"),
        ({"txMeta": "[]"}, "txmeta: expected a map"),
    ],
)
def test_a_wrong_transaction_is_named(attributes: dict[str, str], said: str) -> None:
    assert refused("ethtx", **{"to": LINK, "data": "0x", **attributes}) == said
