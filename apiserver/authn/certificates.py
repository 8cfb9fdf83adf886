"""Users by TLS client certificate: the common name is the user, the organizations are its groups.

A handshake has shown that the client holds the key, and no more. Who signed the certificate and whether it holds is
seen here (`client_chains`), once a certificate; that it is still valid, at every request, since a connection may
outlive it. The front proxy's CA makes nobody a user.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from prometheus_client import Histogram

from pybernetes.apiserver.authn.client_chains import Validity, valid_chain
from pybernetes.apiserver.authn.intermediates import Intermediates
from pybernetes.apiserver.authn.membership import with_authenticated
from pybernetes.apiserver.authn.service_account_claims import CREDENTIAL_ID
from pybernetes.apiserver.user import User

log = logging.getLogger(__name__)

CERTIFICATE_LIMIT = 20_000  # certificates of clients that are remembered: a few for each node
_NEVER = Validity(1.0, 0.0)
_HOUR, _DAY = 3600.0, 86400.0
_LEFT = Histogram(
    "apiserver_client_certificate_expiration_seconds",
    "How long client certificates were still good for when they were first shown",
    buckets=(
        *(0, 1800, _HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR),
        *(_DAY * days for days in (1, 2, 4, 7, 30, 90, 180, 365)),
    ),
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a certificate turned out to be: nobody's user is None. `refused`: it does not hold at all."""

    user: User | None
    validity: Validity
    refused: bool = False


_REFUSED = _Known(None, _NEVER, refused=True)


class CertificateUsers:
    """Users by certificate, for certificates that one of `cas` stands for; members of system:authenticated."""

    def __init__(
        self,
        cas: Iterable[x509.Certificate],
        intermediates: Intermediates | None = None,
        *,
        limit: int = CERTIFICATE_LIMIT,
    ):
        self._cas = tuple(cas)
        self._intermediates = intermediates or Intermediates()
        self._limit = limit
        self._known: dict[bytes, _Known] = {}
        self._intermediates.follow(self._forget)

    def exchange(self, cas: Iterable[x509.Certificate]) -> None:
        """Believe these CAs from now on, and no others."""
        self._cas = tuple(cas)
        self._known.clear()

    def user_of(self, certificate_der: bytes, now_seconds: float) -> User | None:
        """The user that a client certificate names, or None. `now_seconds` is since 1970."""
        known = self._found(certificate_der, now_seconds)
        return known.user if known.validity.holds_at(now_seconds) else None

    def refuses(self, certificate_der: bytes, now_seconds: float) -> bool:
        """Whether a certificate that names no user was turned down, rather than being nobody's.

        Who shows such a one, and nothing else that is good, is not let in as anonymous either.
        """
        known = self._found(certificate_der, now_seconds)
        return known.refused or not known.validity.holds_at(now_seconds)

    def _found(self, certificate_der: bytes, now_seconds: float) -> _Known:
        known = self._known.get(certificate_der)
        if known is None:
            while len(self._known) >= self._limit:
                del self._known[next(iter(self._known))]
            known = self._known[certificate_der] = self._examine(certificate_der, now_seconds)
        return known

    def _forget(self, certificate_der: bytes) -> None:
        self._known.pop(certificate_der, None)

    def _examine(self, certificate_der: bytes, now_seconds: float) -> _Known:
        """TLS takes some that are malformed when they are read more strictly: refused."""
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            between = self._intermediates.of(certificate_der)
            validity = valid_chain(certificate, between, self._cas, now_seconds)
            if validity is None:
                return _REFUSED
            user = user_in(certificate)
        except ValueError as error:
            log.warning("a client certificate cannot be read: %s", error)
            return _REFUSED
        _LEFT.observe(max(0.0, certificate.not_valid_after_utc.timestamp() - now_seconds))
        return _Known(with_authenticated(user) if user else None, validity)


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


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
