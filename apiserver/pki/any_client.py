"""Letting clients finish their handshake with a certificate that TLS would turn down.

A client whose certificate nobody here trusts is to read a 401 that says so, and with a good token it is to be let in
all the same: kube-apiserver verifies certificates behind the handshake. Python's ssl can only verify in it, or ask for
none. OpenSSL has what is needed, a callback that has the last word on what was found wrong, and Python keeps it from
us; so it is set through ctypes, on the ``SSL_CTX`` that an `ssl.SSLContext` of CPython holds in its first field.

That reach is taken only where it is known to be right: in CPython's versions below, after having seen that the field
follows what is set from Python. Anywhere else handshakes go on failing as they always did.

Invariant: whoever uses this believes no certificate of the connection without having verified it; see
`authn.certificates`.

Counterpart: tls.RequestClientCert.
"""

from __future__ import annotations

import _ssl
import ctypes
import ssl
import sys

_SINCE, _UNTIL = (3, 11), (3, 15)  # versions whose PySSLContext begins so
_CHECKED_MODES = (ssl.CERT_NONE, ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL)  # SSL_VERIFY_PEER is 1, and 2 FAIL_IF_NONE
_OPENSSL_MODES = {ssl.CERT_NONE: 0, ssl.CERT_OPTIONAL: 1, ssl.CERT_REQUIRED: 3}

_Verdict = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)


def _carry_on(was_well: int, store: int | None) -> int:
    """Whatever was found, go on."""
    return 1


_CARRY_ON = _Verdict(_carry_on)  # OpenSSL keeps the address for as long as contexts live: for ever


def accept_any_client(context: ssl.SSLContext) -> bool:
    """Let every client certificate through the handshakes of a server's context; whether that can be done here.

    A client may still show none. `context.verify_mode` must not be set afterwards: that would undo it.
    """
    if sys.implementation.name != "cpython" or not _SINCE <= sys.version_info[:2] < _UNTIL:
        return False
    try:
        library = ctypes.CDLL(_ssl.__file__)  # its symbols are those of the OpenSSL that it is linked with
        get_mode, set_verify = library.SSL_CTX_get_verify_mode, library.SSL_CTX_set_verify
    except (OSError, AttributeError):
        return False
    get_mode.argtypes, get_mode.restype = [ctypes.c_void_p], ctypes.c_int
    set_verify.argtypes, set_verify.restype = [ctypes.c_void_p, ctypes.c_int, _Verdict], None
    pointer = ctypes.c_void_p.from_address(id(context) + object.__basicsize__).value
    for mode in _CHECKED_MODES:
        context.verify_mode = mode
        if not pointer or get_mode(pointer) != _OPENSSL_MODES[mode]:
            context.verify_mode = ssl.CERT_OPTIONAL
            return False
    set_verify(pointer, _OPENSSL_MODES[ssl.CERT_OPTIONAL], _CARRY_ON)
    return True


def intermediates_of(connection: ssl.SSLObject) -> tuple[bytes, ...]:
    """The certificates below the client's own that it showed, in DER; none where Python does not tell."""
    shown = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    chain = shown() if shown is not None else None
    return tuple(one.public_bytes(_ssl.ENCODING_DER) for one in (chain or ())[1:])
