"""Carrying out a plan of endpoint slices, and remembering what was written. Shared with mirroring."""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, is_deleting, key_of, labels_of, name_of, namespace_of, object_key, uid_of
from pybernetes.client.client import Client
from pybernetes.client.informer import IndexFunction, Informer
from pybernetes.controllers.pod_control import is_namespace_terminating
from pybernetes.controllers.slice_plan import MANAGED_BY, SERVICE_NAME, SlicePlan
from pybernetes.controllers.write_tracker import WriteTracker

ENDPOINT_SLICES = "endpointslices.discovery.k8s.io"


def by_service(manager: str) -> IndexFunction:
    """Index: slices that `manager` keeps, by the service that they belong to."""

    def index(slice: Json) -> Iterable[str]:
        labels = labels_of(slice)
        service = labels.get(SERVICE_NAME)
        if service and labels.get(MANAGED_BY) == manager:
            return (object_key(namespace_of(slice), service),)
        return ()

    return index


class SliceWriter:
    """Writes slices that one manager keeps."""

    def __init__(self, client: Client, slices: Informer, manager: str):
        self._client, self._slices, self._index = client, slices, f"slices of {manager}"
        self._tracker = WriteTracker(slices)
        slices.add_indexer(self._index, by_service(manager))
        slices.add_handler(on_delete=self._tracker.seen_deletion)

    def of(self, service_key: str) -> list[Json]:
        """The cached slices of a service, by name, less those that are going."""
        slices = (slice for slice in self._slices.by_index(self._index, service_key) if not is_deleting(slice))
        return sorted(slices, key=key_of)

    def caught_up(self, service_key: str) -> bool:
        """Whether the cache shows all that was written for the service: if not, wait for the event."""
        return self._tracker.caught_up(service_key, self.of(service_key))

    def forget(self, service_key: str) -> None:
        self._tracker.forget(service_key)

    async def write(self, service_key: str, plan: SlicePlan) -> None:
        """Creates come first, so that no endpoint is missing in between. Raises `APIError`."""
        for slice in plan.create:
            try:
                self._tracker.wrote(service_key, await self._client.create(ENDPOINT_SLICES, slice))
            except APIError as error:
                if not is_namespace_terminating(error):
                    raise
                return
        for slice in plan.update:
            self._tracker.wrote(service_key, await self._client.update(ENDPOINT_SLICES, slice))
        for slice in plan.delete:
            await self.delete(service_key, slice)

    async def delete(self, service_key: str, slice: Json) -> None:
        try:
            await self._client.delete(ENDPOINT_SLICES, name_of(slice), namespace_of(slice), uid=uid_of(slice))
        except APIError as error:
            if not is_not_found(error):
                raise
        self._tracker.deleted(service_key, slice)
