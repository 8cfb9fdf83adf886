"""The certificate authority of the cluster, as a config map in each namespace, so that pods can trust the API server.

The kubelet puts ``kube-root-ca.crt`` into every pod's service account volume. Counterpart:
pkg/controller/certificates/rootcacertpublisher.
"""

from __future__ import annotations

from pybernetes.api.errors import APIError, is_already_exists
from pybernetes.api.object import Json, is_deleting, name_of, namespace_of, object_key
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.pod_control import is_namespace_terminating

NAME = "kube-root-ca.crt"
_COMPONENT = "root-ca-certificate-publisher"
_DESCRIPTION = "Trusted certificates for connections from pods to the API server by its address inside the cluster."


def wanted_config_map(namespace: str, ca: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": NAME,
            "namespace": namespace,
            "annotations": {"kubernetes.io/description": _DESCRIPTION},
        },
        "data": {"ca.crt": ca},
    }


class RootCAController:
    """Keys are namespaces."""

    def __init__(self, context: Context):
        self._client, self._ca = context.client, context.options.root_ca
        self._queue = context.queue("root_ca_cert_publisher")
        self._namespaces = context.informers.informer("namespaces")
        self._maps = context.informers.informer("configmaps", field_selector=f"metadata.name={NAME}")
        self._namespaces.add_handler(lambda namespace: self._queue.add(name_of(namespace)))
        self._maps.add_handler(None, lambda new, old: self._map_changed(new), self._map_changed)

    async def run(self) -> None:
        await wait_synced(self._namespaces, self._maps)
        await run_workers(_COMPONENT, self._queue, self.reconcile)

    def _map_changed(self, config_map: Json) -> None:
        self._queue.add(namespace_of(config_map))

    async def reconcile(self, key: str) -> float | None:
        """Make the config map say what it should, if the namespace lives."""
        namespace, current = self._namespaces.get(key), self._maps.get(object_key(key, NAME))
        if namespace is None or is_deleting(namespace):
            return None
        wanted = wanted_config_map(key, self._ca)
        if current is None:
            try:
                await self._client.create("configmaps", wanted)
            except APIError as error:
                if not is_already_exists(error) and not is_namespace_terminating(error):
                    raise
        elif current.get("data") != wanted["data"]:
            await self._client.update("configmaps", {**current, "data": wanted["data"]})
        return None


def root_ca(context: Context) -> RootCAController:
    return RootCAController(context)
