"""What an object counts for against a resource quota, and whether a quota is about it. Pure.

Amounts are exact fractions in the unit of the resource (cores, bytes, pieces), by the names that quotas use:
``requests.cpu``, ``limits.memory``, ``pods``, ``services.nodeports``, ``count/deployments.apps``. The controller
sums them up for a namespace; admission asks what one more object would add.

Counterpart: pkg/quota/v1/evaluator/core.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction

from pybernetes.api.core.pod_conditions import is_terminal
from pybernetes.api.core.pod_resources import BEST_EFFORT, CPU, pod_limits, pod_requests, qos_class
from pybernetes.api.object import Json, is_deleting, parse_time
from pybernetes.api.quantity import parse_quantity

Usage = dict[str, Fraction]

PODS, SERVICES, CLAIMS = "pods", "services", "persistentvolumeclaims"
COUNT_PREFIX = "count/"
_CLASS_SUFFIX = ".storageclass.storage.k8s.io/"
_PLAIN_COUNTS = ("configmaps", "secrets", "replicationcontrollers", "resourcequotas")
_PLAIN_REQUESTS = ("cpu", "memory", "ephemeral-storage")


def add(total: Usage, more: Mapping[str, Fraction]) -> None:
    """Add `more` to `total` in place."""
    for name, amount in more.items():
        total[name] = total.get(name, Fraction(0)) + amount


def usage_of(resource: str, obj: Json, now: datetime) -> Usage:
    """What one object of a resource (``pods``, ``deployments.apps``) counts for."""
    usage = {f"{COUNT_PREFIX}{resource}": Fraction(1)}
    if resource == PODS:
        if _still_counts(obj, now):
            usage |= _pod_usage(obj)
    elif resource == SERVICES:
        usage |= _service_usage(obj)
    elif resource == CLAIMS:
        usage |= _claim_usage(obj)
    elif resource in _PLAIN_COUNTS:
        usage[resource] = Fraction(1)
    return usage


def _still_counts(pod: Json, now: datetime) -> bool:
    """A pod that has ended, or whose time to end is over, holds nothing any more (QuotaV1Pod)."""
    if is_terminal(pod):
        return False
    grace = pod["metadata"].get("deletionGracePeriodSeconds")
    if not is_deleting(pod) or grace is None:
        return True
    return now <= parse_time(pod["metadata"]["deletionTimestamp"]) + timedelta(seconds=grace)


def _pod_usage(pod: Json) -> Usage:
    usage: Usage = {PODS: Fraction(1)}
    for name, amount in pod_requests(pod).items():
        exact = Fraction(amount, 1000 if name == CPU else 1)
        usage[f"requests.{name}"] = exact
        if name in _PLAIN_REQUESTS or name.startswith("hugepages-"):
            usage[name] = exact
    for name, amount in pod_limits(pod).items():
        usage[f"limits.{name}"] = Fraction(amount, 1000 if name == CPU else 1)
    return usage


def _service_usage(service: Json) -> Usage:
    spec = service.get("spec") or {}
    usage: Usage = {SERVICES: Fraction(1)}
    ports, type = spec.get("ports") or (), spec.get("type")
    if type == "LoadBalancer":
        usage["services.loadbalancers"] = Fraction(1)
    if type in ("NodePort", "LoadBalancer"):
        allocated = type == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)
        numbered = len(ports) if allocated else sum(bool(port.get("nodePort")) for port in ports)
        usage["services.nodeports"] = Fraction(numbered)
    return usage


def _claim_usage(claim: Json) -> Usage:
    spec = claim.get("spec") or {}
    storage = parse_quantity(((spec.get("resources") or {}).get("requests") or {}).get("storage") or "0")
    allocated = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
    if allocated:
        storage = max(storage, parse_quantity(allocated))
    usage: Usage = {CLAIMS: Fraction(1), "requests.storage": storage}
    if spec.get("storageClassName"):
        prefix = f"{spec['storageClassName']}{_CLASS_SUFFIX}"
        usage |= {f"{prefix}requests.storage": storage, f"{prefix}{CLAIMS}": Fraction(1)}
    return usage


def resource_counted_by(name: str) -> str:
    """The API resource whose objects an entry of ``spec.hard`` counts: ``requests.cpu`` counts pods."""
    if name.startswith(COUNT_PREFIX):
        return name.removeprefix(COUNT_PREFIX)
    if name.startswith(f"{SERVICES}."):
        return SERVICES
    if name == "requests.storage" or _CLASS_SUFFIX in name:
        return CLAIMS
    if name in (*_PLAIN_COUNTS, SERVICES, CLAIMS):
        return name
    return PODS


def resources_counted(quota: Json) -> set[str]:
    """All API resources whose objects count against the quota."""
    return {resource_counted_by(name) for name in (quota.get("spec") or {}).get("hard") or {}}


def scopes_of(quota: Json) -> list[Json]:
    """What an object must be to be in all of the quota's scopes."""
    spec = quota.get("spec") or {}
    requirements: list[Json] = [{"scopeName": scope, "operator": "Exists"} for scope in spec.get("scopes") or ()]
    return requirements + ((spec.get("scopeSelector") or {}).get("matchExpressions") or [])


def is_about(quota: Json, resource: str, obj: Json) -> bool:
    """Whether the object is in all of the quota's scopes. Only pods can be in any."""
    requirements = scopes_of(quota)
    if not requirements:
        return True
    return resource == PODS and all(_in_scope(requirement, obj) for requirement in requirements)


def _in_scope(requirement: Json, pod: Json) -> bool:
    spec = pod.get("spec") or {}
    match requirement["scopeName"]:
        case "Terminating":
            return spec.get("activeDeadlineSeconds") is not None
        case "NotTerminating":
            return spec.get("activeDeadlineSeconds") is None
        case "BestEffort":
            return qos_class(pod) == BEST_EFFORT
        case "NotBestEffort":
            return qos_class(pod) != BEST_EFFORT
        case "PriorityClass":
            return _selects(requirement, str(spec.get("priorityClassName") or ""))
        case "CrossNamespacePodAffinity":
            return _reaches_other_namespaces(spec.get("affinity") or {})
        case _:
            return False


def _selects(requirement: Json, value: str) -> bool:
    values = requirement.get("values") or ()
    match requirement["operator"]:
        case "Exists":
            return bool(value)
        case "DoesNotExist":
            return not value
        case "In":
            return value in values
        case _:
            return value not in values


def _reaches_other_namespaces(affinity: Json) -> bool:
    return any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in _terms(affinity))


def _terms(affinity: Json) -> Iterable[Json]:
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        yield from rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        for weighted in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            yield weighted.get("podAffinityTerm") or {}
