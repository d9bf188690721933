# SPDX-License-Identifier: MIT
"""Which addresses belong to the public internet, and which to somebody's inside.

A requester writes URLs, so that without this a node could be sent to its own machine, to its
neighbours, or to a cloud's metadata service.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

# What Python of one patch release or another still calls global.
INSIDE_V4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",  # shared with other customers of a carrier
            "192.0.0.0/24",
            "192.88.99.0/24",  # relays into IPv6
            "198.18.0.0/15",
            "240.0.0.0/4",
        ),
    )
)
GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
INSIDE_V6: Final = tuple(  # the last two are tunnels into IPv4, which no site uses to be reached
    map(
        ipaddress.IPv6Network,
        ("2001:db8::/32", "3fff::/20", "2001::/23", "2002::/16"),
    )
)
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
LOW_32: Final = 0xFFFFFFFF

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_outside(text: str) -> bool:
    """True for an address to which whoever writes a URL may lead the node."""
    return is_public(text) and not is_own(text)


def is_public(text: str) -> bool:
    """True for an address of the public internet."""
    address = _plain(text)
    if isinstance(address, ipaddress.IPv4Address):
        inside = any(address in network for network in INSIDE_V4)
    else:
        inside = address not in GLOBAL_V6 or any(address in network for network in INSIDE_V6)
    return not inside and address.is_global and not address.is_multicast


def is_own(text: str) -> bool:
    """True where the way to an address does not leave this machine: its own public address leads
    to services that are meant for the inside. Sends nothing.
    """
    address = _plain(text)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return _plain(str(probe.getsockname()[0])) == address
    except OSError:
        return False  # no way there at all: connecting will say so


def _plain(text: str) -> Address:
    """The address; of IPv6 forms that carry an IPv4 one (mapped, translated), that one."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & LOW_32)
    return address.ipv4_mapped or address
