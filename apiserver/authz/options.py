"""How requests are authorized: kube-apiserver's flags, as values and as flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class AuthorizationOptions:
    """The modes in order, or a configuration file that lists authorizers; never both."""

    modes: tuple[str, ...] = ("Node", "RBAC")
    config: str = ""
    webhook_config_file: str = ""
    webhook_version: str = "v1beta1"
    webhook_allowed_seconds: float = 300.0
    webhook_refused_seconds: float = 30.0


def add_authorization_flags(add: Callable[..., argparse.Action]) -> None:
    """The flags, into the parser whose `add_argument` is given."""
    add("--authorization-mode", default="", help="comma-separated authorizers, asked in order; Node,RBAC if not given")
    add("--authorization-config", default="", help="AuthorizationConfiguration: authorizers, webhooks among them")
    add("--authorization-webhook-config-file", default="", help="kubeconfig of the webhook that authorizes")
    add("--authorization-webhook-version", default="v1beta1", help="version of the SubjectAccessReview sent to it")
    add("--authorization-webhook-cache-authorized-ttl", default="5m0s", help="how long its yes is kept")
    add("--authorization-webhook-cache-unauthorized-ttl", default="30s", help="how long its no is kept")


def authorization_options(
    flags: argparse.Namespace, words: Callable[[str], tuple[str, ...]], duration_seconds: Callable[[str], float]
) -> AuthorizationOptions:
    """What the flags say. Raises ValueError for what cannot be meant together."""
    if flags.authorization_config and (flags.authorization_mode or flags.authorization_webhook_config_file):
        raise ValueError("--authorization-config excludes --authorization-mode and --authorization-webhook-* flags")
    return AuthorizationOptions(
        words(flags.authorization_mode) or AuthorizationOptions().modes,
        flags.authorization_config,
        flags.authorization_webhook_config_file,
        flags.authorization_webhook_version,
        duration_seconds(flags.authorization_webhook_cache_authorized_ttl),
        duration_seconds(flags.authorization_webhook_cache_unauthorized_ttl),
    )
