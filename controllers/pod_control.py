"""Making and deleting pods for an owner, and saying so.

Counterpart: controller.RealPodControl.
"""

from __future__ import annotations

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, controller_reference, deep_copy, name_of, namespace_of, uid_of
from pybernetes.client.client import Client
from pybernetes.client.events import NORMAL, WARNING, EventRecorder
from pybernetes.client.transport import TransportError


def is_namespace_terminating(error: BaseException) -> bool:
    """The API server refused to create something because its namespace is going."""
    return isinstance(error, APIError) and any(cause.get("reason") == "NamespaceTerminating" for cause in error.causes)


def pod_from_template(template: Json, owner: Json) -> Json:
    """A pod to create for `owner`, named after it (GetPodFromTemplate)."""
    source = template.get("metadata") or {}
    metadata: Json = {
        name: deep_copy(source[name]) for name in ("labels", "annotations", "finalizers") if name in source
    }
    metadata["generateName"] = f"{name_of(owner)}-"
    metadata["namespace"] = namespace_of(owner)
    metadata["ownerReferences"] = [controller_reference(owner)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": deep_copy(template.get("spec") or {})}


class PodControl:
    """Pods of owners of one kind."""

    def __init__(self, client: Client, recorder: EventRecorder):
        self._client = client
        self._recorder = recorder

    async def create(self, owner: Json, template: Json) -> None:
        """Raises `APIError`, `TransportError`; tells of success and failure alike."""
        try:
            pod = await self._client.create("pods", pod_from_template(template, owner))
        except (APIError, TransportError) as error:
            if not is_namespace_terminating(error):
                self._recorder.event(owner, WARNING, "FailedCreate", f"Error creating: {error}")
            raise
        self._recorder.event(owner, NORMAL, "SuccessfulCreate", f"Created pod: {name_of(pod)}")

    async def delete(self, owner: Json, pod: Json) -> None:
        """Raises `APIError` (also when the pod is gone), `TransportError`."""
        try:
            await self._client.delete("pods", name_of(pod), namespace_of(pod), uid=uid_of(pod))
        except (APIError, TransportError) as error:
            if not is_not_found(error):
                self._recorder.event(owner, WARNING, "FailedDelete", f"Error deleting: {error}")
            raise
        self._recorder.event(owner, NORMAL, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
