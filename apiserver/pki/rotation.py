"""Renewing certificates while they are in use.

An `ssl.SSLContext` can be given a new chain at any time: connections that are open go on with the old one, every
handshake after that shows the new one. So `RotatingServerContext` holds one context for the life of the process,
and `keep_fresh` replaces the certificate at 80 % of its life. It looks at the files too: a certificate that someone
else renewed (kubeadm, an administrator) is taken up within a minute.

A renewal that fails is logged and tried again at the next look; the old certificate is still good for the last
fifth of its life, 73 days of a year.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from datetime import datetime

from cryptography import x509

from pybernetes.apiserver.pki.certificates import issue
from pybernetes.apiserver.pki.control_plane import Credential, renewal_time, write_credential
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

# A look costs reading one small file. Wall time may jump (a machine that slept), so no wait is long.
LOOK_EVERY_SECONDS = 60.0


def renew_if_due(credential: Credential, now: datetime) -> bool:
    """Issue and store a new certificate if the one in the files is past 80 % of its life.

    Raises OSError, and ValueError for a file that holds no certificate.
    """
    if now < renewal_time(load_certificate(credential)):
        return False
    write_credential(credential, issue(credential.ca, credential.profile, now=now))
    log.info("renewed certificate %s", credential.certificate_path)
    return True


async def keep_fresh(credential: Credential, changed: Callable[[], None], *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Renew the credential whenever it is due, until cancelled; call `changed` when its files hold another one.

    For the API server's client certificates (`Pki.kubelet_client`, `Pki.front_proxy_client`) `changed` loads the
    files into the context that the client connects with.
    """
    in_use = credential.certificate_path.read_bytes()
    while True:
        try:
            renew_if_due(credential, clock.now())
            found = credential.certificate_path.read_bytes()
            if found != in_use:
                changed()
                in_use = found
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            log.error("cannot renew certificate %s: %s", credential.certificate_path, error)
        await clock.sleep(LOOK_EVERY_SECONDS)


class RotatingServerContext:
    """A TLS server context that follows its credential. `client_cas_pem` are the CAs that clients' may be signed by.

    Clients may connect without a certificate (they may have a token); one that is shown must verify.
    """

    def __init__(self, credential: Credential, client_cas_pem: list[bytes], *, clock: Clock = SYSTEM_CLOCK):
        self._credential = credential
        self._clock = clock
        self.context = server_context(credential, client_cas_pem)

    @property
    def renew_at(self) -> datetime:
        """When the certificate will be replaced. Raises OSError, ValueError."""
        return renewal_time(load_certificate(self._credential))

    def reload(self) -> None:
        """Show what is in the files from the next handshake on. Raises OSError, ssl.SSLError.

        A pair that does not fit (caught in the middle of someone's writing) is noticed on a context nobody uses.
        """
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trial.load_cert_chain(self._credential.certificate_path, self._credential.key_path)
        self.context.load_cert_chain(self._credential.certificate_path, self._credential.key_path)

    async def run(self) -> None:
        """Keep the certificate fresh until cancelled."""
        await keep_fresh(self._credential, self.reload, clock=self._clock)


def load_certificate(credential: Credential) -> x509.Certificate:
    return x509.load_pem_x509_certificate(credential.certificate_path.read_bytes())


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
