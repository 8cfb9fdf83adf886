"""NamespaceAutoProvision: the namespace of a new object is made if it is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pybernetes.api.errors import APIError, internal_error, is_not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.matching import find_namespace
from pybernetes.apiserver.admission.operation import CREATE, Operation

Submit = Callable[[str, str, Json | None], Awaitable[Json]]


async def no_requests(method: str, path: str, obj: Json | None) -> Json:
    """Of a server that cannot ask itself."""
    raise internal_error(f"{method} {path}: this server does not ask itself")


class NamespaceAutoProvision(AdmissionPlugin):
    """`submit` is a request of the server to itself."""

    def __init__(self, submit: Submit):
        self._submit = submit

    def handles(self, operation: Operation) -> bool:
        return operation.verb == CREATE and operation.resource.namespaced

    async def admit(self, operation: Operation) -> None:
        if operation.dry_run or not operation.namespace:
            return
        try:
            await find_namespace(operation)
        except APIError as error:
            if not is_not_found(error):
                raise
            await self._make(operation.namespace)

    async def _make(self, name: str) -> None:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        try:
            await self._submit("POST", "/api/v1/namespaces", namespace)
        except APIError as error:
            if error.reason != "AlreadyExists":
                raise
