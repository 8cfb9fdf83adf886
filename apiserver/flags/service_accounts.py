"""Who is let in besides what `authn.options` says, and tokens of service accounts."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag


@dataclass(frozen=True)
class ServiceAccountOptions:
    """The first issuer issues tokens, and tokens of all of them are taken."""

    SECTION = "Authentication"

    anonymous_auth: bool = flag(True, "let requests without credentials in as anonymous")
    client_ca_file: str = flag("", "CA that client certificates must be signed by")
    token_auth_file: str = flag("", "CSV of static tokens: token,user,uid,groups")
    service_account_issuers: tuple[str, ...] = flag(
        ("https://kubernetes.default.svc.cluster.local",),
        "issuer of tokens; repeatable",
        name="service-account-issuer",
        whole=True,
    )
    service_account_key_files: tuple[str, ...] = flag(
        (), "key that tokens may be signed by; repeatable", name="service-account-key-file", whole=True
    )
    service_account_signing_key_file: str = flag("", "key to sign tokens with")
    api_audiences: tuple[str, ...] = flag((), "audiences of the API; the issuers if not given")

    @property
    def service_account_issuer(self) -> str:
        """Who issues the tokens of this cluster."""
        return self.service_account_issuers[0]
