"""Where the server listens, and with which certificates."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag


@dataclass(frozen=True)
class ServingOptions:
    """`secure_port` 0 takes any free port, and -1 listens on none (only the in-process transport is left then)."""

    SECTION = "Secure serving"

    bind_address: str = flag("0.0.0.0", "address to listen on")
    secure_port: int = flag(6443, "port to serve HTTPS on; 0 takes any free one")
    tls_cert_file: str = flag("", "certificate to serve with; made if not given")
    tls_private_key_file: str = flag("", "key of the serving certificate")
    tls_sni_cert_key: tuple[str, ...] = flag(
        (), "certificate and key files for a name: cert.crt,key.key[:name,*.name]; repeatable", whole=True
    )
    tls_min_version: str = flag("", "oldest TLS: VersionTLS10, VersionTLS11, VersionTLS12 or VersionTLS13")
    tls_cipher_suites: tuple[str, ...] = flag((), "cipher suites for TLS up to 1.2, by the names that Go has for them")
    permit_port_sharing: bool = flag(False, "let several servers listen on the same port")
