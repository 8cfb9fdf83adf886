"""Which storage class a claim is of, and which one is the default."""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.object import Json, annotations_of, name_of

CLASSES = "storageclasses.storage.k8s.io"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_DEFAULT_ANNOTATIONS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def storage_class_of(claim: Json) -> str | None:
    """The name of the claim's class; None if it says nothing, empty if it wants none."""
    annotated = annotations_of(claim).get(CLASS_ANNOTATION)
    named = annotated if annotated is not None else (claim.get("spec") or {}).get("storageClassName")
    return None if named is None else str(named)


def default_storage_class(classes: Iterable[Json]) -> Json | None:
    """The newest of the classes that are marked as default."""
    return newest(one for one in classes if "true" in map(annotations_of(one).get, _DEFAULT_ANNOTATIONS))


def newest(objects: Iterable[Json]) -> Json | None:
    """The object made last; of those made at once, the first by name."""
    found = sorted(objects, key=name_of)
    return max(found, key=lambda one: str(one["metadata"].get("creationTimestamp") or ""), default=None)
