# SPDX-License-Identifier: MIT
"""Which addresses are public."""

import socket

import pytest

from linkpool.net.address import is_outside, is_own, is_public


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",  # metadata of a cloud
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",  # metadata of most clouds
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.0.192",  # metadata of a cloud
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:5db8:d822::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",  # metadata of a cloud
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_inside_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "1.1.1.1",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001:81b::200e",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",
    ],
)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "localhost", "0x7f000001", "127.1", "0177.0.0.1"])
def test_only_addresses_in_full_are_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        is_public(text)


def test_this_machine_knows_itself() -> None:
    assert is_own("127.0.0.1")
    assert is_own("127.0.0.1") == is_own("::ffff:127.0.0.1")
    assert not is_own("93.184.216.34")


def test_an_address_of_this_machine_is_not_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine whose own address is a public one."""

    class Probe(socket.socket):
        def connect(self, address: object) -> None:
            pass

        def getsockname(self) -> tuple[str, int]:
            return "93.184.216.34", 1

    monkeypatch.setattr(socket, "socket", Probe)
    assert is_public("93.184.216.34")
    assert not is_outside("93.184.216.34")
    assert is_outside("93.184.216.35")
