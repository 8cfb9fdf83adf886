"""Users that an authenticating proxy vouches for in X-Remote-User and its companions.

Only a client whose certificate the front proxy's CA signed, with an allowed common name, is believed; from anyone
else these headers mean nothing. Counterpart: the request header authenticator.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509

from pybernetes.apiserver.authn.certificates import CERTIFICATE_LIMIT, common_name_in, is_issued_by
from pybernetes.apiserver.authn.headers import extra_values, header_values
from pybernetes.apiserver.user import User

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProxyHeaders:
    """Which headers a proxy speaks in: the --requestheader-…-headers flags, kubeadm's by default. Lower case."""

    user: tuple[str, ...] = ("x-remote-user",)
    uid: tuple[str, ...] = ("x-remote-uid",)
    group: tuple[str, ...] = ("x-remote-group",)
    extra_prefixes: tuple[str, ...] = ("x-remote-extra-",)


class FrontProxyUsers:
    """Users by the headers of a trusted proxy. An empty `allowed_names` allows any that the CA signed."""

    def __init__(
        self,
        cas: Iterable[x509.Certificate],
        *,
        allowed_names: Iterable[str] = ("front-proxy-client",),
        names: ProxyHeaders = ProxyHeaders(),
    ) -> None:
        self._cas = tuple(cas)
        self._names = names
        self._allowed_names = frozenset(allowed_names)
        self._trusted_until: dict[bytes, float] = {}

    def user_of(self, headers: Mapping[str, str], certificate_der: bytes, now_seconds: float) -> User | None:
        """The user the proxy names, or None when this is no trusted proxy or it names nobody."""
        name = _first(headers, self._names.user)
        if not name or now_seconds > self._trust(certificate_der):
            return None
        groups = (group for header in self._names.group for group in header_values(headers, header) if group)
        extra: dict[str, tuple[str, ...]] = {}
        for prefix in self._names.extra_prefixes:
            for key, values in extra_values(headers, prefix).items():
                extra[key] = (*extra.get(key, ()), *values)
        return User(name, tuple(groups), _first(headers, self._names.uid), extra)

    def _trust(self, certificate_der: bytes) -> float:
        """Until when this certificate is a trusted proxy's; in the past for one that is not."""
        until = self._trusted_until.get(certificate_der)
        if until is None:
            while len(self._trusted_until) >= CERTIFICATE_LIMIT:
                del self._trusted_until[next(iter(self._trusted_until))]
            until = self._trusted_until[certificate_der] = self._examine(certificate_der)
        return until

    def _examine(self, certificate_der: bytes) -> float:
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            named = not self._allowed_names or common_name_in(certificate) in self._allowed_names
            trusted = named and is_issued_by(certificate, self._cas)
            return certificate.not_valid_after_utc.timestamp() if trusted else 0.0
        except ValueError as error:
            log.warning("a client certificate cannot be read: %s", error)
            return 0.0


def _first(headers: Mapping[str, str], names: Iterable[str]) -> str:
    """The first of these headers that says something."""
    return next((value for name in names if (value := (headers.get(name) or "").strip())), "")
