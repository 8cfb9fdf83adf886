"""Users that an authenticating proxy vouches for in X-Remote-User and its companions.

Only a client whose certificate the front proxy's CA signed, with an allowed common name, is believed; from anyone
else these headers mean nothing. Counterpart: the request header authenticator.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509

from pybernetes.apiserver.authn.certificates import CERTIFICATE_LIMIT, common_name_in
from pybernetes.apiserver.authn.client_chains import Validity, valid_chain
from pybernetes.apiserver.authn.headers import extra_values, header_values
from pybernetes.apiserver.authn.intermediates import Intermediates
from pybernetes.apiserver.user import User

log = logging.getLogger(__name__)

_NEVER = Validity(1.0, 0.0)


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
        intermediates: Intermediates | None = None,
        *,
        allowed_names: Iterable[str] = ("front-proxy-client",),
        names: ProxyHeaders = ProxyHeaders(),
    ) -> None:
        self._cas = tuple(cas)
        self._names = names
        self._allowed_names = frozenset(allowed_names)
        self._intermediates = intermediates or Intermediates()
        self._trusted: dict[bytes, Validity] = {}
        self._intermediates.follow(self._forget)

    def exchange(self, cas: Iterable[x509.Certificate]) -> None:
        """Believe proxies of these CAs from now on, and no others."""
        self._cas = tuple(cas)
        self._trusted.clear()

    def user_of(self, headers: Mapping[str, str], certificate_der: bytes, now_seconds: float) -> User | None:
        """The user the proxy names, or None when this is no trusted proxy or it names nobody."""
        name = _first(headers, self._names.user)
        if not name or not self._trust(certificate_der, now_seconds).holds_at(now_seconds):
            return None
        groups = (group for header in self._names.group for group in header_values(headers, header) if group)
        extra: dict[str, tuple[str, ...]] = {}
        for prefix in self._names.extra_prefixes:
            for key, values in extra_values(headers, prefix).items():
                extra[key] = (*extra.get(key, ()), *values)
        return User(name, tuple(groups), _first(headers, self._names.uid), extra)

    def _forget(self, certificate_der: bytes) -> None:
        self._trusted.pop(certificate_der, None)

    def _trust(self, certificate_der: bytes, now_seconds: float) -> Validity:
        """When this certificate is a trusted proxy's."""
        found = self._trusted.get(certificate_der)
        if found is None:
            while len(self._trusted) >= CERTIFICATE_LIMIT:
                del self._trusted[next(iter(self._trusted))]
            found = self._trusted[certificate_der] = self._examine(certificate_der, now_seconds) or _NEVER
        return found

    def _examine(self, certificate_der: bytes, now_seconds: float) -> Validity | None:
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            if self._allowed_names and common_name_in(certificate) not in self._allowed_names:
                return None
            return valid_chain(certificate, self._intermediates.of(certificate_der), self._cas, now_seconds)
        except ValueError as error:
            log.warning("a client certificate cannot be read: %s", error)
            return None


def _first(headers: Mapping[str, str], names: Iterable[str]) -> str:
    """The first of these headers that says something."""
    return next((value for name in names if (value := (headers.get(name) or "").strip())), "")
