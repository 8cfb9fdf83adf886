"""Renewing a server's certificate while it serves.

An `ssl.SSLContext` can be given a new chain at any time: connections that are open go on with the old one, every
handshake after that shows the new one. So `RotatingServerContext` holds one context for the life of the process,
and `run` replaces the certificate at 80 % of its life. A renewal that fails is logged and tried again soon; the old
certificate is still good for the last fifth of its life, 73 days of a year.
"""

from __future__ import annotations

import logging
import ssl
from datetime import datetime

from cryptography import x509

from pybernetes.apiserver.pki.certificates import issue
from pybernetes.apiserver.pki.control_plane import Credential, renewal_time, write_credential
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

# Waits are cut into hours, so that a machine that was asleep, or whose clock was set, is at most an hour late.
LONGEST_WAIT_SECONDS = 3600.0
RETRY_SECONDS = 60.0


class RotatingServerContext:
    """A TLS server context that follows its credential. `client_cas_pem` are the CAs that clients' may be signed by.

    Clients may connect without a certificate (they may have a token); one that is shown must verify.
    """

    def __init__(self, credential: Credential, client_cas_pem: list[bytes], *, clock: Clock = SYSTEM_CLOCK):
        self._credential = credential
        self._clock = clock
        self.context = server_context(credential, client_cas_pem)
        self._renew_at = renewal_time(self._certificate())

    @property
    def renew_at(self) -> datetime:
        """When the certificate that is shown now will be replaced."""
        return self._renew_at

    def renew_if_due(self) -> bool:
        """Issue, store and show a new certificate if it is time. Raises OSError, ssl.SSLError."""
        now = self._clock.now()
        if now < self._renew_at:
            return False
        pair = issue(self._credential.ca, self._credential.profile, now=now)
        write_credential(self._credential, pair)
        self.context.load_cert_chain(self._credential.certificate_path, self._credential.key_path)
        self._renew_at = renewal_time(self._certificate())
        log.info("renewed certificate %s, next at %s", self._credential.certificate_path, self._renew_at)
        return True

    async def run(self) -> None:
        """Keep the certificate fresh until cancelled."""
        while True:
            try:
                self.renew_if_due()
                wait_seconds = (self._renew_at - self._clock.now()).total_seconds()
            except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
                log.error("cannot renew certificate %s: %s", self._credential.certificate_path, error)
                wait_seconds = RETRY_SECONDS
            await self._clock.sleep(min(max(wait_seconds, 1.0), LONGEST_WAIT_SECONDS))

    def _certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self._credential.certificate_path.read_bytes())


def server_context(credential: Credential, client_cas_pem: list[bytes]) -> ssl.SSLContext:
    """TLS 1.2 and up, HTTP/1.1, client certificates asked for but not required."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(credential.certificate_path, credential.key_path)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["http/1.1"])
    for pem in client_cas_pem:
        context.load_verify_locations(cadata=pem.decode())
    return context
