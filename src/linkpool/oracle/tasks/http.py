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
    message = Message(method(call), call.text("url"), body(call), headers(call))
    try:
        answer = await call.world.http.send(
            message,
            unrestricted=call.flag(FREE, False),
            private=_private(call, message.url),
            limit=patience(call),
        )
        if answer.status >= 400:
            host = answer.host or host_of(message.url).rpartition(":")[0]
            raise TaskError(f"{host} answered {answer.status}: {complaint(answer.text)}")
    except HttpError as error:
        raise TaskError(str(error)) from None
    return answer.text


def method(call: Call) -> str:
    """In upper case; GET without one."""
    found = call.text("method", "GET").upper()
    if found not in METHODS:
        raise TaskError(f"method {found[:40]!r}: expected one of {', '.join(METHODS)}")
    return found


def url(call: Call) -> str:
    """One that can be asked."""
    text = call.text("url")
    try:
        host_of(text)
    except HttpError as error:
        raise TaskError(str(error)) from None
    return text


def named_hosts(call: Call) -> set[str]:
    """`privateHosts`."""
    if call.raw("privatehosts") is None:
        return set()
    if call.refers("privatehosts"):
        raise TaskError("privateHosts: write the hosts into the job, without $(...)")
    return {host.strip().lower() for host in call.text("privatehosts").split(",")}


def _private(call: Call, url: str) -> set[str]:
    """The hosts that the job's author vouches for."""
    hosts = named_hosts(call)
    if call.raw(FREE) is None and not call.refers("url"):
        hosts.add(host_of(url))
    return hosts
