"""`create secret tls NAME --cert --key`."""

from __future__ import annotations

import base64
from pathlib import Path

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_name(session, "create secret tls")
    certificate, key = session.values.text("cert"), session.values.text("key")
    if not certificate or not key:
        raise Failure("key and cert must be specified")
    pair = [_read(Path(certificate)), _read(Path(key))]
    _check(certificate, key)
    obj = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "kubernetes.io/tls",
        "data": {
            "tls.crt": base64.b64encode(pair[0]).decode(),
            "tls.key": base64.b64encode(pair[1]).decode(),
        },
    }
    return create_named(session, obj, "secret")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"open {path}: {(error.strerror or str(error)).lower()}") from error


def _check(certificate: str, key: str) -> None:
    """Whether they belong together. Raises `Failure`."""
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise Failure(f"tls: the certificate and the key do not fit: {error.reason or error}") from error


COMMAND = Command(
    "create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file",
    "Create a TLS secret",
    run,
    (
        Flag("cert", help="Path to PEM encoded public key certificate."),
        Flag("key", help="Path to private key associated with given certificate."),
        *CREATE_FLAGS,
    ),
)
