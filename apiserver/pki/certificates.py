"""Who a certificate is for and what it may be used for, and issuing it.

A `Profile` is everything a certificate says; `issue` makes a key and signs a certificate for it. Users are named
as Kubernetes names them: the common name is the user, each organization a group. The functions below build the
profiles that a cluster needs.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pybernetes.apiserver.pki.ca import CertificateAuthority

IPAddress = IPv4Address | IPv6Address

SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH

LEAF_LIFETIME = timedelta(days=365)  # as kubeadm's; renewed at 80 % of it
CLOCK_SKEW = timedelta(minutes=5)  # a certificate is valid from a little before now: nodes' clocks differ


@dataclass(frozen=True, slots=True)
class Profile:
    """What a certificate is to say. `organizations` are the user's groups."""

    common_name: str
    organizations: tuple[str, ...] = ()
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[IPAddress, ...] = ()
    usages: tuple[x509.ObjectIdentifier, ...] = (CLIENT,)
    lifetime: timedelta = LEAF_LIFETIME


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its private key, both PEM."""

    certificate_pem: bytes
    key_pem: bytes


def issue(ca: CertificateAuthority, profile: Profile, *, now: datetime) -> KeyPair:
    """A new EC P-256 key and a certificate for it, signed by `ca`. It never outlives the CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    return KeyPair(sign_public_key(ca, profile, key.public_key(), now=now), private_key_pem(key))


def sign_public_key(
    ca: CertificateAuthority, profile: Profile, public_key: ec.EllipticCurvePublicKey, *, now: datetime
) -> bytes:
    """The PEM of a certificate that says what `profile` says of whoever holds the key."""
    start = max(now - CLOCK_SKEW, ca.certificate.not_valid_before_utc)
    end = min(now + profile.lifetime, ca.certificate.not_valid_after_utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(profile))
        .issuer_name(ca.certificate.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_leaf_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage(profile.usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(ca.authority_key_identifier, critical=False)
    )
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in profile.dns_names]
    alternatives += [x509.IPAddress(address) for address in profile.ip_addresses]
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def server_profile(
    common_name: str = "kube-apiserver", *, dns_names: Iterable[str] = (), ip_addresses: Iterable[IPAddress | str] = ()
) -> Profile:
    """A server that clients know by these names and addresses."""
    return Profile(
        common_name,
        dns_names=tuple(dict.fromkeys(dns_names)),
        ip_addresses=tuple(dict.fromkeys(ipaddress.ip_address(address) for address in ip_addresses)),
        usages=(SERVER,),
    )


def client_profile(user: str, groups: Iterable[str] = ()) -> Profile:
    """A user in some groups."""
    return Profile(user, organizations=tuple(groups))


def kubelet_client_profile(node_name: str) -> Profile:
    """The node agent of `node_name`, as a client of the API server."""
    return Profile(f"system:node:{node_name}", organizations=("system:nodes",))


def kubelet_serving_profile(
    node_name: str, *, dns_names: Iterable[str] = (), ip_addresses: Iterable[IPAddress | str] = ()
) -> Profile:
    """The node agent of `node_name`, as the server of logs and exec."""
    return Profile(
        f"system:node:{node_name}",
        organizations=("system:nodes",),
        dns_names=tuple(dict.fromkeys((node_name, *dns_names))),
        ip_addresses=tuple(dict.fromkeys(ipaddress.ip_address(address) for address in ip_addresses)),
        usages=(SERVER,),
    )


def private_key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """SEC 1, which Go's and Python's TLS both read."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _subject(profile: Profile) -> x509.Name:
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in profile.organizations]
    return x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, profile.common_name)])


def _leaf_key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
