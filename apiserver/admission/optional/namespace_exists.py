"""NamespaceExists: nothing is written in a namespace that is not there."""

from __future__ import annotations

from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.matching import find_namespace
from pybernetes.apiserver.admission.operation import CONNECT, Operation


class NamespaceExists(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.resource.namespaced and operation.verb != CONNECT

    async def validate(self, operation: Operation) -> None:
        """Raises 404."""
        if operation.namespace:
            await find_namespace(operation)
