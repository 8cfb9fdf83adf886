"""TLS of the server: its certificates, by the name that a client asks for, and who may finish a handshake.

One `ssl.SSLContext` for the life of the process, so that connections that are open know nothing of a new certificate;
one more for each --tls-sni-cert-key, into which a connection is moved when its client names it. All follow their files
(`pki.rotation`).

Clients may connect without a certificate: they may have a token. One with a certificate of a CA that nobody here trusts
finishes the handshake where that can be had (`pki.any_client`), and is told 401 behind it.

Counterpart: apiserver/pkg/server/dynamiccertificates.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from pybernetes.apiserver.pki.any_client import accept_any_client
from pybernetes.apiserver.pki.control_plane import Credential, renewal_time
from pybernetes.apiserver.pki.rotation import keep_fresh, load_certificate
from pybernetes.apiserver.tls_names import ciphers_of, minimum_version_of
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate for some names; a name may begin with ``*.``. None given: those in the certificate."""

    credential: Credential
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Named:
        """``cert.crt,key.key`` or ``cert.crt,key.key:example.com,*.example.com``. Raises ValueError."""
        files, _, names = text.partition(":")
        pair = [part.strip() for part in files.split(",")]
        if len(pair) != 2 or not all(pair):
            raise ValueError("expected comma separated certificate and key file paths")
        wanted = tuple(name.strip() for name in names.split(",") if name.strip())
        return cls(Credential(Path(pair[0]), Path(pair[1])), wanted)

    def all_names(self) -> tuple[str, ...]:
        """Raises OSError, ValueError."""
        return self.names or _names_in(load_certificate(self.credential))


class ServingContext:
    """What a server shows, and asks of its clients. `client_cas_pem` are the CAs that TLS itself knows.

    Raises OSError (ssl.SSLError among them) for files that cannot be used, ValueError for names that are none.
    """

    def __init__(
        self,
        credential: Credential,
        client_cas_pem: Iterable[bytes],
        *,
        named: Iterable[Named] = (),
        minimum_version: str = "",
        ciphers: Iterable[str] = (),
        clock: Clock = SYSTEM_CLOCK,
    ):
        self._credential = credential
        self._clock = clock
        self._client_cas_pem = tuple(client_cas_pem)
        self._minimum, self._ciphers = minimum_version_of(minimum_version), ciphers_of(ciphers)
        self.context = self._made(credential)
        self._named = [(one, self._made(one.credential)) for one in named]
        self._by_name: dict[str, ssl.SSLContext] = {}
        if self._named:
            self._index()
            self.context.sni_callback = self._choose

    @property
    def renew_at(self) -> datetime:
        """When the certificate should be replaced. Raises OSError, ValueError."""
        return renewal_time(load_certificate(self._credential))

    def reload(self) -> None:
        """Show what is in the files from the next handshake on. Raises OSError, ssl.SSLError.

        A pair that does not fit (caught in the middle of someone's writing) is noticed on a context nobody uses.
        """
        _load(self._credential, self.context)

    async def run(self) -> None:
        """Follow the files, and renew what is our own, until cancelled."""
        async with asyncio.TaskGroup() as group:
            own = keep_fresh(self._credential, self.reload, clock=self._clock)
            group.create_task(own, name="serving certificate")
            for named, context in self._named:
                follow = keep_fresh(named.credential, self._reloading(named, context), clock=self._clock)
                group.create_task(follow, name="serving certificate of a name")

    def _reloading(self, named: Named, context: ssl.SSLContext) -> _Reload:
        return _Reload(self, named.credential, context)

    def _index(self) -> None:
        """The first certificate for a name has it."""
        self._by_name = {}
        for named, context in self._named:
            for name in named.all_names():
                self._by_name.setdefault(name.lower(), context)

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if name:
            wanted = name.lower().rstrip(".")
            chosen = self._by_name.get(wanted) or self._by_name.get(f"*.{wanted.partition('.')[2]}")
            if chosen is not None:
                connection.context = chosen

    def _made(self, credential: Credential) -> ssl.SSLContext:
        """HTTP/1.1, client certificates asked for but not required."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = self._minimum
        if self._ciphers:
            context.set_ciphers(self._ciphers)
        context.load_cert_chain(credential.certificate_path, credential.key_path)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols(["http/1.1"])
        for pem in self._client_cas_pem:
            context.load_verify_locations(cadata=pem.decode())
        accept_any_client(context)
        return context


@dataclass(frozen=True, slots=True)
class _Reload:
    """Takes up what is in the files of one certificate for names."""

    serving: ServingContext
    credential: Credential
    context: ssl.SSLContext

    def __call__(self) -> None:
        _load(self.credential, self.context)
        self.serving._index()


def _load(credential: Credential, context: ssl.SSLContext) -> None:
    trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trial.load_cert_chain(credential.certificate_path, credential.key_path)
    context.load_cert_chain(credential.certificate_path, credential.key_path)


def _names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.get_values_for_type(x509.DNSName))
