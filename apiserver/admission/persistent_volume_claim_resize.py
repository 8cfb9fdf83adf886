"""PersistentVolumeClaimResize: a claim grows only if it is bound and its storage class can make volumes grow."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.api.quantity import parse_quantity
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import UPDATE, Operation
from pybernetes.apiserver.admission.storage_classes import CLASSES, storage_class_of

_CANNOT = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
)


class PersistentVolumeClaimResize(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("persistentvolumeclaims", UPDATE)

    async def validate(self, operation: Operation) -> None:
        new, old = operation.obj, operation.old
        assert new is not None and old is not None, "an update has both"
        if parse_quantity(_size(new)) <= parse_quantity(_size(old)):
            return
        if (old.get("status") or {}).get("phase") != "Bound":
            raise operation.forbid("Only bound persistent volume claims can be expanded")
        name = storage_class_of(new)
        found = operation.state.cache.get(CLASSES, name) if name and name == storage_class_of(old) else None
        if not (found or {}).get("allowVolumeExpansion"):
            raise operation.forbid(_CANNOT)


def _size(claim: Json) -> str:
    requests = ((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}
    return str(requests.get("storage") or "0")
