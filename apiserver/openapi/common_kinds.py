"""The kinds that belong to every group version: what a delete is asked with, what a watch tells, what became of it."""

from __future__ import annotations

from pybernetes.api.meta.delete_options import DeleteOptions
from pybernetes.api.meta.object_meta import ListMeta
from pybernetes.api.meta.status import Status, WatchEvent
from pybernetes.api.object import Json
from pybernetes.api.schema.declare import struct_of
from pybernetes.apiserver.openapi.path_items import GVK
from pybernetes.apiserver.openapi.schemas import META, Schemas

# Every group version that Kubernetes has code for, served or not: clients may send these kinds under any of them.
_VERSIONS = {
    "": "v1",
    "admission.k8s.io": "v1 v1beta1",
    "admissionregistration.k8s.io": "v1 v1alpha1 v1beta1",
    "apiextensions.k8s.io": "v1 v1beta1",
    "apiregistration.k8s.io": "v1 v1beta1",
    "apps": "v1 v1beta1 v1beta2",
    "authentication.k8s.io": "v1 v1alpha1 v1beta1",
    "authorization.k8s.io": "v1 v1beta1",
    "autoscaling": "v1 v2",
    "batch": "v1 v1beta1",
    "certificates.k8s.io": "v1 v1alpha1 v1beta1",
    "coordination.k8s.io": "v1 v1alpha2 v1beta1",
    "discovery.k8s.io": "v1 v1beta1",
    "events.k8s.io": "v1 v1beta1",
    "extensions": "v1beta1",
    "flowcontrol.apiserver.k8s.io": "v1 v1beta1 v1beta2 v1beta3",
    "imagepolicy.k8s.io": "v1alpha1",
    "internal.apiserver.k8s.io": "v1alpha1",
    "networking.k8s.io": "v1 v1beta1",
    "node.k8s.io": "v1 v1alpha1 v1beta1",
    "policy": "v1 v1beta1",
    "rbac.authorization.k8s.io": "v1 v1alpha1 v1beta1",
    "resource.k8s.io": "v1 v1alpha3 v1beta1 v1beta2",
    "scheduling.k8s.io": "v1 v1alpha2 v1beta1",
    "storage.k8s.io": "v1 v1alpha1 v1beta1",
    "storagemigration.k8s.io": "v1beta1",
}


def add_common_kinds(schemas: Schemas) -> None:
    """The definitions that operations of every resource refer to."""
    schemas.struct(struct_of(ListMeta), META)
    schemas.struct(struct_of(Status), META, {"group": "", "version": "v1", "kind": "Status"})
    for declaration in (DeleteOptions, WatchEvent):
        name = schemas.struct(struct_of(declaration), META)
        schemas.definitions[name][GVK] = _in_every_version(declaration.__name__)
    schemas.definitions.setdefault(
        f"{META}.Patch", {"type": "object", "description": "A change, in one of the forms that the server knows."}
    )


def _in_every_version(kind: str) -> list[Json]:
    return [
        {"group": group, "kind": kind, "version": version}
        for group, versions in _VERSIONS.items()
        for version in versions.split()
    ]
