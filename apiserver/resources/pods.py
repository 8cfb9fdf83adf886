"""Pods: binding to a node, graceful deletion.

A pod that no node has taken is deleted at once; one that runs gets its grace period, and the kubelet removes it
when all of it is gone.
"""

from __future__ import annotations

from dataclasses import replace

from pybernetes.api.errors import bad_request, conflict, failure
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, name_of, set_condition
from pybernetes.apiserver.http import Response, json_response, success_status
from pybernetes.apiserver.resources import evictions, pod_changes
from pybernetes.apiserver.resources.hooks import Hooks
from pybernetes.apiserver.rest.bodies import read_as
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.store_write import kubernetes_key
from pybernetes.apiserver.rest.update import write_update


def graceful(pod: Json, wanted_seconds: int | None) -> int:
    """How long a delete may take: what it asks for, else the pod's own; none for what runs nowhere."""
    spec = pod.get("spec") or {}
    seconds = wanted_seconds if wanted_seconds is not None else int(spec.get("terminationGracePeriodSeconds", 30))
    if seconds < 0:
        seconds = 1
    if not spec.get("nodeName") or (pod.get("status") or {}).get("phase") in evictions.ENDED:
        return 0
    return seconds


async def bind(context: Context) -> Response:
    """POST pods/x/binding: the pod runs on the target node from now on. Raises 400, 404, 409, 500."""
    binding = read_as(context.request, "v1", "Binding")
    if name_of(binding) != context.info.name:
        raise bad_request("name in URL does not match name in Binding object")
    _check_target(binding)
    await context.admit(binding)
    return await _bind_pod(context, binding)


async def bind_by_name(context: Context) -> Response:
    """POST bindings: as `bind`, for the pod that the binding is named for. Raises 400, 404, 409, 500."""
    binding = read_as(context.request, "v1", "Binding")
    _check_target(binding)
    await context.admit(binding)
    info = replace(context.info, resource="pods", name=name_of(binding), subresource="binding")
    return await _bind_pod(replace(context, info=info, cache=context.state.cache.caches["pods"]), binding)


def _check_target(binding: Json) -> None:
    """The target is a node. Raises 500 as kube-apiserver does: there the error has no class."""
    target, errors = binding.get("target") or {}, ErrorList()
    if target.get("kind") not in (None, "", "Node"):
        errors.not_supported("target.kind", target["kind"], ("Node", "<empty>"))
    if not target.get("name"):
        errors.required("target.name")
    if errors:
        found = [f"{cause['field']}: {cause['message']}" for cause in errors.causes]
        raise failure(500, "", found[0] if len(found) == 1 else f"[{', '.join(found)}]")


async def _bind_pod(context: Context, binding: Json) -> Response:
    """Set the pod's node once, with what the binding's metadata carries. Raises 404, 409."""

    async def change(pod: Json) -> Json:
        return _bound(context, pod, binding["target"]["name"], binding["metadata"])

    await write_update(context, change, admitted=True)
    return json_response({**success_status(), "code": 201}, 201)


def _check_preconditions(context: Context, metadata: Json, carried: Json) -> None:
    """The binding is about this pod in this state, if it names one. Raises 409."""
    for what, field in (("UID", "uid"), ("ResourceVersion", "resourceVersion")):
        if carried.get(field) and carried[field] != metadata[field]:
            why = (
                f"StorageError: invalid object, Code: 4, Key: {kubernetes_key(context)}, ResourceVersion: 0, "
                f"AdditionalErrorMsg: Precondition failed: {what} in precondition: {carried[field]}, "
                f"{what} in object meta: {metadata[field]}"
            )
            raise conflict("pods", metadata["name"], why)


def _bound(context: Context, pod: Json, node: str, carried: Json) -> Json:
    metadata, spec = pod["metadata"], pod["spec"]
    _check_preconditions(context, metadata, carried)
    why = ""
    if metadata.get("deletionTimestamp"):
        why = f"pod {metadata['name']} is being deleted, cannot be assigned to a host"
    elif spec.get("nodeName"):
        why = f'pod {metadata["name"]} is already assigned to node "{spec["nodeName"]}"'
    elif spec.get("schedulingGates"):
        why = f"pod {metadata['name']} has non-empty .spec.schedulingGates"
    if why:
        raise conflict("pods/binding", metadata["name"], why)
    metadata.pop("resourceVersion")
    spec["nodeName"] = node
    for field in ("labels", "annotations"):
        if carried.get(field):
            metadata[field] = {**(metadata.get(field) or {}), **carried[field]}
    status = pod.setdefault("status", {})
    scheduled = {"type": "PodScheduled", "status": "True"}
    status["conditions"] = set_condition(status.get("conditions") or (), scheduled, context.state.timestamp())
    return pod


BINDING_HOOKS = Hooks(handlers={("create", ""): bind_by_name})
HOOKS = Hooks(
    graceful=graceful,
    handlers={
        ("create", "binding"): bind,
        ("create", "eviction"): evictions.evict,
        **pod_changes.HANDLERS,
    },
)
