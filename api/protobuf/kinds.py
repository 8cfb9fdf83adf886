"""From an apiVersion and a kind to the struct whose message it is, and the table with its numbers.

Besides the kinds of `api.resources` there are those that are never stored: what subresources take (Scale, Eviction,
TokenRequest), options, Status, and the list of every kind. DeleteOptions is registered in every group version.
"""

from __future__ import annotations

import importlib
from functools import cache

from pybernetes.api.definition import definition_of
from pybernetes.api.meta.object_meta import ListMeta
from pybernetes.api.protobuf.status import Status
from pybernetes.api.resources import RESOURCES, resource_for_kind
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.tree import Field, ListOf, Struct

_WITHOUT_RESOURCE = {
    ("autoscaling/v1", "Scale"): ("pybernetes.api.autoscaling.v1.scale", "autoscaling"),
    ("policy/v1", "Eviction"): ("pybernetes.api.policy.eviction", "policy"),
    ("authentication.k8s.io/v1", "TokenRequest"): ("pybernetes.api.authentication.token_request", "authentication"),
}


class UnknownKind(ValueError):
    """No kind of this name has a form in protobuf here."""

    def __init__(self, api_version: str, kind: str):
        super().__init__(f'no kind "{kind}" is registered for version "{api_version}"')
        self.api_version = api_version


def table_of(api_version: str) -> str:
    """The module of `numbers` for a group version."""
    group, _, version = api_version.rpartition("/")
    name = group.partition(".")[0] or "core"
    return f"{name}_v2" if version == "v2" else name


def is_built_in(api_version: str) -> bool:
    """Whether a group version is one of our own, not that of a custom resource."""
    return any(resource.api_version == api_version for resource in RESOURCES)


@cache
def find_kind(api_version: str, kind: str) -> tuple[Struct, str]:
    """The struct and the table. Raises `UnknownKind`."""
    if kind == "DeleteOptions":
        from pybernetes.api.meta.delete_options import DeleteOptions

        return struct_of(DeleteOptions), "meta"
    if (api_version, kind) == ("v1", "Status"):
        return struct_of(Status), "meta"
    special = _WITHOUT_RESOURCE.get((api_version, kind))
    if special is not None:
        return struct_of(getattr(importlib.import_module(special[0]), kind)), special[1]
    resource = resource_for_kind(api_version, kind)
    if resource is not None:
        return definition_of(resource).tree, table_of(api_version)
    listed = resource_for_kind(api_version, kind.removesuffix("List")) if kind.endswith("List") else None
    if listed is not None:
        return _list_of(definition_of(listed).tree), table_of(api_version)
    raise UnknownKind(api_version, kind)


def _list_of(item: Struct) -> Struct:
    """Every list is {metadata=1, items=2}; `numbers` knows it by the name List."""
    result = Struct("List")
    result.fields["metadata"] = Field("metadata", struct_of(ListMeta))
    result.fields["items"] = Field("items", ListOf(item))
    return result
