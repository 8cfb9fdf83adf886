"""What is sent to a subresource and what comes back, where that is not the object itself."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.api.schema.declare import struct_of
from pybernetes.apiserver.discovery import SUBRESOURCE_VERBS, subresource_kind
from pybernetes.apiserver.openapi.schemas import Schemas

_CONNECTIONS = ("attach", "exec", "portforward", "proxy")
# Where the kinds are declared that only subresources take and give.
_DECLARED = {
    "Binding": "core.binding",
    "Eviction": "policy.eviction",
    "Scale": "autoscaling.v1.scale",
    "TokenRequest": "authentication.token_request",
}


@dataclass(frozen=True)
class Exchange:
    """The definition that is sent and answered, its kind, and by which verbs."""

    definition: str
    gvk: Json
    verbs: tuple[str, ...] = ()
    connects: bool = False


def exchange_of(resource: Resource, subresource: str, whole: Exchange, schemas: Schemas) -> Exchange:
    """What is exchanged at a subresource of `resource`; `whole` is the object itself."""
    group, version, kind = subresource_kind(resource, subresource)
    gvk = {"group": group, "version": version, "kind": kind}
    definition = whole.definition
    if kind in _DECLARED:
        declaration = getattr(importlib.import_module(f"pybernetes.api.{_DECLARED[kind]}"), kind)
        definition = schemas.struct(struct_of(declaration), "", gvk)
    return Exchange(definition, gvk, SUBRESOURCE_VERBS[subresource], connects=subresource in _CONNECTIONS)
