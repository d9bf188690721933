# SPDX-License-Identifier: MIT
"""A server that answers like the API of a Chainlink node: session cookie, JSON:API, pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from eth_account import Account

from tests.serving import Handler, serving

EMAIL, PASSWORD = "operator@example.org", "a long passphrase"
COOKIE = "clsession=MTY2; Path=/; HttpOnly"
ORACLE = "0x64e61afD06fD4e0e7A1f4E5B3E4F3FB3e9C3b2A1"
SOURCE = """
    log    [type="ethabidecodelog"
            abi="OracleRequest(bytes32 indexed specId, address requester, bytes32 requestId, uint256 payment, address callbackAddr, bytes4 callbackFunctionId, uint256 cancelExpiration, uint256 dataVersion, bytes data)"
            data="$(jobRun.logData)" topics="$(jobRun.logTopics)"]
    asked  [type="cborparse" data="$(log.data)"]
    ask    [type="bridge" name="prices" requestData="{\\"data\\": {\\"base\\": $(asked.base)}}"]
    parse  [type="jsonparse" path="data,result" data="$(ask)"]
    answer [type="ethabiencode" abi="(bytes32 requestId, uint256 value)"
            data="{ \\"requestId\\": $(log.requestId), \\"value\\": $(parse) }"]
    fulfil [type="ethabiencode"
            abi="fulfillOracleRequest2(bytes32 requestId, uint256 payment, address callbackAddress, bytes4 callbackFunctionId, uint256 expiration, bytes calldata data)"
            data="{ \\"requestId\\": $(log.requestId), \\"payment\\": $(log.payment), \\"callbackAddress\\": $(log.callbackAddr), \\"callbackFunctionId\\": $(log.callbackFunctionId), \\"expiration\\": $(log.cancelExpiration), \\"data\\": $(answer) }"]
    send   [type="ethtx" to="%s" data="$(fulfil)"]
    log -> asked -> ask -> parse -> answer -> fulfil -> send
"""  # noqa: E501


def direct_request(number: int, *, contract: str = ORACLE, **changes: Any) -> dict[str, Any]:
    """One job as GET /v2/jobs has it."""
    return {
        "type": "jobs",
        "id": str(number),
        "attributes": {
            "name": f"price {number}",
            "type": "directrequest",
            "schemaVersion": 1,
            "gasLimit": None,
            "forwardingAllowed": False,
            "maxTaskDuration": "30s",
            "externalJobID": f"0eec7e1d-d0d2-476c-a1a8-72dfb6633f{number:02x}",
            "directRequestSpec": {
                "contractAddress": contract,
                "minIncomingConfirmations": 2,
                "minContractPaymentLinkJuels": "100000000000000000",
                "requesters": None,
                "initiator": "runlog",
                "evmChainID": "31337",
            },
            "pipelineSpec": {"id": number, "jobID": number, "dotDagSource": SOURCE % contract},
            "errors": [],
        }
        | changes,
    }


def other(number: int, kind: str) -> dict[str, Any]:
    """A job that is no direct request."""
    return {
        "type": "jobs",
        "id": str(number),
        "attributes": {"name": f"{kind} {number}", "type": kind, "schemaVersion": 1},
    }


BRIDGE = {
    "type": "bridges",
    "id": "prices",
    "attributes": {
        "name": "prices",
        "url": "http://127.0.0.1:8080/prices",
        "confirmations": 1,
        "outgoingToken": "out of the old node",
        "minimumContractPayment": "5",
        "createdAt": "2024-05-01T12:00:00Z",
    },
}


class Stub(ThreadingHTTPServer):
    """`jobs`, `bridges` and `keys` are what it has; `asked` what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.jobs: list[dict[str, Any]] = []
        self.bridges: list[dict[str, Any]] = [BRIDGE]
        self.key = Account.create()
        self.asked: list[str] = []
        self.answer: bytes | None = None  # in place of everything

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(Handler):
    server: Stub

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(f"POST {parts.path}")
        body = self.body()
        if parts.path == "/sessions":
            right = json.loads(body) == {"email": EMAIL, "password": PASSWORD}
            self._say(200 if right else 401, {"data": {"type": "session"}}, cookie=right)
        elif not self._known():
            self._say(401, {"errors": [{"detail": "Unauthorized"}]})
        elif parts.path == f"/v2/keys/evm/export/{self.server.key.address}":
            password = parse_qs(parts.query)["newpassword"][0]
            self._say(200, Account.encrypt(self.server.key.key, password, kdf="pbkdf2"))
        else:
            self._say(404, {"errors": [{"detail": "not found"}]})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(f"GET {parts.path}")
        if not self._known():
            self._say(401, {"errors": [{"detail": "Unauthorized"}]})
            return
        key = {"type": "eTHKeys", "id": "1", "attributes": {"address": self.server.key.address}}
        found = {
            "/v2/jobs": self.server.jobs,
            "/v2/bridge_types": self.server.bridges,
            "/v2/keys/evm": [key],
        }[parts.path]
        asked = parse_qs(parts.query)
        page, size = int(asked["page"][0]), int(asked["size"][0])
        part = found[(page - 1) * size : page * size]
        self._say(200, {"data": part, "meta": {"count": len(found)}})

    def do_DELETE(self) -> None:
        self.server.asked.append(f"DELETE {self.path}")
        self._say(200, {})

    def _known(self) -> bool:
        return "clsession=MTY2" in (self.headers.get("cookie") or "")

    def _say(self, status: int, document: Any, *, cookie: bool = False) -> None:
        body = json.dumps(document).encode() if self.server.answer is None else self.server.answer
        also = {"set_cookie": COOKIE} if cookie else {}
        self.say(body, status, content_type="application/vnd.api+json", **also)


@contextmanager
def stub() -> Iterator[Stub]:
    made = Stub()
    with serving(made):
        yield made
