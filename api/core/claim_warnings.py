"""What the author of a claim of storage should think about again. Counterpart: pkg/api/persistentvolumeclaim."""

from __future__ import annotations

from pybernetes.api.object import Json, annotations_of
from pybernetes.api.quantity import milli

BETA_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"


def claim_warnings(new: Json, old: Json | None) -> list[str]:
    """About a claim."""
    found = []
    if BETA_STORAGE_CLASS in annotations_of(new):
        where = f"metadata.annotations[{BETA_STORAGE_CLASS}]"
        found.append(f'{where}: deprecated since v1.8; use "storageClassName" attribute instead')
    return found + claim_spec_warnings(new.get("spec") or {}, "spec")


def claim_spec_warnings(spec: Json, path: str) -> list[str]:
    """About what a claim wishes for, wherever it stands."""
    resources, found = spec.get("resources") or {}, []
    for part in ("requests", "limits"):
        quantity = (resources.get(part) or {}).get("storage")
        if quantity is not None and milli(quantity) % 1000:
            where = f"{path}.resources.{part}[storage]"
            found.append(f'{where}: fractional byte value "{quantity}" is invalid, must be an integer')
    return found
