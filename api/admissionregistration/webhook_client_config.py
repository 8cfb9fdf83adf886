"""Webhook client config: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Base64, Int32


class ServiceReference(TypedDict, total=False):
    """A service of the cluster."""

    name: Required[str]
    "The name of the service."
    namespace: Required[str]
    "The namespace of the service."
    path: str | None
    "The path of the URL."
    port: Int32 | None
    "The port of the service. The default is 443."


class WebhookClientConfig(TypedDict, total=False):
    """Where a webhook is: a service or a URL."""

    caBundle: Base64
    "The certificates, in PEM and base64, that vouch for the webhook; those of the system by default."
    service: ServiceReference
    "A service of the cluster."
    url: str | None
    "An HTTPS URL, in place of a service, without user, query or fragment."
