"""Whom a server believes, by its options: the CAs of its clients, its static tokens, its certificate.

What is not given is the control plane's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from pybernetes.apiserver.authn.build import Authentication, build_authenticator
from pybernetes.apiserver.authn.ca_reload import CaReload
from pybernetes.apiserver.authn.static_tokens import load_tokens
from pybernetes.apiserver.bootstrap.trust import ClusterTrust
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.control_plane import FRONT_PROXY_CLIENT, Pki
from pybernetes.apiserver.pki.kubeconfig import ensure_token
from pybernetes.apiserver.serving_context import Named, ServingContext
from pybernetes.component.clock import Clock
from pybernetes.component.signing_keys import VerifyingKey, load_verifying_key


def token_file(options: Options) -> Path:
    return Path(options.token_auth_file) if options.token_auth_file else options.data_dir / "pki" / "tokens.csv"


def client_cas(options: Options, pki: Pki) -> list[bytes]:
    """The CAs that TLS takes client certificates of: those of users, and the front proxy's (who is no user)."""
    users = Path(options.client_ca_file).read_bytes() if options.client_ca_file else pki.ca.certificate_pem
    proxies = options.authentication.requestheader_client_ca_file
    return [users, Path(proxies).read_bytes() if proxies else pki.front_proxy_ca.certificate_pem]


def serving_context(options: Options, pki: Pki, clock: Clock) -> ServingContext:
    """Raises OSError, ValueError."""
    return ServingContext(
        pki.server,
        client_cas(options, pki),
        named=[Named.of(one) for one in options.tls_sni_cert_key],
        minimum_version=options.tls_min_version,
        ciphers=options.tls_cipher_suites,
        clock=clock,
    )


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
        issuers=options.service_account_issuers,
        api_audiences=options.api_audiences,
        client_ca_pem=Path(options.client_ca_file).read_bytes() if options.client_ca_file else b"",
        anonymous=options.anonymous_auth,
        catch_up=cache.catch_up,
        clock=clock,
    )


def cluster_trust(options: Options, pki: Pki) -> ClusterTrust:
    """Whom this server believes, for others to read."""
    given, (users, proxies) = options.authentication, client_cas(options, pki)
    own = () if given.requestheader_client_ca_file else (FRONT_PROXY_CLIENT,)
    return ClusterTrust(
        users.decode(),
        proxies.decode(),
        given.requestheader_allowed_names or own,
        given.requestheader_username_headers,
        given.requestheader_uid_headers,
        given.requestheader_group_headers,
        given.requestheader_extra_headers_prefix,
    )


def ca_reloads(
    options: Options, authentication: Authentication, told: Callable[[], Awaitable[None]], clock: Clock
) -> list[CaReload]:
    """What follows the files of CAs that the options name. `told` is called after each change. Raises OSError."""
    followed = (
        (options.client_ca_file, authentication.certificates.exchange),
        (options.authentication.requestheader_client_ca_file, authentication.front_proxy.exchange),
    )
    return [CaReload(path, exchange, told, clock) for path, exchange in followed if path]
