"""Pods: binding to a node, eviction, graceful deletion.

A pod that no node has taken is deleted at once; one that runs gets its grace period, and the kubelet removes it
when all of it is gone.
"""

from __future__ import annotations

from dataclasses import replace

from pybernetes.api.errors import APIError, bad_request, conflict, too_many_requests
from pybernetes.api.object import Json, is_condition_true, name_of, set_condition
from pybernetes.api.resources import resource_for_kind
from pybernetes.api.selectors import selector_from_object
from pybernetes.apiserver.http import Response, json_response, success_status
from pybernetes.apiserver.resources import pod_changes
from pybernetes.apiserver.resources.hooks import Hooks
from pybernetes.apiserver.rest.bodies import read_as, read_object
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.delete import delete_object
from pybernetes.apiserver.rest.delete_options import Options
from pybernetes.apiserver.rest.update import write_update

_TERMINAL = ("Succeeded", "Failed")
_RETRY_EVICTION_SECONDS = 10


def graceful(pod: Json, wanted_seconds: int | None) -> int:
    """How long a delete may take: what it asks for, else the pod's own; none for what runs nowhere."""
    spec = pod.get("spec") or {}
    seconds = wanted_seconds if wanted_seconds is not None else int(spec.get("terminationGracePeriodSeconds", 30))
    if seconds < 0:
        seconds = 1
    if not spec.get("nodeName") or (pod.get("status") or {}).get("phase") in _TERMINAL:
        return 0
    return seconds


async def bind(context: Context) -> Response:
    """POST pods/x/binding: the pod runs on the target node from now on. Raises 400, 404, 409."""
    binding = read_as(context.request, "v1", "Binding")
    name = context.info.name or name_of(binding)
    context = replace(context, info=replace(context.info, name=name, subresource="binding"))
    await context.admit(binding)
    return await bind_pod(context, binding)


async def bind_by_name(context: Context) -> Response:
    """POST bindings: as `bind`, for the pod that the binding is named for. Raises 400, 404, 409."""
    binding = read_as(context.request, "v1", "Binding")
    await context.admit(binding)
    info = replace(context.info, resource="pods", name=name_of(binding), subresource="binding")
    return await bind_pod(replace(context, info=info, cache=context.state.cache.caches["pods"]), binding)


async def bind_pod(context: Context, binding: Json) -> Response:
    """Set the pod's node once, with what the binding's metadata carries. Raises 400, 404, 409."""
    target = binding.get("target") or {}
    if target.get("kind") not in (None, "", "Node"):
        raise bad_request(f'target.kind: Unsupported value: "{target["kind"]}": supported values: "Node"')
    node = target.get("name") or ""
    if not node:
        raise bad_request("target.name: Required value")
    carried = binding.get("metadata") or {}

    async def change(pod: Json) -> Json:
        return _bound(context, pod, node, carried)

    await write_update(context, change, admitted=True)
    return json_response({**success_status(), "code": 201}, 201)


def _bound(context: Context, pod: Json, node: str, carried: Json) -> Json:
    metadata, spec = pod["metadata"], pod["spec"]
    why = ""
    if carried.get("uid") and carried["uid"] != metadata["uid"]:
        why = f"Precondition failed: UID in precondition: {carried['uid']}, UID in object meta: {metadata['uid']}"
    elif metadata.get("deletionTimestamp"):
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


async def evict(context: Context) -> Response:
    """POST pods/x/eviction: delete the pod unless a disruption budget forbids it. Raises 404, 429, 500."""
    eviction = read_object(context.request, "Eviction")
    if eviction.get("kind") != "Eviction" or eviction.get("apiVersion") not in ("policy/v1", "policy/v1beta1"):
        raise bad_request("the body of an eviction is an Eviction of policy/v1")
    name = name_of(eviction) or context.info.name
    if name != context.info.name:
        raise bad_request("name in URL does not match name in Eviction object")
    options = eviction.get("deleteOptions") or {}
    preconditions = options.get("preconditions") or {}
    wanted = Options(
        options.get("gracePeriodSeconds"),
        options.get("propagationPolicy") or "",
        preconditions.get("uid") or "",
        preconditions.get("resourceVersion") or "",
        context.dry_run or bool(options.get("dryRun")),
        admitted=True,
    )
    pod = context.cache.object(await context.current())
    await context.admit(eviction)
    on_pod = replace(context, info=replace(context.info, subresource=""))
    if _counts_for_budgets(pod):
        await _take_from_budgets(context, pod)
    await delete_object(on_pod, wanted)
    return json_response({**success_status(), "code": 201}, 201)


def _counts_for_budgets(pod: Json) -> bool:
    """A pod that has ended, is pending, or is on its way out disrupts nothing."""
    phase = (pod.get("status") or {}).get("phase")
    return phase not in (*_TERMINAL, "Pending") and not pod["metadata"].get("deletionTimestamp")


async def _take_from_budgets(context: Context, pod: Json) -> None:
    """Use up one allowed disruption of the budget that covers the pod. Raises 429 if there is none left."""
    budgets = context.state.cache.caches.get("poddisruptionbudgets.policy")
    if budgets is None:
        return
    matching = []
    for entry in budgets.entries(context.info.namespace):
        budget = budgets.object(entry)
        if selector_from_object(budget["spec"].get("selector")).matches(pod["metadata"].get("labels") or {}):
            matching.append(budget)
    if len(matching) > 1:
        raise bad_request(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
    if matching:
        await _disrupt(context, matching[0], pod)


async def _disrupt(context: Context, budget: Json, pod: Json) -> None:
    name = name_of(budget)
    unhealthy_goes = (budget["spec"].get("unhealthyPodEvictionPolicy") or "IfHealthyBudget") == "AlwaysAllow"
    if not is_condition_true(pod, "Ready"):
        status = budget.get("status") or {}
        healthy = int(status.get("currentHealthy") or 0) >= int(status.get("desiredHealthy") or 0) > 0
        if unhealthy_goes or healthy:
            return
    resource = resource_for_kind("policy/v1", "PodDisruptionBudget")
    assert resource is not None, "the table has the kind"
    cache = context.state.cache.caches[resource.qualified_name]
    info = replace(context.info, group="policy", resource=resource.plural, name=name, subresource="status")

    async def change(current: Json) -> Json:
        current["metadata"].pop("resourceVersion")  # whatever state it is in: another write only means to try again
        return _less_one(current, pod, context)

    await write_update(replace(context, info=info, cache=cache), change)


def _less_one(budget: Json, pod: Json, context: Context) -> Json:
    status = budget.get("status") or {}
    if int(status.get("observedGeneration") or 0) < int(budget["metadata"].get("generation") or 0):
        raise _cannot_evict(f"The disruption budget {name_of(budget)} is still being processed by the server.")
    if int(status.get("disruptionsAllowed") or 0) <= 0:
        raise _cannot_evict(
            f"The disruption budget {name_of(budget)} needs {status.get('desiredHealthy', 0)} healthy pods and has "
            f"{status.get('currentHealthy', 0)} currently"
        )
    disrupted = {**(status.get("disruptedPods") or {}), name_of(pod): context.state.timestamp()}
    budget["status"] = {
        **status,
        "disruptionsAllowed": int(status["disruptionsAllowed"]) - 1,
        "disruptedPods": disrupted,
    }
    return budget


def _cannot_evict(why: str) -> APIError:
    error = too_many_requests(
        "Cannot evict pod as it would violate the pod's disruption budget.", _RETRY_EVICTION_SECONDS
    )
    error.status.setdefault("details", {})["causes"] = [{"reason": "DisruptionBudget", "message": why}]
    return error


BINDING_HOOKS = Hooks(handlers={("create", ""): bind_by_name})
HOOKS = Hooks(
    graceful=graceful,
    handlers={
        ("create", "binding"): bind,
        ("create", "eviction"): evict,
        **pod_changes.HANDLERS,
    },
)
