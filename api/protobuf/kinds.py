"""From an apiVersion and a kind to the struct whose message it is, and the table with its numbers.

Besides the kinds of `api.resources` there are those that are never stored: what subresources take (Scale, Eviction,
TokenRequest), options, Status, and the list of every kind. DeleteOptions is registered in every group version.
"""

from __future__ import annotations

import importlib
from functools import cache

from pybernetes.api.definition import definition_of
from pybernetes.api.meta.delete_options import DeleteOptions
from pybernetes.api.meta.object_meta import ListMeta, ObjectMeta
from pybernetes.api.protobuf import numbers
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
    """No kind of this name has a form in protobuf here.

    `has_other_form`: it may be known as JSON, as custom resources are; otherwise nobody has registered it.
    """

    def __init__(self, api_version: str, kind: str, *, has_other_form: bool):
        super().__init__(f'no kind "{kind}" is registered for version "{api_version}"')
        self.has_other_form = has_other_form


def table_of(api_version: str) -> str:
    """The module of `numbers` for a group version."""
    group, _, version = api_version.rpartition("/")
    name = group.partition(".")[0] or "core"
    return f"{name}_v2" if version == "v2" else name


def find_kind(api_version: str, kind: str) -> tuple[Struct, str]:
    """The struct and the table. Raises `UnknownKind`."""
    if kind == "DeleteOptions":  # not remembered: the client chooses the version, and there is no end of them
        return struct_of(DeleteOptions), "meta"
    return _find(api_version, kind)


@cache
def _find(api_version: str, kind: str) -> tuple[Struct, str]:
    if (api_version, kind) == ("v1", "Status"):
        return struct_of(Status), "meta"
    if api_version == "meta.k8s.io/v1" and kind.removesuffix("List") == "PartialObjectMetadata":
        return (_list_of(_partial) if kind.endswith("List") else _partial), "meta"
    special = _WITHOUT_RESOURCE.get((api_version, kind))
    if special is not None:
        return struct_of(getattr(importlib.import_module(special[0]), kind)), special[1]
    listed = resource_for_kind(api_version, kind.removesuffix("List")) if kind.endswith("List") else None
    resource = resource_for_kind(api_version, kind) or listed
    if resource is not None:
        tree, table = definition_of(resource).tree, table_of(api_version)
        if numbers.has(tree.name, table):
            return (_list_of(tree) if resource is listed else tree), table
    built_in = any(known.api_version == api_version for known in RESOURCES)
    raise UnknownKind(api_version, kind, has_other_form=resource is not None or not built_in)


def _list_of(item: Struct) -> Struct:
    """Every list is {metadata=1, items=2}; `numbers` knows it by the name List."""
    result = Struct("List")
    result.fields["metadata"] = Field("metadata", struct_of(ListMeta))
    result.fields["items"] = Field("items", ListOf(item))
    return result


_partial = Struct("PartialObjectMetadata", fields={"metadata": Field("metadata", struct_of(ObjectMeta))})
