"""Certificates over real TLS handshakes: who is trusted, and a renewal that needs no restart."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from pybernetes.apiserver.authn.certificates import CertificateUsers
from pybernetes.apiserver.pki import any_client
from pybernetes.apiserver.pki.certificates import KeyPair, client_profile, issue
from pybernetes.apiserver.pki.control_plane import Pki, ensure_pki, write_credential
from pybernetes.apiserver.pki.rotation import renew_if_due
from pybernetes.apiserver.serving_context import ServingContext
from pybernetes.component.clock import FakeClock, settle


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return ensure_pki(tmp_path / "pki", now=now())


@contextlib.asynccontextmanager
async def serving(context: ssl.SSLContext, seen: list[bytes | None]) -> AsyncIterator[int]:
    """A TLS server that notes its clients' certificates and sends one line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        writer.write(b"hello\n")
        await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def trusting(pki: Pki, tmp_path: Path, pair: KeyPair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=pki.ca.certificate_pem.decode())
    if pair is not None:
        certificate, key = tmp_path / "client.crt", tmp_path / "client.key"
        certificate.write_bytes(pair.certificate_pem)
        key.write_bytes(pair.key_pem)
        context.load_cert_chain(certificate, key)
    return context


async def shown_serial(port: int, context: ssl.SSLContext, name: str = "kubernetes.default.svc") -> int:
    """Connect, read the line, and say which certificate the server showed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    try:
        assert await reader.readline() == b"hello\n"
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()
    return x509.load_der_x509_certificate(der).serial_number


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "10.96.0.1", "kubernetes.default.svc.cluster.local"])
async def test_server_is_trusted_under_each_of_its_names(pki: Pki, tmp_path: Path, name: str) -> None:
    context = ServingContext(pki.server, [pki.ca.certificate_pem]).context
    async with serving(context, []) as port:
        await shown_serial(port, trusting(pki, tmp_path), name)


async def test_client_certificate_arrives_and_names_its_user(pki: Pki, tmp_path: Path) -> None:
    pair = issue(pki.ca, client_profile("alice", ["team-a", "team-b"]), now=now())
    seen: list[bytes | None] = []
    context = ServingContext(pki.server, [pki.ca.certificate_pem]).context
    async with serving(context, seen) as port:
        await shown_serial(port, trusting(pki, tmp_path, pair))
    assert seen[0] is not None
    user = CertificateUsers([pki.ca.certificate]).user_of(seen[0], now().timestamp())
    assert user is not None
    assert (user.name, user.groups) == ("alice", ("team-a", "team-b", "system:authenticated"))


async def test_client_certificate_of_an_unknown_ca_finishes_the_handshake_and_names_nobody(
    pki: Pki, tmp_path: Path
) -> None:
    stranger = ensure_pki(tmp_path / "other", now=now())
    pair = issue(stranger.ca, client_profile("alice"), now=now())
    context = ServingContext(pki.server, [pki.ca.certificate_pem]).context
    seen: list[bytes | None] = []
    async with serving(context, seen) as port:
        await shown_serial(port, trusting(pki, tmp_path, pair))
    assert seen[0] is not None
    users = CertificateUsers([pki.ca.certificate])
    assert users.user_of(seen[0], now().timestamp()) is None
    assert users.refuses(seen[0], now().timestamp())


async def test_client_certificate_of_an_unknown_ca_is_turned_away_where_python_is_not_known(
    pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(any_client, "_UNTIL", (3, 11))
    stranger = ensure_pki(tmp_path / "other", now=now())
    pair = issue(stranger.ca, client_profile("alice"), now=now())
    context = ServingContext(pki.server, [pki.ca.certificate_pem]).context
    seen: list[bytes | None] = []
    async with serving(context, seen) as port:
        with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
            await shown_serial(port, trusting(pki, tmp_path, pair))
    assert seen == []


async def test_renewed_certificate_is_shown_to_new_connections_without_restart(tmp_path: Path) -> None:
    pki = ensure_pki(tmp_path / "pki", now=now() - timedelta(days=300))  # past 80 % of its life, and still valid
    rotating = ServingContext(pki.server, [pki.ca.certificate_pem])
    client = trusting(pki, tmp_path)
    async with serving(rotating.context, []) as port:
        first = await shown_serial(port, client)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname="localhost")
        assert renew_if_due(pki.server, now())
        rotating.reload()
        second = await shown_serial(port, client)
        assert await reader.readline() == b"hello\n"  # the connection that was open goes on
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()
    assert second != first
    assert not renew_if_due(pki.server, now())
    assert rotating.renew_at > now() + timedelta(days=290)


async def test_run_renews_when_it_is_time_and_goes_on_after_an_error(
    pki: Pki, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock(now())
    rotating = ServingContext(pki.server, [pki.ca.certificate_pem], clock=clock)
    old, renew_at = pki.server.certificate_path.read_bytes(), rotating.renew_at
    await clock.advance((renew_at - clock.now()).total_seconds() - 90)
    async with running(rotating):
        await clock.advance(61)
        assert pki.server.certificate_path.read_bytes() == old
        moved = pki.directory.with_name("moved")
        pki.directory.rename(moved)  # the disk is gone
        await clock.advance(60)
        assert "cannot renew certificate" in caplog.text
        moved.rename(pki.directory)
        await clock.advance(60)
        assert pki.server.certificate_path.read_bytes() != old
        assert rotating.renew_at > renew_at


async def test_certificate_that_someone_else_renewed_is_taken_up(pki: Pki, tmp_path: Path) -> None:
    clock = FakeClock(now())
    rotating = ServingContext(pki.server, [pki.ca.certificate_pem], clock=clock)
    client = trusting(pki, tmp_path)
    async with serving(rotating.context, []) as port, running(rotating):
        await settle()
        first = await shown_serial(port, client)
        assert pki.server.own is not None
        write_credential(pki.server, issue(pki.ca, pki.server.own.profile, now=now()))
        key = pki.server.key_path.read_bytes()
        pki.server.key_path.write_bytes(pki.kubelet_client.key_path.read_bytes())  # half of it is written
        await clock.advance(61)
        assert await shown_serial(port, client) == first
        pki.server.key_path.write_bytes(key)
        await clock.advance(61)
        assert await shown_serial(port, client) != first


@contextlib.asynccontextmanager
async def running(rotating: ServingContext) -> AsyncIterator[None]:
    task = asyncio.create_task(rotating.run(), name="rotation")
    await settle()
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
