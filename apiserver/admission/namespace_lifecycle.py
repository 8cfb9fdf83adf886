"""NamespaceLifecycle: nothing is made in a namespace that is not there or that is going."""

from __future__ import annotations

from pybernetes.api.errors import not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation


class NamespaceLifecycle(AdmissionPlugin):
    """Refuses creates in namespaces that do not exist (404) or are terminating (403)."""

    def handles(self, operation: Operation) -> bool:
        reviews = ("authorization.k8s.io", "authentication.k8s.io")
        return operation.verb == CREATE and operation.resource.namespaced and operation.resource.group not in reviews

    async def admit(self, operation: Operation) -> None:
        name = operation.namespace
        entry = operation.state.cache.caches["namespaces"].get("", name)
        if entry is None:
            await operation.state.cache.catch_up()
            entry = operation.state.cache.caches["namespaces"].get("", name)
        if entry is None:
            raise not_found("namespaces", name)
        if b'"deletionTimestamp":"' in entry.body:
            self._refuse(operation, operation.state.cache.get("namespaces", name) or {})

    def _refuse(self, operation: Operation, namespace: Json) -> None:
        if not namespace.get("metadata", {}).get("deletionTimestamp"):
            return
        why = f"unable to create new content in namespace {operation.namespace} because it is being terminated"
        error = operation.forbid(why)
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {operation.namespace} is being terminated",
            "field": "metadata.namespace",
        }
        error.status["details"]["causes"] = [cause]
        raise error
