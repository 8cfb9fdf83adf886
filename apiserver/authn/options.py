"""How requests are authenticated: kube-apiserver's flags, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pybernetes.apiserver.authn.front_proxy import ProxyHeaders
from pybernetes.apiserver.authn.jwt_issuers import JwtIssuer, Mapped
from pybernetes.component.flag_set import flag

_WEBHOOK = "authentication-token-webhook-"


@dataclass(frozen=True)
class AuthenticationOptions:
    """What is empty is off. The front proxy is trusted by our own CA and kubeadm's headers unless flags say else."""

    SECTION = "Authentication"

    authentication_config: str = flag("", "AuthenticationConfiguration: issuers of tokens, anonymous access")
    oidc_issuer_url: str = flag("", "URL of the OpenID issuer, https only")
    oidc_client_id: str = flag("", "audience that tokens of the OpenID issuer must have")
    oidc_ca_file: str = flag("", "CA of the OpenID issuer; the system's if not given")
    oidc_username_claim: str = flag("sub", "claim that is the user's name")
    oidc_username_prefix: str = flag("", "prefix of user names; '-' is none")
    oidc_groups_claim: str = flag("", "claim that has the user's groups")
    oidc_groups_prefix: str = flag("", "prefix of groups")
    oidc_signing_algs: tuple[str, ...] = flag(("RS256",), "signature algorithms; a configuration file allows all")
    oidc_required_claim: tuple[str, ...] = flag((), "key=value that tokens must say; repeatable")
    token_webhook_config_file: str = flag(
        "", "kubeconfig of the webhook that knows tokens", name=f"{_WEBHOOK}config-file"
    )
    token_webhook_version: str = flag("v1beta1", "version of the TokenReview sent to it", name=f"{_WEBHOOK}version")
    token_webhook_cache_ttl_seconds: float = flag(
        120.0, "how long its answers are kept", name=f"{_WEBHOOK}cache-ttl", duration=True
    )
    enable_bootstrap_token_auth: bool = flag(True, "take bootstrap tokens, which are secrets in kube-system")
    requestheader_client_ca_file: str = flag("", "CA of authenticating proxies; our own if not given")
    requestheader_allowed_names: tuple[str, ...] = flag(
        (), "common names of proxies; none for any of that CA, and ours for our own"
    )
    requestheader_username_headers: tuple[str, ...] = flag(("X-Remote-User",), "headers with the user's name")
    requestheader_uid_headers: tuple[str, ...] = flag(("X-Remote-Uid",), "headers with the user's uid")
    requestheader_group_headers: tuple[str, ...] = flag(("X-Remote-Group",), "headers with the groups")
    requestheader_extra_headers_prefix: tuple[str, ...] = flag(
        ("X-Remote-Extra-",), "prefixes of headers with more about the user"
    )
    service_account_max_token_expiration_seconds: float = flag(
        0.0, "longest life of a token that is asked for", name="service-account-max-token-expiration", duration=True
    )
    service_account_extend_token_expiration: bool = flag(True, "let pods' tokens live a year")
    service_account_jwks_uri: str = flag("", "where the discovery document says that the keys are")

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be meant together."""
        if self.authentication_config and self.oidc_issuer_url:
            raise ValueError("--authentication-config file and --oidc-* flags are mutually exclusive")
        if bool(self.oidc_issuer_url) != bool(self.oidc_client_id):
            raise ValueError("--oidc-issuer-url and --oidc-client-id must be specified together")
        if any("=" not in one for one in self.oidc_required_claim):
            raise ValueError("--oidc-required-claim: expected key=value")

    @property
    def proxy_headers(self) -> ProxyHeaders:
        return ProxyHeaders(
            _lowered(self.requestheader_username_headers),
            _lowered(self.requestheader_uid_headers),
            _lowered(self.requestheader_group_headers),
            _lowered(self.requestheader_extra_headers_prefix),
        )

    def flagged_issuer(self) -> tuple[JwtIssuer, ...]:
        """The issuer that the --oidc-* flags describe, if they do. Raises OSError."""
        if not self.oidc_issuer_url:
            return ()
        required = (one.partition("=") for one in self.oidc_required_claim)
        ca_pem = Path(self.oidc_ca_file).read_text() if self.oidc_ca_file else ""
        issuer = JwtIssuer(
            self.oidc_issuer_url,
            (self.oidc_client_id,),
            Mapped(self.oidc_username_claim, self._username_prefix),
            Mapped(self.oidc_groups_claim, self.oidc_groups_prefix),
            required_claims=tuple((claim, value) for claim, _, value in required),
            ca_pem=ca_pem,
            algorithms=self.oidc_signing_algs,
        )
        return (issuer,)

    @property
    def _username_prefix(self) -> str:
        """``<issuer>#`` unless the claim is an e-mail address; ``-`` is none."""
        if self.oidc_username_prefix == "-":
            return ""
        if self.oidc_username_prefix or self.oidc_username_claim == "email":
            return self.oidc_username_prefix
        return f"{self.oidc_issuer_url}#"


def _lowered(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in names)
