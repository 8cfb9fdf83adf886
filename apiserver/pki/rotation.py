"""Renewing certificates while they are in use.

An `ssl.SSLContext` can be given a new chain at any time: connections that are open go on with the old one, every
handshake after that shows the new one. So a context lives as long as the process (`serving_context`), and
`keep_fresh` replaces the certificate at 80 % of its life. It looks at the files too: a certificate that someone else
renewed (kubeadm, an administrator) is taken up within a minute. One that was given to us is only followed.

A renewal that fails is logged and tried again at the next look; the old certificate is still good for the last
fifth of its life, 73 days of a year.
"""

from __future__ import annotations

import logging
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
    """Issue and store a new certificate if the one in the files is ours and past 80 % of its life.

    Raises OSError, and ValueError for a file that holds no certificate.
    """
    own = credential.own
    if own is None or now < renewal_time(load_certificate(credential)):
        return False
    write_credential(credential, issue(own.ca, own.profile, now=now))
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


def load_certificate(credential: Credential) -> x509.Certificate:
    return x509.load_pem_x509_certificate(credential.certificate_path.read_bytes())
