"""Webhook client config: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Base64, Int32


class ServiceReference(TypedDict, total=False):
    name: Required[str]
    namespace: Required[str]
    path: str | None
    port: Int32 | None


class WebhookClientConfig(TypedDict, total=False):
    caBundle: Base64
    service: ServiceReference
    url: str | None
