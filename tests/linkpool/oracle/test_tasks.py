# SPDX-License-Identifier: MIT
"""What each task makes of its attributes and of the tasks before it, as a Chainlink node does."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address

from linkpool.net.testing import FakeHttp
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.errors import TaskError, TryLater
from linkpool.oracle.results import PendingTransaction
from linkpool.oracle.tasks import KINDS, RULES, World
from tests.linkpool.oracle.worlds import run

LINK = to_checksum_address("0x514910771AF9Ca656af840dff83E8264EcF986CA")
OTHER = "0x" + "c0" * 20
LOST = TaskError("source is gone")
DOCUMENT = '{"a": [{"b": 1.10}, 10000000000000000000001, null], "t": "12.5", "": 3}'


def done(kind: str, *inputs: Any, vars: Any = None, **attributes: Any) -> Any:
    """The result of one task; attributes by any spelling."""
    return asyncio.run(
        run(kind, list(inputs), vars, **{k.lower(): v for k, v in attributes.items()})
    )


def refused(kind: str, *inputs: Any, vars: Any = None, **attributes: Any) -> str:
    """Why the task failed."""
    with pytest.raises(TaskError) as error:
        done(kind, *inputs, vars=vars, **attributes)
    return str(error.value)


# ---- jsonparse ----


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a,0,b", Decimal("1.1")),
        ("a,-3,b", Decimal("1.1")),
        ("a,1", 10000000000000000000001),
        ("a,2", None),
        ("t", "12.5"),
    ],
)
def test_jsonparse_finds_a_value(path: str, found: Any) -> None:
    assert done("jsonparse", DOCUMENT, path=path) == found


def test_jsonparse_takes_a_path_from_a_request_and_another_separator() -> None:
    asked = {"asked": {"path": ["a", 0, "b"]}}
    assert done("jsonparse", DOCUMENT, vars=asked, path="$(asked.path)") == Decimal("1.1")
    assert done("jsonparse", DOCUMENT, path="a/1", separator="/") > 10**22


def test_jsonparse_without_a_path_takes_it_all() -> None:
    assert done("jsonparse", "[1, 2.50]") == [1, Decimal("2.5")]
    assert done("jsonparse", b"7", path="") == 7


@pytest.mark.parametrize("path", ["x", "a,3", "a,-4", "a,b", "t,0", "a,0,b,c", "a," + "9" * 5_000])
def test_jsonparse_misses_a_value(path: str) -> None:
    assert "the answer has no" in refused("jsonparse", DOCUMENT, path=path)
    assert done("jsonparse", DOCUMENT, path=path, lax="true") is None


@pytest.mark.parametrize("text", ["", "{", "NaN", "1e999", "[" * 100_000, "1" * 5_000])
def test_jsonparse_refuses_what_is_no_json(text: str) -> None:
    assert "not JSON" in refused("jsonparse", text)


def test_jsonparse_takes_one_pass_whatever_the_text() -> None:
    began = time.process_time()
    for text in ('"' + '\\"' * 16_000, '["' * 16_000, "{" * 32_000):
        assert "not JSON" in refused("jsonparse", text)
    assert done("jsonparse", '{"[[": "\\"[[", "a": [[[1]]]}', path="a,0,0,0") == 1
    assert time.process_time() - began < 1


# ---- Numbers ----


@pytest.mark.parametrize(
    ("factor", "times", "product"),
    [
        (0.1, 3, "0.3"),
        ("2412.07", 100, "241207"),
        (b"2.5", " 2 ", "5"),
        (Decimal("1.000000000000000001"), 10**18, "1000000000000000001"),
        (-5, "1.5", "-7.5"),
        ("1e18", "-.5", "-500000000000000000"),
        (10**60 + 1, 10**39 + 1, str((10**60 + 1) * (10**39 + 1))),
    ],
)
def test_multiply_never_rounds(factor: Any, times: Any, product: str) -> None:
    assert done("multiply", factor, vars={"n": times}, times="$(n)") == Decimal(product)


@pytest.mark.parametrize(
    "factor",
    [
        None,
        "x",
        True,
        [],
        "inf",
        "1_000",
        "0x10",
        "",
        "1e999999",
        10**300,
        "9" * 1_000,
        float("nan"),
    ],
)
def test_multiply_refuses_what_is_no_number(factor: Any) -> None:
    assert refused("multiply", factor, times="100").startswith("input: ")


@pytest.mark.parametrize(
    ("number", "divisor", "precision", "quotient"),
    [
        (10, "4", "", "2.5"),
        (1, "3", "", "0.3333333333333333"),
        (2, "3", "", "0.6666666666666667"),
        (1, "8", "2", "0.13"),
        (-1, "8", "2", "-0.13"),
        (1250, "1", "-2", "1300"),
        (7, "2", "0", "4"),
    ],
)
def test_divide_rounds_half_away_from_zero(
    number: Any, divisor: str, precision: str, quotient: str
) -> None:
    assert done("divide", number, divisor=divisor, precision=precision) == Decimal(quotient)


def test_divide_by_zero_fails() -> None:
    assert refused("divide", 1, divisor="0.0") == "divisor: zero"
    assert refused("divide", 1, divisor="3", precision="9999") == "precision: beyond 256"


def test_lessthan() -> None:
    assert done("lessthan", "1.5", right="2") is True
    assert done("lessthan", input="2", limit="2") is False
    assert done("lessthan", left="-1", right="-2") is False
    assert "needs 'right'" in refused("lessthan", 1)


# ---- Several inputs ----


def test_median_of_an_odd_and_of_an_even_number() -> None:
    assert done("median", "3", 1, Decimal("2.5")) == Decimal("2.5")
    assert done("median", 4, 1, 2, 3) == Decimal("2.5")
    assert done("median", values='[3, 1.5, "2"]') == 2
    assert done("median", vars={"l": [5, 7]}, values="$(l)") == 6


def test_mean_and_sum() -> None:
    assert done("mean", 1, 1, 2) == Decimal("1.3333333333333333")
    assert done("mean", 1, 1, 2, precision="1") == Decimal("1.3")
    assert done("sum", "0.1", 0.2, 10**30) == Decimal("1000000000000000000000000000000.3")


def test_mode_counts_what_is_the_same() -> None:
    assert done("mode", 1, "1", Decimal("1.0"), 2) == {
        "results": [Decimal("1.0")],
        "occurrences": 3,
    }
    assert done("mode", "a", b"b", "b", "a")["results"] == ["b", "a"]
    assert done("mode", values="[1, 2, 2, 3, 1]") == {"results": [2, 1], "occurrences": 2}
    assert done("mode", {"x": 1}, {"x": 1}, True) == {"results": [{"x": 1}], "occurrences": 2}


@pytest.mark.parametrize("kind", ["median", "mean", "sum", "mode"])
def test_errors_are_faults_and_only_so_many_are_allowed(kind: str) -> None:
    assert done(kind, LOST, 5, LOST) in (5, {"results": [5], "occurrences": 1})
    assert done(kind, LOST, 5, allowedFaults="1") in (5, {"results": [5], "occurrences": 1})
    assert "2 of 3 failed, the first: source is gone" in refused(
        kind, LOST, 5, LOST, allowedFaults="1"
    )
    assert "1 of 1 failed" in refused(kind, LOST)
    assert "all of them failed" in refused(kind, LOST, allowedFaults="1")
    assert refused(kind) == refused(kind, values="[]") == "values: there are none"
    several = {"a": 1, "bad": LOST}
    assert done(kind, vars=several, values="[$(a), $(bad)]") in (
        1,
        {"results": [1], "occurrences": 1},
    )
    assert "source is gone" in refused(kind, vars=several, values="$(bad)")
    assert "source is gone" in refused(
        kind, vars=several, values="[$(a), $(bad)]", allowedFaults="0"
    )


def test_a_lost_chain_stays_one_behind_an_aggregation() -> None:
    with pytest.raises(TryLater):
        done("median", TryLater("no RPC"))


@pytest.mark.parametrize("faults", ["-1", "x", "1e30"])
def test_allowed_faults_are_a_count(faults: str) -> None:
    assert refused("median", 1, allowedFaults=faults).startswith("allowedfaults: ")


def test_any_takes_one_that_did_not_fail() -> None:
    assert {done("any", LOST, 1, 2) for _ in range(50)} == {1, 2}
    assert done("any", None) is None
    assert refused("any", LOST) == "every input failed"
    assert refused("any") == "needs a task before it"


def test_coalesce_takes_the_first_that_is_something() -> None:
    assert done("coalesce", LOST, None, 0, 5) == 0
    assert done("coalesce", LOST) is None


# ---- Forms ----


def test_memo() -> None:
    assert done("memo", 5) == 5
    assert done("memo", 5, value='[1.50, "x"]') == [Decimal("1.50"), "x"]
    assert done("memo", vars={"x": b"\1"}, value=' {"a": $(x)} ') == {"a": b"\1"}
    assert done("memo", value=" plain text ") == "plain text"
    assert "not JSON" in refused("memo", value="plain $(x) text")
    assert "needs 'value'" in refused("memo")


def test_merge_prefers_the_right() -> None:
    assert done("merge", {"a": 1, "b": 2}, right='{"b": null, "c": 3}') == {
        "a": 1,
        "b": None,
        "c": 3,
    }
    both = {"l": '{"a": 1}', "r": {"a": 2}}
    assert done("merge", vars=both, left="$(l)", right="$(r)") == {"a": 2}
    assert refused("merge", [], right="{}") == "left: expected a map"
    assert "right: not JSON" in refused("merge", {}, vars={"r": "{"}, right="$(r)")


def test_lookup() -> None:
    assert done("lookup", {"a": 1}, key="a") == 1
    assert done("lookup", {"a": 1}, key="b") is None
    assert refused("lookup", [1], key="0") == "input: expected a map"


def test_length_counts_bytes() -> None:
    assert done("length", "größe") == 7
    assert done("length", "0x0102") == 2
    assert done("length", "0xzz") == 4
    assert done("length", b"abc") == 3
    assert done("length", [1, 2]) == 2
    assert "not bytes" in refused("length", 5)


def test_conditional() -> None:
    assert done("conditional", True) is True
    assert done("conditional", vars={"x": "true"}, data="$(x)") is True
    for no in (False, "false", None):
        assert refused("conditional", no) == "the condition is not satisfied"
    assert "neither true nor false" in refused("conditional", "perhaps")


def test_letters() -> None:
    assert (done("lowercase", "ÄbC"), done("uppercase", b"abc")) == ("äbc", "ABC")
    assert "not text" in refused("uppercase", 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("xyz", "0x78797a"),
        (b"\x01\xff", "0x01ff"),
        (255, "0xff"),
        (Decimal("255.0"), "0xff"),
        (0, "0x0"),
        ("", ""),
        (b"", ""),
        (2**300, f"{2**300:#x}"),
    ],
)
def test_hexencode(value: Any, text: str) -> None:
    assert done("hexencode", value) == text


@pytest.mark.parametrize("value", [-1, Decimal("1.5"), True, None, [1]])
def test_hexencode_refuses_the_rest(value: Any) -> None:
    assert refused("hexencode", value).startswith("input: ")


def test_hexencode_has_a_largest_number() -> None:
    assert "expected text, bytes or a whole number" in refused("hexencode", 1 << 600_000)


def test_hexdecode_needs_its_prefix() -> None:
    assert done("hexdecode", "0x0AfF") == b"\x0a\xff"
    assert done("hexdecode", input="0x") == b""
    assert refused("hexdecode", "0aff") == "input: expected 0x at the beginning"
    assert refused("hexdecode", "0x0") == "input: not hexadecimal"


def test_base64() -> None:
    assert done("base64encode", "Hello, playground") == "SGVsbG8sIHBsYXlncm91bmQ="
    assert done("base64encode", b"\xff") == "/w=="
    assert done("base64decode", "SGVsbG8sIHBsYXlncm91bmQ=") == b"Hello, playground"
    for wrong in ("SGVsbG8", "*", "ä"):
        assert refused("base64decode", wrong) == "input: not base64"


# ---- The request and the answer ----


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
    from linkpool.oracle.abi import parse

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


# ---- The chain ----


class Chain:
    """Answers, estimates, and remembers what it was asked."""

    def __init__(self, failure: TaskError | None = None) -> None:
        self.failure = failure
        self.asked: dict[str, Any] = {}

    async def call(self, to: str, data: bytes, **more: Any) -> bytes:
        self.asked = {"to": to, "data": data, **more}
        return b"\x2a"

    async def estimate(self, to: str, data: bytes, *, sender: str | None = None) -> int:
        if self.failure:
            raise self.failure
        return 100_001


def on(chain: Chain, kind: str, **attributes: str) -> Any:
    world = World(FakeHttp(), chain)
    lower = {name.lower(): text for name, text in attributes.items()}
    return asyncio.run(run(kind, [], {"jobSpec": {"gasLimit": 150_000}}, world, **lower))


def test_a_contract_is_asked() -> None:
    chain = Chain()
    assert on(chain, "ethcall", contract=LINK, data="0x01", gas="9", **{"from": OTHER}) == "0x2a"
    assert (chain.asked["to"], chain.asked["data"], chain.asked["gas"]) == (LINK, b"\1", 9)
    assert chain.asked["sender"].lower() == OTHER
    on(chain, "ethcall", contract=LINK, data="0x01", gas="9", gasUnlimited="true", block="Pending")
    assert (chain.asked["gas"], chain.asked["block"]) == (None, "pending")
    with pytest.raises(TaskError, match="data: empty"):
        on(chain, "ethcall", contract=LINK, data="0x")
    assert "no chain to ask" in refused("ethcall", contract=LINK, data="0x01")


def test_a_task_stays_on_the_jobs_chain() -> None:
    job = {"jobSpec": {"evmChainID": "5"}}
    assert done("ethtx", vars=job, to=LINK, data="0x", evmChainID="5").chain_id == 5
    assert done("ethtx", to=LINK, data="0x", vars={"c": ""}, evmChainID="$(c)").chain_id is None
    for kind, to in (("ethtx", "to"), ("ethcall", "contract"), ("estimategaslimit", "to")):
        said = refused(kind, vars=job, data="0x01", evmChainID="1", **{to: LINK})
        assert said == "evmchainid: the job is for chain 5, the task for 1"


def test_gas_is_estimated_up_to_the_limit() -> None:
    assert on(Chain(), "estimategaslimit", to=LINK, data="0x") == 100_001
    assert on(Chain(), "estimategaslimit", to=LINK, data="0x", multiplier="1.2") == 120_001
    assert on(Chain(), "estimategaslimit", to=LINK, data="0x", multiplier="2") == 150_000
    assert on(Chain(TaskError("reverts")), "estimategaslimit", to=LINK, data="0x") == 150_000
    with pytest.raises(TryLater):
        on(Chain(TryLater("no RPC")), "estimategaslimit", to=LINK, data="0x")
    with pytest.raises(TaskError, match="negative"):
        on(Chain(), "estimategaslimit", to=LINK, data="0x", multiplier="-1")


# ---- All of them ----


def test_a_failed_input_fails_the_task() -> None:
    assert refused("multiply", LOST, times="1") == "source is gone"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_knows_what_it_needs(kind: str) -> None:
    assert set(RULES[kind].required) <= RULES[kind].known


HOSTILE: list[Any] = [
    None,
    True,
    -1,
    1 << 400_000,
    float("inf"),
    float("nan"),
    Decimal("1e400"),
    "",
    "0x",
    "0x0",
    "\ud800",
    "\x00",
    "9" * 65_536,
    "[" * 65_536,
    '{"a":' * 20_000,
    "ß" * 20_000,
    b"",
    b"\xff" * 65_536,
    [],
    [[]] * 1_000,
    {},
    {1: {b"x": None}},
    TaskError("x"),
]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"http", "bridge"}))
def test_nothing_a_requester_sends_raises_more_than_a_task_error(kind: str) -> None:
    """Each attribute in turn, and the input, is something unpleasant; and none of it takes long."""
    names = [*KINDS[kind].required.split(), *KINDS[kind].optional.split()]
    usual = {"abi": "f(uint256 a, (bytes b)[] c)", "to": LINK, "contract": LINK, "data": "$(x)"}
    began = time.process_time()
    for value in HOSTILE:
        for name in names:
            given = {one: usual.get(one, "1") for one in KINDS[kind].required.split()}
            given[name] = "$(x)"
            try:
                done(kind, value, vars={"x": value}, **given)
            except TaskError as error:
                assert len(str(error)) < 100_000
    assert time.process_time() - began < 5
