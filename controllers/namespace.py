"""Namespaces that go: everything in them first, then the namespace.

    deletionTimestamp → discover what there is → ask it all to go → tell what remains → (again later | finalize)

A namespace can only be removed when its ``kubernetes`` finalizer is off its spec, which is done here, through the
finalize subresource, when nothing is left. While pods take their time to end, their going (not a timer) brings the
namespace back. Counterpart: pkg/controller/namespace.
"""

from __future__ import annotations

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, is_deleting, name_of, namespace_of
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.discovery import discover
from pybernetes.controllers.namespace_conditions import deletion_conditions
from pybernetes.controllers.namespace_content import deletable, empty
from pybernetes.controllers.status_writer import same_value, write_status

FINALIZER = "kubernetes"
_COMPONENT = "namespace-controller"
_LOOK_AGAIN_SECONDS = 1.0  # what was asked to go without grace or finalizers is gone by then
_TRIES = 3


class NamespaceController:
    """Keys are names of namespaces."""

    def __init__(self, context: Context):
        self._client, self._clock = context.client, context.clock
        self._workers = context.options.concurrent_namespace_syncs
        self._queue = context.queue("namespace")
        self._namespaces = context.informers.informer("namespaces")
        self._pods = context.informers.informer("pods")
        self._namespaces.add_handler(self._changed, lambda new, old: self._changed(new))
        self._pods.add_handler(on_delete=self._pod_deleted)

    async def run(self) -> None:
        await wait_synced(self._namespaces, self._pods)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    def _changed(self, namespace: Json) -> None:
        if is_deleting(namespace) and not self._is_finalized(namespace):
            self._queue.add(name_of(namespace))

    def _pod_deleted(self, pod: Json) -> None:
        """The last pod of a terminating namespace has gone: what waited for it can go too."""
        namespace = self._namespaces.get(namespace_of(pod))
        if namespace is not None and is_deleting(namespace) and not self._pods.items(namespace_of(pod)):
            self._changed(namespace)

    @staticmethod
    def _is_finalized(namespace: Json) -> bool:
        return FINALIZER not in ((namespace.get("spec") or {}).get("finalizers") or ())

    async def reconcile(self, key: str) -> float | None:
        """Take a terminating namespace one step nearer to its end."""
        try:
            namespace = await self._client.get("namespaces", key)
        except APIError as error:
            if is_not_found(error):
                return None
            raise
        if not is_deleting(namespace) or self._is_finalized(namespace):
            return None
        found = await discover(self._client)
        remains = await empty(self._client, key, deletable(found))
        status = {
            **(namespace.get("status") or {}),
            "phase": "Terminating",
            "conditions": deletion_conditions(namespace, remains, found.failures, self._clock.now()),
        }
        if not same_value(namespace.get("status"), status):
            namespace = await write_status(self._client, "namespaces", namespace, status)
        if remains.errors:
            raise remains.errors[0]
        if found.failures:
            raise next(iter(found.failures.values()))
        if not remains.nothing:
            return max(_LOOK_AGAIN_SECONDS, remains.seconds / 2 + 1)
        await self._finalize(namespace)
        return None

    async def _finalize(self, namespace: Json) -> None:
        """Take our finalizer off; the API server removes the namespace when none is left."""
        for attempt in range(1, _TRIES + 1):
            finalizers = [f for f in namespace["spec"].get("finalizers") or () if f != FINALIZER]
            wanted = {**namespace, "spec": {**namespace["spec"], "finalizers": finalizers}}
            try:
                await self._client.update("namespaces", wanted, subresource="finalize")
                return
            except APIError as error:
                if is_not_found(error):
                    return
                if attempt == _TRIES or not is_conflict(error):
                    raise
            namespace = await self._client.get("namespaces", name_of(namespace))


def namespaces(context: Context) -> NamespaceController:
    return NamespaceController(context)
