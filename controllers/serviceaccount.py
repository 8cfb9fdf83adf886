"""A service account called ``default`` in each namespace, for pods that ask for no other.

Counterpart: pkg/controller/serviceaccount.ServiceAccountsController. Tokens in secrets are `serviceaccount_token`'s.
"""

from __future__ import annotations

from pybernetes.api.errors import APIError, is_already_exists
from pybernetes.api.object import Json, is_deleting, name_of, namespace_of, object_key
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.pod_control import is_namespace_terminating

DEFAULT = "default"
_COMPONENT = "serviceaccount-controller"


class ServiceAccountController:
    """Keys are namespaces."""

    def __init__(self, context: Context):
        self._client = context.client
        self._workers = context.options.concurrent_serviceaccount_token_syncs
        self._queue = context.queue("serviceaccount")
        self._namespaces = context.informers.informer("namespaces")
        self._accounts = context.informers.informer("serviceaccounts")
        self._namespaces.add_handler(self._namespace_changed, lambda new, old: self._namespace_changed(new))
        self._accounts.add_handler(on_delete=self._account_deleted)

    async def run(self) -> None:
        await wait_synced(self._namespaces, self._accounts)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    def _namespace_changed(self, namespace: Json) -> None:
        self._queue.add(name_of(namespace))

    def _account_deleted(self, account: Json) -> None:
        if name_of(account) == DEFAULT:
            self._queue.add(namespace_of(account))

    async def reconcile(self, key: str) -> float | None:
        """Make the account if the namespace lives and has none."""
        namespace = self._namespaces.get(key)
        if namespace is None or is_deleting(namespace) or self._accounts.get(object_key(key, DEFAULT)) is not None:
            return None
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": DEFAULT, "namespace": key},
        }
        try:
            await self._client.create("serviceaccounts", account)
        except APIError as error:
            if not is_already_exists(error) and not is_namespace_terminating(error):
                raise
        return None


def service_accounts(context: Context) -> ServiceAccountController:
    return ServiceAccountController(context)
