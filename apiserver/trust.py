"""Whom a server believes, by its options: the CAs of its clients, its static tokens, its certificate.

What is not given is the control plane's own.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from pybernetes.apiserver.authn.build import Authentication, build_authenticator
from pybernetes.apiserver.authn.static_tokens import load_tokens
from pybernetes.apiserver.bootstrap.trust import ClusterTrust
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.control_plane import FRONT_PROXY_CLIENT, Pki
from pybernetes.apiserver.pki.kubeconfig import ensure_token
from pybernetes.apiserver.pki.service_account_keys import VerifyingKey, load_verifying_key
from pybernetes.component.clock import Clock


def token_file(options: Options) -> Path:
    return Path(options.token_auth_file) if options.token_auth_file else options.data_dir / "pki" / "tokens.csv"


def client_cas(options: Options, pki: Pki) -> list[bytes]:
    """The CAs that TLS takes client certificates of: those of users, and the front proxy's (who is no user)."""
    users = Path(options.client_ca_file).read_bytes() if options.client_ca_file else pki.ca.certificate_pem
    proxies = options.authentication.requestheader_client_ca_file
    return [users, Path(proxies).read_bytes() if proxies else pki.front_proxy_ca.certificate_pem]


def given_context(options: Options, pki: Pki) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert_file, options.tls_private_key_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    for pem in client_cas(options, pki):
        context.load_verify_locations(cadata=pem.decode())
    return context


def further_keys(options: Options) -> list[VerifyingKey]:
    """Keys besides our own that service account tokens may be signed by. Raises PkiError, OSError."""
    return [load_verifying_key(Path(path)) for path in options.service_account_key_files]


def authentication_of(options: Options, pki: Pki, cache: WatchCache, clock: Clock) -> Authentication:
    if options.kubeconfig_out or not options.token_auth_file:
        ensure_token(token_file(options))
    return build_authenticator(
        pki,
        cache,
        static_tokens=load_tokens(token_file(options)),
        options=options.authentication,
        service_account_keys=further_keys(options),
        issuers=(options.service_account_issuer, *options.service_account_further_issuers),
        api_audiences=options.api_audiences,
        client_ca_pem=Path(options.client_ca_file).read_bytes() if options.client_ca_file else b"",
        anonymous=options.anonymous_auth,
        clock=clock,
    )


def cluster_trust(options: Options, pki: Pki) -> ClusterTrust:
    """Whom this server believes, for others to read."""
    given, (users, proxies) = options.authentication, client_cas(options, pki)
    own = () if given.requestheader_client_ca_file else (FRONT_PROXY_CLIENT,)
    return ClusterTrust(
        users.decode(),
        proxies.decode(),
        own if given.requestheader_allowed_names is None else given.requestheader_allowed_names,
        given.requestheader_username_headers,
        given.requestheader_uid_headers,
        given.requestheader_group_headers,
        given.requestheader_extra_headers_prefix,
    )
