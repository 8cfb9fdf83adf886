"""Configurations of webhooks, as tests write them."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

PATH = "/apis/admissionregistration.k8s.io/v1"


def rule(*operations: str, groups: str = "", resources: str = "configmaps", **more: Any) -> Json:
    return {
        "operations": list(operations) or ["*"],
        "apiGroups": [groups],
        "apiVersions": ["*"],
        "resources": resources.split(","),
        **more,
    }


def webhook(client_config: Json, *rules: Json, name: str = "hook.example.com", **more: Any) -> Json:
    return {
        "name": name,
        "clientConfig": client_config,
        "rules": list(rules) or [rule()],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        **more,
    }


async def configure(api: Api, kind: str, *webhooks: Json, name: str = "hooks") -> None:
    """Put a configuration of `kind` (mutating or validating) in place."""
    body = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{kind.title()}WebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": list(webhooks),
    }
    await api.create(f"{PATH}/{kind}webhookconfigurations", body)
