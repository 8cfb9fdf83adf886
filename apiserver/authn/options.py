"""How requests are authenticated: kube-apiserver's flags, as values and as flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pybernetes.apiserver.authn.front_proxy import ProxyHeaders
from pybernetes.apiserver.authn.jwt_issuers import JwtIssuer, Mapped

_SIGNING_ALGORITHMS = ("RS256",)  # --oidc-signing-algs; a configuration file allows all


@dataclass(frozen=True)
class AuthenticationOptions:
    """What is empty is off. The front proxy is trusted by our own CA and kubeadm's headers unless flags say else."""

    authentication_config: str = ""
    oidc_issuer_url: str = ""
    oidc_client_id: str = ""
    oidc_ca_file: str = ""
    oidc_username_claim: str = "sub"
    oidc_username_prefix: str = ""
    oidc_groups_claim: str = ""
    oidc_groups_prefix: str = ""
    oidc_signing_algs: tuple[str, ...] = _SIGNING_ALGORITHMS
    oidc_required_claim: tuple[str, ...] = ()
    token_webhook_config_file: str = ""
    token_webhook_version: str = "v1beta1"
    token_webhook_cache_ttl_seconds: float = 120.0
    requestheader_client_ca_file: str = ""
    requestheader_allowed_names: tuple[str, ...] | None = None
    requestheader_username_headers: tuple[str, ...] = ("X-Remote-User",)
    requestheader_uid_headers: tuple[str, ...] = ("X-Remote-Uid",)
    requestheader_group_headers: tuple[str, ...] = ("X-Remote-Group",)
    requestheader_extra_headers_prefix: tuple[str, ...] = ("X-Remote-Extra-",)
    service_account_max_token_expiration_seconds: int = 0
    service_account_extend_token_expiration: bool = True
    service_account_jwks_uri: str = ""

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


def add_authentication_flags(
    add: Callable[..., argparse.Action], words: Callable[[str], tuple[str, ...]], boolean: Callable[[str], bool]
) -> None:
    """The flags, into the parser whose `add_argument` is given."""
    add("--authentication-config", default="", help="AuthenticationConfiguration: issuers of tokens, anonymous access")
    add("--oidc-issuer-url", default="", help="URL of the OpenID issuer, https only")
    add("--oidc-client-id", default="", help="audience that tokens of the OpenID issuer must have")
    add("--oidc-ca-file", default="", help="CA of the OpenID issuer; the system's if not given")
    add("--oidc-username-claim", default="sub", help="claim that is the user's name")
    add("--oidc-username-prefix", default="", help="prefix of user names; '-' is none")
    add("--oidc-groups-claim", default="", help="claim that has the user's groups")
    add("--oidc-groups-prefix", default="", help="prefix of groups")
    add("--oidc-signing-algs", type=words, default=_SIGNING_ALGORITHMS, help="comma-separated signature algorithms")
    add("--oidc-required-claim", action="append", default=[], help="key=value that tokens must say; repeatable")
    add("--authentication-token-webhook-config-file", default="", help="kubeconfig of the webhook that knows tokens")
    add("--authentication-token-webhook-version", default="v1beta1", help="version of the TokenReview sent to it")
    add("--authentication-token-webhook-cache-ttl", default="2m0s", help="how long its answers are kept")
    add("--requestheader-client-ca-file", default="", help="CA of authenticating proxies; our own if not given")
    add("--requestheader-allowed-names", type=words, help="common names of proxies; empty for any of the CA")
    add("--requestheader-username-headers", type=words, default=("X-Remote-User",), help="headers with the user's name")
    add("--requestheader-uid-headers", type=words, default=("X-Remote-Uid",), help="headers with the user's uid")
    add("--requestheader-group-headers", type=words, default=("X-Remote-Group",), help="headers with the groups")
    add(
        "--requestheader-extra-headers-prefix",
        type=words,
        default=("X-Remote-Extra-",),
        help="prefixes of headers with more about the user",
    )
    add("--service-account-max-token-expiration", default="0s", help="longest life of a token that is asked for")
    add("--service-account-extend-token-expiration", type=boolean, default=True, help="let pods' tokens live a year")
    add("--service-account-jwks-uri", default="", help="where the discovery document says that the keys are")


def authentication_options(
    flags: argparse.Namespace, duration_seconds: Callable[[str], float]
) -> AuthenticationOptions:
    """What the flags say. Raises ValueError."""
    return AuthenticationOptions(
        authentication_config=flags.authentication_config,
        oidc_issuer_url=flags.oidc_issuer_url,
        oidc_client_id=flags.oidc_client_id,
        oidc_ca_file=flags.oidc_ca_file,
        oidc_username_claim=flags.oidc_username_claim,
        oidc_username_prefix=flags.oidc_username_prefix,
        oidc_groups_claim=flags.oidc_groups_claim,
        oidc_groups_prefix=flags.oidc_groups_prefix,
        oidc_signing_algs=flags.oidc_signing_algs,
        oidc_required_claim=tuple(flags.oidc_required_claim),
        token_webhook_config_file=flags.authentication_token_webhook_config_file,
        token_webhook_version=flags.authentication_token_webhook_version,
        token_webhook_cache_ttl_seconds=duration_seconds(flags.authentication_token_webhook_cache_ttl),
        requestheader_client_ca_file=flags.requestheader_client_ca_file,
        requestheader_allowed_names=flags.requestheader_allowed_names,
        requestheader_username_headers=flags.requestheader_username_headers,
        requestheader_uid_headers=flags.requestheader_uid_headers,
        requestheader_group_headers=flags.requestheader_group_headers,
        requestheader_extra_headers_prefix=flags.requestheader_extra_headers_prefix,
        service_account_max_token_expiration_seconds=int(duration_seconds(flags.service_account_max_token_expiration)),
        service_account_extend_token_expiration=flags.service_account_extend_token_expiration,
        service_account_jwks_uri=flags.service_account_jwks_uri,
    )


def _lowered(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in names)
