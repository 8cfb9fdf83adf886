"""Users by TLS client certificate: the common name is the user, the organizations are its groups.

TLS has verified the chain and that the client holds the key. What is left to see here is which CA signed: the front
proxy's CA is trusted by TLS too, but its certificates make nobody a user. That check runs once a certificate; a
certificate is checked for expiry at every request, since a connection may outlive it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pybernetes.apiserver.authn.membership import with_authenticated
from pybernetes.apiserver.authn.service_account_claims import CREDENTIAL_ID
from pybernetes.apiserver.user import User

log = logging.getLogger(__name__)

CERTIFICATE_LIMIT = 20_000  # certificates of clients that are remembered: a few for each node


class CertificateUsers:
    """Users by certificate, for certificates that one of `cas` signed directly; members of system:authenticated."""

    def __init__(self, cas: Iterable[x509.Certificate], *, limit: int = CERTIFICATE_LIMIT):
        self._cas = tuple(cas)
        self._limit = limit
        self._known: dict[bytes, tuple[User | None, float, bool]] = {}

    def user_of(self, certificate_der: bytes, now_seconds: float) -> User | None:
        """The user that a verified client certificate names, or None. `now_seconds` is since 1970."""
        known = self._known.get(certificate_der)
        if known is None:
            while len(self._known) >= self._limit:
                del self._known[next(iter(self._known))]
            known = self._known[certificate_der] = self._examine(certificate_der)
        return known[0] if now_seconds <= known[1] else None

    def refuses(self, certificate_der: bytes, now_seconds: float) -> bool:
        """Whether a certificate that names no user was turned down, rather than being nobody's.

        Who shows such a one, and nothing else that is good, is not let in as anonymous either.
        """
        self.user_of(certificate_der, now_seconds)
        known = self._known[certificate_der]
        return known[2] or now_seconds > known[1]

    def _examine(self, certificate_der: bytes) -> tuple[User | None, float, bool]:
        """The user, when the certificate ends, and whether it is refused.

        TLS takes some that are malformed when they are read more strictly: refused.
        """
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            expires_at = certificate.not_valid_after_utc.timestamp()
            if not is_issued_by(certificate, self._cas) or not _is_for_clients(certificate):
                return None, expires_at, True
            user = user_in(certificate)
        except ValueError as error:
            log.warning("a client certificate cannot be read: %s", error)
            return None, 0.0, True
        return (with_authenticated(user) if user else None), expires_at, False


def user_in(certificate: x509.Certificate) -> User | None:
    """Who the certificate names; None when it has no common name."""
    name = common_name_in(certificate)
    if not name:
        return None
    organizations = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    groups = tuple(_text(attribute.value) for attribute in organizations)
    digest = certificate.fingerprint(hashes.SHA256()).hex()
    return User(name, groups, extra={CREDENTIAL_ID: (f"X509SHA256={digest}",)})


def common_name_in(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _text(names[-1].value) if names else ""


def is_issued_by(certificate: x509.Certificate, cas: Iterable[x509.Certificate]) -> bool:
    """Whether one of `cas` signed the certificate itself."""
    for ca in cas:
        try:
            certificate.verify_directly_issued_by(ca)
        except (InvalidSignature, ValueError, TypeError):
            continue
        return True
    return False


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usages or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usages


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
