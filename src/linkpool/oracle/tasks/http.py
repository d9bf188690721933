# SPDX-License-Identifier: MIT
"""http: asks a data source.

As in Chainlink, a URL written in the job itself may lead to a private address; one that a requester
had a part in may not, unless the job says allowUnrestrictedNetworkAccess, or names the host in
`privateHosts`. What the job trusts is the host it names: where that redirects to another one, the
other has to be public.
"""

from __future__ import annotations

from typing import Final

from linkpool.net import HttpError, Message, host_of
from linkpool.net.document import complaint
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call
from linkpool.oracle.tasks.outgoing import body, headers, patience

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
FREE: Final = "allowunrestrictednetworkaccess"


async def fetch(call: Call) -> str:
    """The body of the answer."""
    method = call.text("method", "GET").upper()
    if method not in METHODS:
        raise TaskError(f"method {method[:40]!r}: expected one of {', '.join(METHODS)}")
    message = Message(method, call.text("url"), body(call), headers(call))
    try:
        answer = await call.world.http.send(
            message,
            unrestricted=call.flag(FREE, False),
            private=_private(call, message.url),
            limit=patience(call),
        )
        if answer.status >= 400:
            host = host_of(message.url).rpartition(":")[0]
            raise TaskError(f"{host} answered {answer.status}: {complaint(answer.text)}")
    except HttpError as error:
        raise TaskError(str(error)) from None
    return answer.text


def _private(call: Call, url: str) -> set[str]:
    """The hosts that the job's author vouches for."""
    hosts = set()
    if call.raw("privatehosts") is not None:
        if call.refers("privatehosts"):
            raise TaskError("privateHosts: write the hosts into the job, without $(...)")
        hosts = {host.strip().lower() for host in call.text("privatehosts").split(",")}
    if call.raw(FREE) is None and not call.refers("url"):
        hosts.add(host_of(url))
    return hosts
