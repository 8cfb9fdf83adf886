"""DefaultStorageClass: a claim that names no storage class gets the default one, if there is one."""

from __future__ import annotations

from pybernetes.api.object import name_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation
from pybernetes.apiserver.admission.storage_classes import CLASSES, default_storage_class, storage_class_of


class DefaultStorageClass(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("persistentvolumeclaims", CREATE)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create has an object"
        if storage_class_of(operation.obj) is not None:
            return
        default = default_storage_class(operation.state.cache.list(CLASSES))
        if default is not None:
            operation.obj["spec"]["storageClassName"] = name_of(default)
