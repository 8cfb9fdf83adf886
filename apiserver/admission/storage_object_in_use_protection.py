"""StorageObjectInUseProtection: claims and volumes are not gone before nobody uses them.

They get a finalizer here, which the controllers for their protection take away.
"""

from __future__ import annotations

from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation

_FINALIZERS = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
}


class StorageObjectInUseProtection(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return any(operation.is_for(plural, CREATE) for plural in _FINALIZERS)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create has an object"
        finalizer = _FINALIZERS[operation.resource.plural]
        held = operation.obj["metadata"].setdefault("finalizers", [])
        if finalizer not in held:
            held.append(finalizer)
