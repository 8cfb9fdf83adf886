"""The certificate that answers a request: its subject, names, key and usages, and how long it is good.

Extensions that a request brings itself are not taken over. A certificate is backdated by five minutes, since clocks
differ, and one of eight hours or more ends as much earlier; none outlives its CA.
Counterpart: pkg/controller/certificates/authority.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pybernetes.controllers.certificates.requests import alternatives

SHORTEST = timedelta(minutes=10)
_BACKDATE = timedelta(minutes=5)
_SHORT = timedelta(hours=8)

CAKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

# Names of the API as the fields of x509.KeyUsage.
_KEY_USAGES = {
    "signing": "digital_signature",
    "digital signature": "digital_signature",
    "content commitment": "content_commitment",
    "key encipherment": "key_encipherment",
    "key agreement": "key_agreement",
    "data encipherment": "data_encipherment",
    "cert sign": "key_cert_sign",
    "crl sign": "crl_sign",
    "encipher only": "encipher_only",
    "decipher only": "decipher_only",
}
# In the order in which Go writes them.
_EXTENDED_KEY_USAGES = {
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "s/mime": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec end system": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec tunnel": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec user": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft sgc": x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape sgc": x509.ObjectIdentifier("2.16.840.1.113730.4.1"),
}
# One set for each kind of name, in Go's order.
_SUBJECT_ORDER = (
    NameOID.COUNTRY_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.LOCALITY_NAME,
    NameOID.STATE_OR_PROVINCE_NAME,
    NameOID.STREET_ADDRESS,
    NameOID.POSTAL_CODE,
    NameOID.COMMON_NAME,
    NameOID.SERIAL_NUMBER,
)


class CannotSign(Exception):
    """No certificate can be made now, for this request or with this CA; the message says why."""


@dataclass(frozen=True)
class SigningCA:
    """A CA's certificate and key."""

    certificate: x509.Certificate
    key: CAKey


def load_signing_ca(certificate_file: str, key_file: str) -> SigningCA:
    """Read anew for each signature, so that a CA that was renewed on disk is used. Raises CannotSign."""
    try:
        certificate = x509.load_pem_x509_certificate(Path(certificate_file).read_bytes())
        key = serialization.load_pem_private_key(Path(key_file).read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise CannotSign(f"cannot read the CA {certificate_file} and its key {key_file}: {error}") from error
    if not isinstance(key, CAKey) or certificate.public_key() != key.public_key():
        raise CannotSign(f"{key_file} is not the key of {certificate_file}")
    return SigningCA(certificate, key)


def lifetime(asked_seconds: int | None, longest: timedelta) -> timedelta:
    """What is asked for, within ten minutes and the signer's longest."""
    if asked_seconds is None:
        return longest
    return min(max(timedelta(seconds=asked_seconds), SHORTEST), longest)


def sign(
    asked: x509.CertificateSigningRequest, usages: Iterable[str], ca: SigningCA, *, good_for: timedelta, now: datetime
) -> bytes:
    """The certificate as PEM. Raises CannotSign."""
    if not asked.is_signature_valid:
        raise CannotSign("unable to verify certificate request signature")
    end = min(now + good_for - (_BACKDATE if good_for >= _SHORT else timedelta()), ca.certificate.not_valid_after_utc)
    if end <= now:
        raise CannotSign("refusing to sign a certificate that expired in the past")
    key_usage, extended = _usages(usages)
    subject = _subject(asked.subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.certificate.subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(end)
    )
    if key_usage is not None:
        builder = builder.add_extension(key_usage, critical=True)
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_authority(ca), critical=False)
    names = alternatives(asked)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=not list(subject))
    algorithm = None if isinstance(ca.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(ca.key, algorithm).public_bytes(serialization.Encoding.PEM)


def _usages(usages: Iterable[str]) -> tuple[x509.KeyUsage | None, list[x509.ObjectIdentifier]]:
    wanted = list(usages)
    unknown = [usage for usage in wanted if usage not in _KEY_USAGES and usage not in _EXTENDED_KEY_USAGES]
    if unknown:
        raise CannotSign("unrecognized usage values: [" + " ".join(f'"{usage}"' for usage in unknown) + "]")
    bits = {_KEY_USAGES[usage] for usage in wanted if usage in _KEY_USAGES}
    extended = dict.fromkeys(oid for usage, oid in _EXTENDED_KEY_USAGES.items() if usage in wanted)
    if not bits:
        return None, list(extended)
    if bits & {"encipher_only", "decipher_only"}:
        bits.add("key_agreement")  # without which the two mean nothing, and cannot be written
    fields = {field: field in bits for field in set(_KEY_USAGES.values())}
    return x509.KeyUsage(**fields), list(extended)


def _subject(asked: x509.Name) -> x509.Name:
    sets = []
    for oid in _SUBJECT_ORDER:
        found = asked.get_attributes_for_oid(oid)
        if found:
            sets.append(x509.RelativeDistinguishedName(dict.fromkeys(found)))
    return x509.Name(sets)


def _authority(ca: SigningCA) -> x509.AuthorityKeyIdentifier:
    try:
        own = ca.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.certificate.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
