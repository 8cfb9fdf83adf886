"""What a control plane's directory holds after its first start, and what later starts keep and replace."""

from __future__ import annotations

import ipaddress
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from pybernetes.apiserver.pki.ca import PkiError, create_ca, ensure_ca
from pybernetes.apiserver.pki.certificates import issue, kubelet_client_profile, kubelet_serving_profile
from pybernetes.apiserver.pki.control_plane import Credential, ensure_pki, first_service_address

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = found.get_values_for_type(x509.IPAddress)
    return {*found.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}


def test_first_start_makes_everything_under_kubeadms_names(tmp_path: Path) -> None:
    pki = ensure_pki(
        tmp_path / "pki", advertise_addresses=["192.0.2.7"], extra_sans=["api.example.com", "198.51.100.1"], now=NOW
    )
    made = {path.name for path in pki.directory.iterdir()} - {".lock"}
    pairs = ("ca", "front-proxy-ca", "apiserver", "apiserver-kubelet-client", "front-proxy-client")
    assert made == {f"{name}.{kind}" for name in pairs for kind in ("crt", "key")} | {"sa.key", "sa.pub"}
    assert names(load(pki.server.certificate_path)) >= {
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
        "127.0.0.1",
        "::1",
        "10.96.0.1",
        "192.0.2.7",
        "api.example.com",
        "198.51.100.1",
    }
    for name in (*(f"{pair}.key" for pair in pairs), "sa.key"):
        assert stat.S_IMODE((pki.directory / name).stat().st_mode) == 0o600
    load(pki.server.certificate_path).verify_directly_issued_by(pki.ca.certificate)
    load(pki.front_proxy_client.certificate_path).verify_directly_issued_by(pki.front_proxy_ca.certificate)


def test_second_start_changes_nothing(tmp_path: Path) -> None:
    ensure_pki(tmp_path, now=NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ensure_pki(tmp_path, now=NOW + timedelta(days=1))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("now", "extra_sans"),
    [(NOW + timedelta(days=300), []), (NOW, ["new.example.com"])],
    ids=["after 80 % of its life", "a new name"],
)
def test_later_start_renews_the_server_certificate_but_no_ca(
    tmp_path: Path, now: datetime, extra_sans: list[str]
) -> None:
    first = ensure_pki(tmp_path, now=NOW)
    old_server, old_ca = load(first.server.certificate_path), first.ca.certificate_pem
    second = ensure_pki(tmp_path, extra_sans=extra_sans, now=now)
    assert load(second.server.certificate_path).serial_number != old_server.serial_number
    assert second.ca.certificate_pem == old_ca
    assert set(extra_sans) <= names(load(second.server.certificate_path))


def test_certificate_of_another_ca_is_replaced(tmp_path: Path) -> None:
    pki = ensure_pki(tmp_path, now=NOW)
    assert pki.server.own is not None
    other = issue(create_ca("kubernetes", now=NOW), pki.server.own.profile, now=NOW)
    pki.server.certificate_path.write_bytes(other.certificate_pem)
    pki.server.key_path.write_bytes(other.key_pem)
    ensure_pki(tmp_path, now=NOW)
    load(pki.server.certificate_path).verify_directly_issued_by(pki.ca.certificate)


def test_ca_key_without_certificate_is_an_interrupted_start(tmp_path: Path) -> None:
    first = ensure_ca(tmp_path, "ca", "kubernetes", now=NOW)
    (tmp_path / "ca.crt").unlink()
    second = ensure_ca(tmp_path, "ca", "kubernetes", now=NOW)
    assert second.certificate.public_key() == first.certificate.public_key()


@pytest.mark.parametrize("content", [b"", b"not a key"], ids=["empty", "garbage"])
def test_unreadable_ca_key_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    ensure_ca(tmp_path, "ca", "kubernetes", now=NOW)
    (tmp_path / "ca.key").write_bytes(content)
    with pytest.raises(PkiError, match=r"ca\.key"):
        ensure_ca(tmp_path, "ca", "kubernetes", now=NOW)


def test_ca_key_of_another_certificate_is_never_overwritten(tmp_path: Path) -> None:
    ensure_ca(tmp_path, "ca", "kubernetes", now=NOW)
    ensure_ca(tmp_path, "other", "kubernetes", now=NOW)
    (tmp_path / "other.key").replace(tmp_path / "ca.key")
    with pytest.raises(PkiError, match="restore the pair"):
        ensure_ca(tmp_path, "ca", "kubernetes", now=NOW)


@pytest.mark.parametrize(
    ("service_range", "address"),
    [("10.96.0.0/12", "10.96.0.1"), ("fd00:1::/108", "fd00:1::1"), ("10.0.0.7/24", "10.0.0.1")],
)
def test_first_service_address(service_range: str, address: str) -> None:
    assert first_service_address(service_range) == ipaddress.ip_address(address)


def test_leaf_never_outlives_its_ca() -> None:
    ca = create_ca("kubernetes", now=NOW)
    pair = issue(ca, kubelet_client_profile("n1"), now=NOW + timedelta(days=3600))
    leaf = x509.load_pem_x509_certificate(pair.certificate_pem)
    assert leaf.not_valid_after_utc == ca.certificate.not_valid_after_utc


def test_kubelet_profiles_name_the_node() -> None:
    client, serving = kubelet_client_profile("n1"), kubelet_serving_profile("n1", ip_addresses=["192.0.2.1"])
    assert (client.common_name, client.organizations) == ("system:node:n1", ("system:nodes",))
    assert serving.dns_names == ("n1",)
    assert serving.ip_addresses == (ipaddress.ip_address("192.0.2.1"),)


def test_whole_set_up_is_fast(tmp_path: Path) -> None:
    """A cluster starts in about a second; its keys may take a tenth of that."""
    best_seconds = 1.0
    for attempt in range(5):
        began = time.thread_time()
        pki = ensure_pki(tmp_path / str(attempt), now=NOW)
        best_seconds = min(best_seconds, time.thread_time() - began)
        assert isinstance(pki.server, Credential)
    assert best_seconds < 0.1


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    ensure_pki(tmp_path, now=NOW)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [".lock"]
