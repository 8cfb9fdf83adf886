"""How requests are authorized: kube-apiserver's flags, as values."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag

_MODES = ("Node", "RBAC")


@dataclass(frozen=True)
class AuthorizationOptions:
    """The modes in order, or a file that lists authorizers; never both."""

    SECTION = "Authorization"

    modes: tuple[str, ...] = flag(_MODES, "authorizers, asked in order", name="authorization-mode")
    config: str = flag("", "AuthorizationConfiguration: authorizers, webhooks among them", name="authorization-config")
    policy_file: str = flag("", "policy of the ABAC mode, a JSON object a line", name="authorization-policy-file")
    webhook_config_file: str = flag(
        "", "kubeconfig of the webhook that authorizes", name="authorization-webhook-config-file"
    )
    webhook_version: str = flag(
        "v1beta1", "version of the SubjectAccessReview sent to it", name="authorization-webhook-version"
    )
    webhook_allowed_seconds: float = flag(
        300.0, "how long its yes is kept", name="authorization-webhook-cache-authorized-ttl", duration=True
    )
    webhook_refused_seconds: float = flag(
        30.0, "how long its no is kept", name="authorization-webhook-cache-unauthorized-ttl", duration=True
    )

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be meant together."""
        if self.config and (self.modes != _MODES or self.webhook_config_file):
            raise ValueError("--authorization-config excludes --authorization-mode and --authorization-webhook-* flags")
