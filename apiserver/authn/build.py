"""The authenticator of an API server, from its keys and its options."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from pybernetes.apiserver.authn.anonymous import AnonymousPolicy
from pybernetes.apiserver.authn.authentication_configuration import AuthenticationConfiguration, load_configuration
from pybernetes.apiserver.authn.bootstrap_tokens import BootstrapTokens
from pybernetes.apiserver.authn.certificates import CertificateUsers
from pybernetes.apiserver.authn.chain import Authenticator
from pybernetes.apiserver.authn.front_proxy import FrontProxyUsers
from pybernetes.apiserver.authn.intermediates import Intermediates
from pybernetes.apiserver.authn.legacy_token_use import LegacyTokenUse
from pybernetes.apiserver.authn.oidc import OidcTokens
from pybernetes.apiserver.authn.options import AuthenticationOptions
from pybernetes.apiserver.authn.reload import ConfigurationReload
from pybernetes.apiserver.authn.service_account_tokens import ServiceAccountTokens
from pybernetes.apiserver.authn.static_tokens import StaticTokens
from pybernetes.apiserver.authn.token_authenticator import TokenAuthenticator
from pybernetes.apiserver.authn.webhook_tokens import WebhookTokens
from pybernetes.apiserver.pki.control_plane import FRONT_PROXY_CLIENT, Pki
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.component.signing_keys import VerifyingKey

DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local"


def build_authenticator(
    pki: Pki,
    reader: Reader,
    *,
    options: AuthenticationOptions = AuthenticationOptions(),  # noqa: B008
    static_tokens: Mapping[str, User] | None = None,
    service_account_keys: Iterable[VerifyingKey] = (),
    issuers: tuple[str, ...] = (DEFAULT_ISSUER,),
    api_audiences: tuple[str, ...] = (),
    client_ca_pem: bytes = b"",
    anonymous: bool = True,
    catch_up: Callable[[], Awaitable[None]] | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Authentication:
    """All authenticators that a control plane has, in Kubernetes' order.

    `static_tokens` is what `load_tokens` read from --token-auth-file; `service_account_keys` are keys besides the
    signing key whose tokens still count; `api_audiences` default to the issuers, as Kubernetes' do; `client_ca_pem`
    is what --client-ca-file holds, the control plane's own CA by default; `catch_up` brings `reader` to the newest
    state.

    Raises ValueError for what is no PEM and for a bad configuration, OSError.
    """
    audiences = api_audiences or issuers
    client_cas = x509.load_pem_x509_certificates(client_ca_pem) if client_ca_pem else [pki.ca.certificate]
    tokens: list[TokenAuthenticator] = []
    if static_tokens:
        tokens.append(StaticTokens(static_tokens, api_audiences=audiences))
    keys = (pki.service_account_key.verifying, *service_account_keys)
    use = LegacyTokenUse()
    tokens.append(
        ServiceAccountTokens(
            keys,
            issuers=issuers,
            api_audiences=audiences,
            reader=reader,
            use=use,
            catch_up=catch_up,
            clock=clock,
        ),
    )
    if options.enable_bootstrap_token_auth:
        tokens.append(BootstrapTokens(reader, api_audiences=audiences, clock=clock))
    configuration = _configuration(options, issuers)
    oidc = OidcTokens(configuration.issuers, api_audiences=audiences, clock=clock)
    tokens.append(oidc)
    webhook = _webhook(options, audiences, clock)
    if webhook is not None:
        tokens.append(webhook)
    intermediates = Intermediates()
    certificates = CertificateUsers(client_cas, intermediates)
    front_proxy = _front_proxy(options, pki, intermediates)
    authenticator = Authenticator(
        reader,
        tokens=tokens,
        certificates=certificates,
        front_proxy=front_proxy,
        api_audiences=audiences,
        anonymous=configuration.anonymous or AnonymousPolicy(anonymous),
        clock=clock,
    )
    reload = ConfigurationReload(options.authentication_config, authenticator, oidc, issuers, anonymous)
    followed = reload if options.authentication_config else None
    return Authentication(authenticator, certificates, front_proxy, intermediates, oidc, webhook, followed, use)


def _configuration(options: AuthenticationOptions, issuers: tuple[str, ...]) -> AuthenticationConfiguration:
    """What the file says, or the flags. Raises ValueError, OSError."""
    if options.authentication_config:
        return load_configuration(Path(options.authentication_config), disallowed_issuers=issuers)
    return AuthenticationConfiguration(options.flagged_issuer())


def _webhook(options: AuthenticationOptions, audiences: tuple[str, ...], clock: Clock) -> WebhookTokens | None:
    if not options.token_webhook_config_file:
        return None
    from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook

    return WebhookTokens(
        KubeconfigWebhook(options.token_webhook_config_file, clock=clock),
        api_audiences=audiences,
        version=options.token_webhook_version,
        ttl_seconds=options.token_webhook_cache_ttl_seconds,
        clock=clock,
    )


def _front_proxy(options: AuthenticationOptions, pki: Pki, intermediates: Intermediates) -> FrontProxyUsers:
    """Proxies of the given CA, of any name; or of our own CA, with the name that our certificate for it has."""
    names = options.requestheader_allowed_names
    if not options.requestheader_client_ca_file:
        allowed = names or (FRONT_PROXY_CLIENT,)
        cas = [pki.front_proxy_ca.certificate]
    else:
        allowed = names
        cas = x509.load_pem_x509_certificates(Path(options.requestheader_client_ca_file).read_bytes())
    return FrontProxyUsers(cas, intermediates, allowed_names=allowed, names=options.proxy_headers)


@dataclass(frozen=True)
class Authentication:
    """The authenticator, with what lives beside it: connections to others, and a file that is followed."""

    authenticator: Authenticator
    certificates: CertificateUsers
    front_proxy: FrontProxyUsers
    intermediates: Intermediates
    oidc: OidcTokens
    webhook: WebhookTokens | None
    reload: ConfigurationReload | None
    legacy_token_use: LegacyTokenUse

    async def run(self, clock: Clock) -> None:
        """Follow the configuration file, if there is one."""
        if self.reload is not None:
            await self.reload.run(clock)

    async def close(self) -> None:
        await self.oidc.close()
        if self.webhook is not None:
            await self.webhook.close()
