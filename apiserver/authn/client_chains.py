"""Whether a client certificate holds: chain, extensions, what it is for, and between which moments.

Handshakes let every certificate pass where that can be had (`pki.any_client`), so all that TLS would have looked at
is looked at here. Most are signed by a CA itself, which is checked directly; behind intermediate certificates stands
cryptography's verifier, with no more asked of extensions than Go asks.

Counterpart: request/x509, and x509.Certificate.Verify with ExtKeyUsageClientAuth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

# OpenSSL and Go stop at ten as well; the certificates come from whoever connects.
MOST_INTERMEDIATES = 10
_CA_POLICY = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
_LEAF_POLICY = ExtensionPolicy.permit_all()


@dataclass(frozen=True, slots=True)
class Validity:
    """Seconds since 1970 between which a whole chain is valid."""

    since: float
    until: float

    def holds_at(self, now_seconds: float) -> bool:
        return self.since <= now_seconds <= self.until


def valid_chain(
    certificate: x509.Certificate,
    intermediates: Sequence[x509.Certificate],
    cas: Iterable[x509.Certificate],
    now_seconds: float,
) -> Validity | None:
    """When a client's certificate holds, or None for one that none of `cas` stands for. Raises ValueError."""
    if not _is_for_clients(certificate) or _has_unknown_critical(certificate):
        return None
    for ca in cas:
        if is_directly_issued(certificate, ca) and _is_authority(ca):
            return _common((certificate, ca))
    roots = [ca for ca in cas if _is_authority(ca)]
    if not intermediates or not roots or len(intermediates) > MOST_INTERMEDIATES:
        return None
    builder = PolicyBuilder().store(Store(roots)).time(datetime.fromtimestamp(now_seconds, UTC))
    builder = builder.extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
    try:
        verified = builder.build_client_verifier().verify(certificate, list(intermediates))
    except VerificationError:
        return None
    between = verified.chain[1:-1]
    return _common(verified.chain) if all(map(_may_issue_for_clients, between)) else None


def is_directly_issued(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    """Whether `ca` signed the certificate itself."""
    try:
        certificate.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _common(chain: Iterable[x509.Certificate]) -> Validity:
    every = list(chain)
    return Validity(
        max(one.not_valid_before_utc.timestamp() for one in every),
        min(one.not_valid_after_utc.timestamp() for one in every),
    )


def _usages(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _allow_clients(usages: x509.ExtendedKeyUsage) -> bool:
    return ExtendedKeyUsageOID.CLIENT_AUTH in usages or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usages


def _is_for_clients(certificate: x509.Certificate) -> bool:
    usages = _usages(certificate)
    return usages is not None and _allow_clients(usages)


def _may_issue_for_clients(certificate: x509.Certificate) -> bool:
    """An authority without extended usages may issue for all."""
    usages = _usages(certificate)
    return (usages is None or _allow_clients(usages)) and not _has_unknown_critical(certificate)


def _has_unknown_critical(certificate: x509.Certificate) -> bool:
    return any(one.critical and isinstance(one.value, x509.UnrecognizedExtension) for one in certificate.extensions)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return certificate.version == x509.Version.v1
