"""TLS of the server: names, versions and ciphers as Go calls them, and certificates by the name that is asked for."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pybernetes.apiserver.pki.certificates import issue, server_profile
from pybernetes.apiserver.pki.control_plane import Credential, ensure_pki, write_credential
from pybernetes.apiserver.serving_context import Named, ServingContext
from pybernetes.apiserver.tls_names import ciphers_of, minimum_version_of


def test_names_of_versions_and_suites() -> None:
    assert minimum_version_of("") == minimum_version_of("VersionTLS12") == ssl.TLSVersion.TLSv1_2
    assert minimum_version_of("VersionTLS13") == ssl.TLSVersion.TLSv1_3
    with pytest.raises(ValueError, match=r'unknown tls version "TLS1\.2"'):
        minimum_version_of("TLS1.2")
    suites = ["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_RSA_WITH_AES_128_CBC_SHA"]
    assert ciphers_of(suites) == "ECDHE-RSA-CHACHA20-POLY1305:AES128-SHA"
    with pytest.raises(ValueError, match="Cipher suite TLS_X not supported or doesn't exist"):
        ciphers_of(["TLS_X"])


def test_certificates_for_names_are_read_as_the_flag_has_them() -> None:
    named = Named.of("/a.crt,/a.key:example.com,*.example.com")
    assert named.credential.certificate_path == Path("/a.crt")
    assert named.names == ("example.com", "*.example.com")
    assert Named.of("/a.crt,/a.key").names == ()
    with pytest.raises(ValueError, match="expected comma separated certificate and key file paths"):
        Named.of("/a.crt")


async def test_each_name_has_its_certificate_and_the_rest_the_first(tmp_path: Path) -> None:
    pki = ensure_pki(tmp_path / "pki", now=datetime.now(UTC))
    named = []
    for name, names in (("own", ""), ("wild", ":*.example.com")):
        pair = issue(pki.ca, server_profile(dns_names=[f"{name}.example.org"]), now=datetime.now(UTC))
        credential = Credential(tmp_path / f"{name}.crt", tmp_path / f"{name}.key")
        write_credential(credential, pair)
        named.append(Named.of(f"{credential.certificate_path},{credential.key_path}{names}"))
    serving = ServingContext(
        pki.server, [pki.ca.certificate_pem], named=named, minimum_version="VersionTLS13", ciphers=()
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    client = ssl.create_default_context(cadata=pki.ca.certificate_pem.decode())
    client.check_hostname = False
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=serving.context)
    shown: dict[str, str] = {}
    async with server:
        port = server.sockets[0].getsockname()[1]
        for name in ("own.example.org", "any.example.com", "localhost", "a.b.example.com"):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=name)
            connection = writer.get_extra_info("ssl_object")
            assert connection.version() == "TLSv1.3"
            shown[name] = connection.getpeercert()["subjectAltName"][0][1]
            writer.close()
    assert shown == {
        "own.example.org": "own.example.org",
        "any.example.com": "wild.example.org",
        "localhost": "kubernetes",
        "a.b.example.com": "kubernetes",
    }
