"""Everything secret that one control plane needs, made at its first start and checked at every other.

`ensure_pki` is idempotent: what is there, fits and has life left is kept; what is missing, about to expire, signed
by another CA or lacks a name that clients use now is issued again. Only CAs and the service account key are never
replaced: credentials that are out in the world hang on them.

The file names are kubeadm's, so that its tools and its documentation fit.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from pybernetes.apiserver.pki.ca import CertificateAuthority, ensure_ca
from pybernetes.apiserver.pki.certificates import (
    IPAddress,
    KeyPair,
    Profile,
    client_profile,
    issue,
    server_profile,
)
from pybernetes.apiserver.pki.files import PUBLIC_MODE, SECRET_MODE, directory_lock, read_file, write_file
from pybernetes.apiserver.pki.service_account_keys import ensure_signing_key
from pybernetes.component.signing_keys import SigningKey

RENEW_AT_FRACTION_OF_LIFE = 0.8

FRONT_PROXY_CLIENT = "front-proxy-client"
KUBELET_CLIENT = "kube-apiserver-kubelet-client"  # the bootstrap policy binds it to system:kubelet-api-admin


@dataclass(frozen=True, slots=True)
class Own:
    """By whom, and as what, a certificate of ours is issued."""

    ca: CertificateAuthority
    profile: Profile


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and key in files. One that is not our `own` was given to us, and others renew it."""

    certificate_path: Path
    key_path: Path
    own: Own | None = None


@dataclass(frozen=True, slots=True)
class Pki:
    """What a control plane starts with.

    `ca` signs servers, users and nodes; `front_proxy_ca` only who may speak for other users (aggregation);
    `server` is what the API server shows; `kubelet_client` is what it is to kubelets; `front_proxy_client` is what
    it is to aggregated API servers.
    """

    directory: Path
    ca: CertificateAuthority
    front_proxy_ca: CertificateAuthority
    service_account_key: SigningKey
    server: Credential
    kubelet_client: Credential
    front_proxy_client: Credential


def ensure_pki(
    directory: Path,
    *,
    service_cluster_ip_range: str = "10.96.0.0/12",
    advertise_addresses: Iterable[str] = (),
    extra_sans: Iterable[str] = (),
    cluster_domain: str = "cluster.local",
    now: datetime | None = None,
) -> Pki:
    """The control plane's keys and certificates in `directory`, made or renewed where needed.

    `service_cluster_ip_range` may be two ranges joined by a comma; the first address of each is the API server's.
    `extra_sans` are names or addresses. Raises PkiError for a broken CA, ValueError for a bad range, OSError.
    """
    now = now or datetime.now(UTC)
    profile = api_server_profile(service_cluster_ip_range, advertise_addresses, extra_sans, cluster_domain)
    with directory_lock(directory):
        ca = ensure_ca(directory, "ca", "kubernetes", now=now)
        front_proxy_ca = ensure_ca(directory, "front-proxy-ca", "front-proxy-ca", now=now)
        kubelet_client = client_profile(KUBELET_CLIENT)
        return Pki(
            directory=directory,
            ca=ca,
            front_proxy_ca=front_proxy_ca,
            service_account_key=ensure_signing_key(directory),
            server=_ensure_credential(directory, "apiserver", profile, ca, now),
            kubelet_client=_ensure_credential(directory, "apiserver-kubelet-client", kubelet_client, ca, now),
            front_proxy_client=_ensure_credential(
                directory, FRONT_PROXY_CLIENT, client_profile(FRONT_PROXY_CLIENT), front_proxy_ca, now
            ),
        )


def api_server_profile(
    service_cluster_ip_range: str,
    advertise_addresses: Iterable[str],
    extra_sans: Iterable[str],
    cluster_domain: str = "cluster.local",
) -> Profile:
    """The names and addresses under which clients reach the API server, from inside the cluster and outside."""
    dns_names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    dns_names += [f"kubernetes.default.svc.{cluster_domain}", "localhost"]
    host = socket.gethostname().lower()
    if host and host.isascii():
        dns_names.append(host)
    addresses: list[IPAddress | str] = ["127.0.0.1", "::1", *advertise_addresses]
    addresses += [first_service_address(part) for part in service_cluster_ip_range.split(",") if part]
    for name in extra_sans:
        (addresses if _is_address(name) else dns_names).append(name)
    return server_profile(dns_names=dns_names, ip_addresses=addresses)


def first_service_address(service_cluster_ip_range: str) -> IPAddress:
    """The address of the Service ``kubernetes``: 10.96.0.1 of 10.96.0.0/12. Raises ValueError."""
    return ipaddress.ip_network(service_cluster_ip_range.strip(), strict=False)[1]


def write_credential(credential: Credential, pair: KeyPair) -> None:
    """Put a new pair into the credential's files, key first."""
    write_file(credential.key_path, pair.key_pem, mode=SECRET_MODE)
    write_file(credential.certificate_path, pair.certificate_pem, mode=PUBLIC_MODE)


def renewal_time(certificate: x509.Certificate) -> datetime:
    """The moment from which a certificate should be replaced."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return start + (end - start) * RENEW_AT_FRACTION_OF_LIFE


def why_unfit(certificate_pem: bytes | None, key_pem: bytes | None, own: Own, now: datetime) -> str:
    """Why a pair must be issued again, or the empty string when it can stay."""
    if certificate_pem is None or key_pem is None:
        return "missing"
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        key = serialization.load_pem_private_key(key_pem, password=None)
        certificate.verify_directly_issued_by(own.ca.certificate)
    except (InvalidSignature, ValueError, TypeError) as error:
        return f"unusable: {error}"
    if certificate.public_key() != key.public_key():
        return "the key is another certificate's"
    if now >= renewal_time(certificate):
        return "about to expire"
    missing = _names(own.profile) - _names_in(certificate)
    return f"lacks {', '.join(sorted(missing))}" if missing else ""


def _ensure_credential(
    directory: Path, name: str, profile: Profile, ca: CertificateAuthority, now: datetime
) -> Credential:
    own = Own(ca, profile)
    credential = Credential(directory / f"{name}.crt", directory / f"{name}.key", own)
    if why_unfit(read_file(credential.certificate_path), read_file(credential.key_path), own, now):
        write_credential(credential, issue(ca, profile, now=now))
    return credential


def _names(profile: Profile) -> set[str]:
    return {*profile.dns_names, *(str(address) for address in profile.ip_addresses)}


def _names_in(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = found.get_values_for_type(x509.IPAddress)
    return {*found.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
