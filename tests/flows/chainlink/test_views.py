# SPDX-License-Identifier: MIT
"""P11: what consumers, nodes and operators' tools ask an oracle, old and new, is answered."""

from __future__ import annotations

import pytest
from eth_utils.abi import function_signature_to_4byte_selector as selector

from bench.chain import account
from linkpool.chain.calls import Call
from linkpool.errors import TxReverted
from tests.flows.chainlink.stage import EXPIRY, Stage

PUBLISHED = {
    "onTokenTransfer(address,uint256,bytes)": "a4c0ed36",
    "fulfillOracleRequest(bytes32,uint256,address,bytes4,uint256,bytes32)": "4ab0d190",
    "fulfillOracleRequest2(bytes32,uint256,address,bytes4,uint256,bytes)": "6ae0bc76",
    "cancelOracleRequest(bytes32,uint256,bytes4,uint256)": "6ee4d553",
    "cancelOracleRequestByRequester(uint256,uint256,bytes4,uint256)": "eb007d99",
    "isAuthorizedSender(address)": "fa00763a",
    "getAuthorizedSenders()": "2408afaa",
    "setAuthorizedSenders(address[])": "ee56997b",
    "getAuthorizationStatus(address)": "d3e9c314",
    "getChainlinkToken()": "165d35e1",
    "EXPIRY_TIME()": "4b602282",
    "typeAndVersion()": "181f5a77",
}
DOORS = [
    "withdraw(address,uint256)",
    "ownerForward(address,bytes)",
    "ownerTransferAndCall(address,uint256,bytes)",
    "distributeFunds(address[],uint256[])",
    "transferOwnableContracts(address[],address)",
    "acceptOwnableContracts(address[])",
    "setFulfillmentPermission(address,bool)",
    "transferOwnership(address)",
]


@pytest.mark.parametrize("signature", PUBLISHED)
def test_p11_selectors_are_those_that_others_call(stage: Stage, signature: str) -> None:
    assert selector(signature).hex() == PUBLISHED[signature]
    code = stage.chain.rpc("eth_getCode", stage.world.known["PoolStorage"], "latest")
    assert PUBLISHED[signature] in code


@pytest.mark.parametrize("signature", DOORS)
def test_p1_the_operator_s_doors_for_link_do_not_exist(stage: Stage, signature: str) -> None:
    call = Call(to=stage.ours, data=selector(signature) + bytes(128), what=signature)
    for sender in (stage.world.operator, stage.world.owner, stage.node):
        with pytest.raises(TxReverted):
            stage.chain.view(call, sender)


def test_p11_the_token_is_the_same(stage: Stage) -> None:
    assert stage.ask_oracle(stage.ours, "getChainlinkToken") == stage.world.link.address
    assert stage.ask_oracle(stage.theirs, "getChainlinkToken") == stage.world.link.address


def test_p11_the_expiry_is_the_operator_s(stage: Stage) -> None:
    """Asked by the name of the older oracles."""
    assert stage.ask_ours("EXPIRY_TIME") == stage.ask_oracle(stage.theirs, "EXPIRYTIME") == EXPIRY


def test_p11_type_and_version_have_the_form_that_tools_parse(stage: Stage) -> None:
    name, version = stage.ask_oracle(stage.ours, "typeAndVersion").split(" ")
    assert name == "PoolStorage"
    assert [part.isdigit() for part in version.split(".")] == [True] * 3


def test_p11_the_node_itself_always_may_answer(stage: Stage) -> None:
    """Beyond Chainlink: the list names the node first, whatever the operator sets."""
    assert stage.ask_oracle(stage.ours, "getAuthorizedSenders") == (stage.node,)
    assert stage.ask_oracle(stage.ours, "isAuthorizedSender", stage.node)
    assert stage.ask_ours("getAuthorizationStatus", stage.node)


def test_p11_the_list_of_senders_is_what_was_set_last(stage: Stage) -> None:
    first, second = account("sender 1"), account("sender 2")
    who = stage.world.operator
    for senders in ([first, second], [second]):
        stage.send(stage.ours, "setAuthorizedSenders", senders, sender=who)
        found = stage.ask_oracle(stage.ours, "getAuthorizedSenders")
        assert found == (stage.node, *senders)
        assert all(stage.ask_oracle(stage.ours, "isAuthorizedSender", one) for one in found)
    assert not stage.ask_oracle(stage.ours, "isAuthorizedSender", first)
    assert not stage.ask_ours("getAuthorizationStatus", first)


@pytest.mark.parametrize("who", ["node", "staker", "user"])
def test_only_the_operator_sets_senders(stage: Stage, who: str) -> None:
    with pytest.raises(TxReverted, match="storage: only the operator"):
        stage.send(stage.ours, "setAuthorizedSenders", [stage.user], sender=getattr(stage, who))
