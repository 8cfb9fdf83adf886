"""ResourceQuota: a namespace uses no more than its quotas let it.

    what the write adds → every quota that is about the object → still within status.hard? → status.used grows

What is used is kept in each quota's status, and it grows by compare-and-swap before the object is stored: however
many creates run at once, in however many API servers, two of them never take the last piece. Within one server a
namespace's charges wait for each other, and all that wait are charged by one write, in the order in which they came.
A write that fails later gives back what it took; deletes are found by the quota controller, which counts everything
again.

What an object counts for is `api.core.quota_usage`, which the controller uses too. A quota limits what its
``status.hard`` names, so nothing before the controller has looked at it.

Counterpart: k8s.io/apiserver/pkg/admission/plugin/resourcequota.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from weakref import WeakValueDictionary

from pybernetes.api.core.quota_usage import Usage, is_about, resource_counted_by, scopes_of, usage_of
from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, name_of
from pybernetes.api.quantity import format_quantity, parse_quantity
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.paths import PathInfo
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.update import Change, write_update

QUOTAS = "resourcequotas"
_CHANGES_COUNT = ("services", "persistentvolumeclaims")  # of what may change in a way that counts
_MOST_AT_ONCE = 128  # charges that one write makes; as many as are likely to wait while the one before is stored
_MUST_SPECIFY = ("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")


class ResourceQuota(AdmissionPlugin):
    """`limitedResources` of the configuration may be used only where a quota says how much."""

    def __init__(self, configuration: Json | None = None) -> None:
        self._limited = tuple((configuration or {}).get("limitedResources") or ())
        self._desks: WeakValueDictionary[str, _Desk] = WeakValueDictionary()

    def handles(self, operation: Operation) -> bool:
        if not operation.resource.namespaced:
            return False
        if operation.subresource:
            return operation.is_for("pods", UPDATE, subresource="resize")
        changes = operation.verb == UPDATE and operation.resource.qualified_name in _CHANGES_COUNT
        return operation.verb == CREATE or changes

    async def validate(self, operation: Operation) -> None:
        quotas = list(operation.state.cache.list(QUOTAS, operation.namespace))
        if operation.obj is None or not (quotas or self._limited):
            return
        charge = charge_of(operation)
        why = uncovered(self._limited, quotas, charge)
        if why:
            raise operation.forbid(why)
        names = [name_of(quota) for quota in quotas if concerns(quota, charge)]
        if not names:
            return
        waiting = _Waiting(operation, charge, names)
        if operation.dry_run:
            await _take([waiting])
        else:
            await self._desks.setdefault(operation.namespace, _Desk()).charge(waiting)
        if waiting.error is not None:
            raise waiting.error


@dataclass(frozen=True)
class Charge:
    """What one write adds to what is used of each counted name. `resource` is ``pods`` or ``deployments.apps``."""

    resource: str
    obj: Json
    more: Usage


def charge_of(operation: Operation) -> Charge:
    """What the write adds. An update is charged for what it uses more than before, and given nothing back."""
    resource, obj, now = operation.resource.qualified_name, operation.obj, operation.state.now()
    assert obj is not None, "quotas are about writes of objects"
    usage = usage_of(resource, obj, now)
    before = usage_of(resource, operation.old, now) if operation.old is not None else {}
    more = {name: amount - before.get(name, 0) for name, amount in usage.items()}
    return Charge(resource, obj, {name: amount for name, amount in more.items() if amount > 0})


def concerns(quota: Json, charge: Charge) -> bool:
    """Whether the quota limits anything of the object's kind, and the object is in its scopes."""
    return bool(_limited(quota, charge.resource)) and is_about(quota, charge.resource, charge.obj)


def _limited(quota: Json, resource: str) -> list[str]:
    """The names of status.hard that count objects of the resource."""
    hard = (quota.get("status") or {}).get("hard") or {}
    return [name for name in sorted(hard) if _counts(name, resource)]


def uncovered(limited: Iterable[Json], quotas: Sequence[Json], charge: Charge) -> str:
    """What of the limited resources the write uses without a quota on it; empty if it uses none so."""
    of_resource = [one for one in limited if _limits(one, charge.resource)]
    if not of_resource:
        return ""
    concerned = [quota for quota in quotas if concerns(quota, charge)]
    texts = [text for one in of_resource for text in one.get("matchContains") or ()]
    used = {name for name in charge.more if any(text in name for text in texts)}
    missing = used - {name for quota in concerned for name in _limited(quota, charge.resource)}
    if missing:
        return f"insufficient quota to consume: {','.join(sorted(missing))}"
    scopes = [scope for one in of_resource for scope in one.get("matchScopes") or ()]
    covered = {scope["scopeName"] for quota in concerned for scope in scopes_of(quota)}
    without = [
        scope
        for scope in scopes
        if scope["scopeName"] not in covered
        and is_about({"spec": {"scopeSelector": {"matchExpressions": [scope]}}}, charge.resource, charge.obj)
    ]
    if not without:
        return ""
    shown = " ".join(
        f"{{{one['scopeName']} {one.get('operator', '')} [{' '.join(one.get('values') or ())}]}}" for one in without
    )
    return f"insufficient quota to match these scopes: [{shown}]"


def _limits(limited: Json, resource: str) -> bool:
    group = limited.get("apiGroup") or ""
    return (f"{limited.get('resource')}.{group}" if group else limited.get("resource")) == resource


def _counts(name: str, resource: str) -> bool:
    return name == f"count/{resource}" or (not name.startswith("count/") and resource_counted_by(name) == resource)


def refusal(quota: Json, charge: Charge) -> str:
    """Why the quota does not let the object in; empty if it does."""
    limited, name, more = _limited(quota, charge.resource), name_of(quota), charge.more
    missing = missing_resources(charge.obj, limited) if charge.resource == "pods" else ""
    if missing:
        return f"failed quota: {name}: must specify {missing}"
    hard, used = quota["status"]["hard"], quota["status"].get("used") or {}
    unknown = [one for one in limited if one not in used]
    if unknown:
        return f"status unknown for quota: {name}, resources: {','.join(unknown)}"
    exceeded = [one for one in limited if one in more and _sum(used[one], more[one]) > parse_quantity(hard[one])]
    if not exceeded:
        return ""
    requested = {one: format_quantity(more[one], like=hard[one]) for one in exceeded}
    shown = [",".join(f"{one}={amounts[one]}" for one in exceeded) for amounts in (requested, used, hard)]
    return f"exceeded quota: {name}, requested: {shown[0]}, used: {shown[1]}, limited: {shown[2]}"


def _sum(quantity: str, amount: Fraction) -> Fraction:
    return parse_quantity(quantity) + amount


def missing_resources(pod: Json, limited: Iterable[str]) -> str:
    """``limits.cpu for: c1,c2; …``: what is limited and some containers do not say. Empty if they say everything."""
    spec = pod.get("spec") or {}
    whole_pod = spec.get("resources") or {}
    if whole_pod.get("requests") or whole_pod.get("limits"):
        return ""
    missing: dict[str, set[str]] = {}
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        resources = container.get("resources") or {}
        for name in limited:
            part, _, resource = name.rpartition(".")
            if name in _MUST_SPECIFY and resource not in (resources.get(part or "requests") or {}):
                missing.setdefault(name, set()).add(container["name"])
    return "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))


def with_used(quota: Json, more: Usage, *, sign: int = 1) -> Json:
    """The quota with the amounts that its status counts added to (or, with sign -1, taken from) what is used."""
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, dict(status.get("used") or {})
    for name, amount in more.items():
        if name in hard and name in used:
            total = max(Fraction(0), _sum(used[name], sign * amount))
            used[name] = format_quantity(total, like=hard[name])
    return {**quota, "status": {**status, "used": used}}


@dataclass(eq=False)
class _Waiting:
    """One write's charge to the quotas that it concerns, and how that went: `error` is why it is not let in."""

    operation: Operation
    charge: Charge
    names: list[str]
    error: APIError | None = None
    done: bool = False


class _Desk:
    """Where the charges of one namespace wait. Whoever comes to the counter first brings all who wait behind."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting: deque[_Waiting] = deque()

    async def charge(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        try:
            async with self._turn:
                while not waiting.done:
                    count = min(len(self._waiting), _MOST_AT_ONCE)
                    await _take([self._waiting.popleft() for _ in range(count)] or [waiting])
        finally:
            if waiting in self._waiting:  # cut off before its turn came
                self._waiting.remove(waiting)


async def _take(batch: list[_Waiting]) -> None:
    """Charge every quota that concerns any of them, as it is at that moment, for those whom it has room for.

    Those it has none for have their `error` then, and so have all if other servers came first again and again.
    """
    for name in dict.fromkeys(name for one in batch for name in one.names):
        charged = [one for one in batch if name in one.names and one.error is None]
        try:
            await _take_from(name, charged)
        except APIError as error:
            for one in charged:
                one.error = error
    for one in batch:
        one.done = True


async def _take_from(name: str, batch: list[_Waiting]) -> None:
    refused: dict[_Waiting, str] = {}

    async def change(quota: Json) -> Json:
        refused.clear()
        for one in batch:
            if concerns(quota, one.charge):
                refused[one] = refusal(quota, one.charge)
                quota = quota if refused[one] else with_used(quota, one.charge.more)
        return quota

    if not batch or not await _write(batch[0].operation, name, change):
        return
    for one, why in refused.items():
        if why:
            one.error = one.operation.forbid(why)
        elif not one.operation.dry_run:
            one.operation.undo.append(partial(_give_back, one.operation, name, one.charge.more))


async def _give_back(operation: Operation, name: str, more: Usage) -> None:
    async def change(quota: Json) -> Json:
        return with_used(quota, more, sign=-1)

    await _write(operation, name, change)


async def _write(operation: Operation, name: str, change: Change) -> bool:
    """Change a quota's status, from its newest state; False if the quota is gone."""

    async def unpinned(quota: Json) -> Json:
        new = await change(quota)
        new["metadata"].pop("resourceVersion", None)  # whatever state it is in: another write only means to try again
        return new

    query = {"dryRun": "All"} if operation.dry_run else {}
    info = PathInfo("", "v1", operation.namespace, QUOTAS, name, "status")
    state = operation.state
    request = Request("PUT", "", query, {"user-agent": "kube-apiserver"})
    context = Context(state, request, info, operation.user, state.cache.caches[QUOTAS])
    try:
        await write_update(context, unpinned)
    except APIError as error:
        if not is_not_found(error):
            raise
        return False
    return True
