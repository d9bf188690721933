# SPDX-License-Identifier: MIT
"""Identity over TLS: of the name that was asked for, not of the address it stands for."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from linkpool.net import HttpError, Message
from linkpool.net.message import parsed, redirected
from tests.linkpool.net.servers import PUBLIC, Names, Source, client, reply


@pytest.fixture
def identities(tmp_path: Path) -> Iterator[tuple[ssl.SSLContext, ssl.SSLContext]]:
    """A server that is source.example, and what a client that trusts its issuer knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "source.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("source.example")]), False)
        .sign(key, hashes.SHA256())
    )
    public, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(public, private)
    yield server, ssl.create_default_context(cafile=str(public))


def test_two_names_of_one_address_do_not_share_a_connection(
    identities: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, trusting = identities

    async def story() -> None:
        names = Names(other_example=[[PUBLIC]])
        async with Source(tls=server) as source, client(names, tls=trusting) as http:
            for _ in range(2):
                await http.send(Message("GET", source.url()))
            with pytest.raises(HttpError, match=r"other\.example: .*certificate"):
                await http.send(Message("GET", source.url(name="other.example")))
            with pytest.raises(HttpError, match="certificate"):
                await http.send(Message("GET", source.url(name=PUBLIC)))
            assert [one.connection for one in source.asked] == [1, 1]

    asyncio.run(story())


def test_an_unknown_issuer_is_not_trusted(
    identities: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async def story() -> None:
        async with Source(tls=identities[0]) as source, client() as http:
            with pytest.raises(HttpError, match=r"source\.example: .*certificate"):
                await http.send(Message("GET", source.url()), unrestricted=True)
            assert source.asked == []

    asyncio.run(story())


def test_a_redirect_does_not_leave_tls(
    identities: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, trusting = identities

    async def story() -> None:
        async with Source() as plain, client(tls=trusting) as http:
            onward = reply("", 302, f"location: {plain.url()}")
            async with Source(lambda asked: onward, tls=server) as source:
                with pytest.raises(HttpError, match="redirects from https to http"):
                    await http.send(Message("GET", source.url()), unrestricted=True)
                assert plain.connections == 0

    asyncio.run(story())


@pytest.mark.parametrize(
    ("url", "location", "kept"),
    [
        ("http://a.example/x", "/y", True),
        ("http://a.example/x", "https://a.example/x", True),
        ("http://a.example:8080/x", "https://a.example/x", False),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("https://a.example/x", "https://b.a.example/x", False),
        ("https://a.example/x", "//A.example/x", True),
    ],
)
def test_a_callers_headers_stay_with_the_server(url: str, location: str, kept: bool) -> None:
    message = Message("GET", url, None, {"x-key": "k", "content-type": "text/plain"})
    headers = redirected(message, parsed(url), 307, location).headers
    assert ("x-key" in headers) == kept
    assert headers["content-type"] == "text/plain"
