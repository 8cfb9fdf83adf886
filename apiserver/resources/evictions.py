"""Evictions: deleting a pod unless that would break a disruption budget.

A pod that has ended, that never ran, or that is on its way out already breaks nothing and goes at once. For any other,
the budget that selects it has to give one of the disruptions that it allows: the name of the pod is written into its
status first, so that nobody counts with the pod any more, and then the pod is deleted. A pod that is not ready is not
counted as healthy anyway, and goes without that if the budget is kept or says that such pods always may.

Counterpart: pkg/registry/core/pod/storage/eviction.go.
"""

from __future__ import annotations

from dataclasses import replace

from pybernetes.api.errors import APIError, bad_request, forbidden, is_conflict, too_many_requests
from pybernetes.api.object import Json, is_condition_true, name_of, set_condition
from pybernetes.api.policy.eviction import Eviction
from pybernetes.api.resources import resource_for_kind
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.api.selectors import selector_from_object
from pybernetes.apiserver.http import Response, json_response, success_status
from pybernetes.apiserver.rest.bodies import check_type, decode_as, read_object
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.delete import delete_object
from pybernetes.apiserver.rest.delete_options import Options
from pybernetes.apiserver.rest.update import write_update

ENDED = ("Succeeded", "Failed")
_VERSIONS = ("policy/v1", "policy/v1beta1")
_RETRY_SECONDS = 10  # until the controller has seen what was changed
_MAX_DISRUPTED_PODS = 2000  # evictions granted that no controller has seen: it will take them out, or is not there
_TWO_BUDGETS = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Failure",
    "message": "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    "code": 500,
}

_decoder = Decoder(struct_of(Eviction))


async def evict(context: Context) -> Response:
    """POST pods/x/eviction: delete the pod unless a disruption budget forbids it. Raises 400, 403, 404, 409, 429."""
    eviction = _read(context)
    options = _options(context, eviction)
    await context.admit(eviction)
    pod = context.cache.object(await context.current())
    on_pod = replace(context, info=replace(context.info, subresource=""))
    budgets = _budgets_of(context, pod) if _counts_for_budgets(pod) else []
    if len(budgets) > 1:
        return json_response(_TWO_BUDGETS, 201)  # the code is in the body alone
    if budgets and _goes_without(budgets[0], pod):
        await _delete_as_it_is(on_pod, options, pod, name_of(budgets[0]))
    else:
        if budgets:
            await _take_from(context, budgets[0], pod, dry_run=options.dry_run)
        await delete_object(on_pod, options)
    return json_response({**success_status(), "code": 201}, 201)


def _read(context: Context) -> Json:
    body = read_object(context.request, "Eviction")
    given = body.get("apiVersion")
    check_type(body, given if given in _VERSIONS else _VERSIONS[0], "Eviction")
    eviction = decode_as(context.request, body, _decoder, "Eviction", str(body["apiVersion"]).partition("/")[2])
    if name_of(eviction) != context.info.name:
        raise bad_request("name in URL does not match name in Eviction object")
    return eviction


def _options(context: Context, eviction: Json) -> Options:
    said = eviction.get("deleteOptions") or {}
    preconditions = said.get("preconditions") or {}
    return Options(
        said.get("gracePeriodSeconds"),
        said.get("propagationPolicy") or "",
        preconditions.get("uid") or "",
        preconditions.get("resourceVersion") or "",
        context.dry_run or bool(said.get("dryRun")),
        admitted=True,
    )


def _counts_for_budgets(pod: Json) -> bool:
    """A pod that has ended, is pending, or is on its way out disrupts nothing."""
    phase = (pod.get("status") or {}).get("phase")
    return phase not in (*ENDED, "Pending") and not pod["metadata"].get("deletionTimestamp")


def _budgets_of(context: Context, pod: Json) -> list[Json]:
    budgets = context.state.cache.caches["poddisruptionbudgets.policy"]
    labels = pod["metadata"].get("labels") or {}
    found = (budgets.object(entry) for entry in budgets.entries(context.info.namespace))
    return [budget for budget in found if selector_from_object(budget["spec"].get("selector")).matches(labels)]


def _goes_without(budget: Json, pod: Json) -> bool:
    """Whether the pod is none of those that the budget counts as healthy, and may go for that."""
    if is_condition_true(pod, "Ready"):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    return int(status.get("currentHealthy") or 0) >= int(status.get("desiredHealthy") or 0) > 0


async def _delete_as_it_is(context: Context, options: Options, pod: Json, budget: str) -> None:
    """Delete the pod in the state in which it may go. Raises 429 if it has become another one, maybe a healthy one."""
    version = options.resource_version or pod["metadata"]["resourceVersion"]
    try:
        await delete_object(context, replace(options, resource_version=version))
    except APIError as error:
        if options.resource_version or not is_conflict(error):
            raise
        raise _in_process(budget) from None


async def _take_from(context: Context, budget: Json, pod: Json, *, dry_run: bool) -> None:
    """Use up one allowed disruption of the budget. Raises 403, 429 if it gives none."""
    now = context.state.timestamp()
    if dry_run:
        less_one(budget, name_of(pod), now)
        return
    resource = resource_for_kind("policy/v1", "PodDisruptionBudget")
    assert resource is not None, "the table has the kind"
    cache = context.state.cache.caches[resource.qualified_name]
    info = replace(context.info, group="policy", resource=resource.plural, name=name_of(budget), subresource="status")

    async def change(current: Json) -> Json:
        current["metadata"].pop("resourceVersion")  # whatever state it is in: another write only means to try again
        return less_one(current, name_of(pod), now)

    await write_update(replace(context, info=info, cache=cache), change)


def less_one(budget: Json, pod: str, now: str) -> Json:
    """The budget with one disruption less that it allows, used up for the pod. Raises 403, 429 if it gives none."""
    name, status = name_of(budget), budget.get("status") or {}
    allowed = int(status.get("disruptionsAllowed") or 0)
    if int(status.get("observedGeneration") or 0) < int(budget["metadata"].get("generation") or 0):
        raise _in_process(name)
    if allowed < 0:
        raise forbidden("poddisruptionbudget", name, "pdb disruptions allowed is negative", "policy")
    if len(status.get("disruptedPods") or {}) > _MAX_DISRUPTED_PODS:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise forbidden("poddisruptionbudget", name, why, "policy")
    if allowed == 0:
        raise _refused(_why_none(name, status))
    changed = {**status, "disruptionsAllowed": allowed - 1}
    changed["disruptedPods"] = {**(status.get("disruptedPods") or {}), pod: now}
    if allowed == 1:
        condition = {
            "type": "DisruptionAllowed",
            "status": "False",
            "reason": "InsufficientPods",
            "message": "",
            "observedGeneration": int(status.get("observedGeneration") or 0),
        }
        changed["conditions"] = set_condition(status.get("conditions") or (), condition, now)
    return {**budget, "status": changed}


def _why_none(name: str, status: Json) -> str:
    for condition in status.get("conditions") or ():
        if condition.get("type") == "DisruptionAllowed" and condition.get("reason") == "SyncFailed":
            why = condition.get("message") or ""
            return f"The disruption budget {name} does not allow evicting pods currently because it failed sync: {why}"
    desired, current = status.get("desiredHealthy") or 0, status.get("currentHealthy") or 0
    return f"The disruption budget {name} needs {desired} healthy pods and has {current} currently"


def _in_process(budget: str) -> APIError:
    return _refused(f"The disruption budget {budget} is still being processed by the server.", _RETRY_SECONDS)


def _refused(why: str, retry_seconds: int = 0) -> APIError:
    error = too_many_requests("Cannot evict pod as it would violate the pod's disruption budget.", retry_seconds)
    error.status.setdefault("details", {})["causes"] = [{"reason": "DisruptionBudget", "message": why}]
    return error
