"""The authenticator of an API server, from its keys and its options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cryptography import x509

from pybernetes.apiserver.authn.anonymous import AnonymousPolicy
from pybernetes.apiserver.authn.bootstrap_tokens import BootstrapTokens
from pybernetes.apiserver.authn.certificates import CertificateUsers
from pybernetes.apiserver.authn.chain import Authenticator
from pybernetes.apiserver.authn.front_proxy import FrontProxyUsers
from pybernetes.apiserver.authn.service_account_tokens import ServiceAccountTokens
from pybernetes.apiserver.authn.static_tokens import StaticTokens
from pybernetes.apiserver.authn.token_authenticator import TokenAuthenticator
from pybernetes.apiserver.pki.control_plane import Pki
from pybernetes.apiserver.pki.service_account_keys import VerifyingKey
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local"


def build_authenticator(
    pki: Pki,
    reader: Reader,
    *,
    static_tokens: Mapping[str, User] | None = None,
    service_account_keys: Iterable[VerifyingKey] = (),
    issuers: tuple[str, ...] = (DEFAULT_ISSUER,),
    api_audiences: tuple[str, ...] = (),
    client_ca_pem: bytes = b"",
    anonymous: bool = True,
    clock: Clock = SYSTEM_CLOCK,
) -> Authenticator:
    """All authenticators that a control plane has.

    `static_tokens` is what `load_tokens` read from --token-auth-file; `service_account_keys` are keys besides the
    signing key whose tokens still count; `api_audiences` default to the issuers, as Kubernetes' do; `client_ca_pem`
    is what --client-ca-file holds, the control plane's own CA by default. TLS must trust the same CAs, and the front
    proxy's. Raises ValueError for what is no PEM.
    """
    audiences = api_audiences or issuers
    client_cas = x509.load_pem_x509_certificates(client_ca_pem) if client_ca_pem else [pki.ca.certificate]
    tokens: list[TokenAuthenticator] = []
    if static_tokens:
        tokens.append(StaticTokens(static_tokens, api_audiences=audiences))
    keys = (pki.service_account_key.verifying, *service_account_keys)
    tokens.append(
        ServiceAccountTokens(keys, issuers=issuers, api_audiences=audiences, reader=reader, clock=clock),
    )
    tokens.append(BootstrapTokens(reader, api_audiences=audiences, clock=clock))
    return Authenticator(
        reader,
        tokens=tokens,
        certificates=CertificateUsers(client_cas),
        front_proxy=FrontProxyUsers([pki.front_proxy_ca.certificate]),
        api_audiences=audiences,
        anonymous=AnonymousPolicy(anonymous),
        clock=clock,
    )
