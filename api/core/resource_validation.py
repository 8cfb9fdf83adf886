"""The rules on resource names and amounts: which resources a container, a pod or a quota may name, and how much.

Counterpart: the resource parts of pkg/apis/core/validation and pkg/apis/core/helper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

from pybernetes.api.core.pod_resources import HUGEPAGES_PREFIX, is_pod_level_resource
from pybernetes.api.field import ErrorList
from pybernetes.api.names import dns_label, qualified_name
from pybernetes.api.object import Json
from pybernetes.api.quantity import milli, parse_quantity, whole

NOT_NEGATIVE = "must be greater than or equal to 0"
_CACHED = 1024  # resource names and amounts repeat

_STANDARD_CONTAINER = frozenset(("cpu", "memory", "ephemeral-storage"))
_OBJECT_COUNTS = frozenset(
    (
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    )
)
_QUOTA_COMPUTE = frozenset(
    (
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.storage",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
    )
)
_STANDARD_QUOTA = _OBJECT_COUNTS | _QUOTA_COMPUTE
_STANDARD = _STANDARD_QUOTA | {"storage"}
_HUGEPAGES_REQUEST_PREFIX = "requests.hugepages-"
_DEFAULT_NAMESPACE = "kubernetes.io/"
_REQUESTS_PREFIX = "requests."

NameCheck = Callable[[str], tuple[str, ...]]


def is_hugepages(name: str) -> bool:
    return name.startswith(HUGEPAGES_PREFIX)


def is_native(name: str) -> bool:
    """Without a domain, or in Kubernetes' own."""
    return "/" not in name or _DEFAULT_NAMESPACE in name


def is_overcommit_allowed(name: str) -> bool:
    """Whether a request may be less than the limit."""
    return is_native(name) and not is_hugepages(name)


def is_extended(name: str) -> bool:
    """Counted per node and asked for in whole pieces, such as example.com/gpu."""
    if is_native(name) or name.startswith(_REQUESTS_PREFIX):
        return False
    return not qualified_name(_REQUESTS_PREFIX + name)


def _is_integer(name: str) -> bool:
    return name in _OBJECT_COUNTS or is_extended(name)


def is_standard_quota(name: str) -> bool:
    return name in _STANDARD_QUOTA or name.startswith((HUGEPAGES_PREFIX, _HUGEPAGES_REQUEST_PREFIX))


@lru_cache(_CACHED)
def resource_name(name: str) -> tuple[str, ...]:
    """What is wrong with a resource's name, wherever it stands."""
    wrong = tuple(qualified_name(name))
    if wrong or "/" in name or name in _STANDARD:
        return wrong
    if name.startswith((HUGEPAGES_PREFIX, _HUGEPAGES_REQUEST_PREFIX)):
        return ()
    return ("must be a standard resource type or fully qualified",)


@lru_cache(_CACHED)
def container_resource_name(name: str) -> tuple[str, ...]:
    """What is wrong with the name of a container's resource."""
    wrong = resource_name(name)
    if "/" not in name:
        if name not in _STANDARD_CONTAINER and not is_hugepages(name):
            return (*wrong, "must be a standard resource for containers")
    elif not is_native(name) and not is_extended(name):
        return (*wrong, "doesn't follow extended resource name standard")
    return wrong


@lru_cache(_CACHED)
def quota_resource_name(name: str) -> tuple[str, ...]:
    """What is wrong with the name of a resource that a quota limits."""
    wrong = resource_name(name)
    if "/" not in name and not is_standard_quota(name):
        return (*wrong, "must be a standard resource for quota")
    return wrong


def validate_quantity(name: str, quantity: str, path: str, errors: ErrorList) -> None:
    """An amount is not negative, and whole where the resource comes in pieces (ValidateResourceQuantityValue)."""
    for wrong in _wrong_quantity(name, quantity):
        errors.invalid(path, quantity, wrong)


@lru_cache(_CACHED)
def _wrong_quantity(name: str, quantity: str) -> tuple[str, ...]:
    wrong = []
    if parse_quantity(quantity) < 0:
        wrong.append(NOT_NEGATIVE)
    if _is_integer(name) and milli(quantity) % 1000 != 0:
        wrong.append("must be an integer")
    return tuple(wrong)


def validate_resource_list(quantities: Mapping[str, str], path: str, errors: ErrorList, name_check: NameCheck) -> None:
    """The names and amounts of a resource list."""
    for name, quantity in quantities.items():
        wrong = name_check(name)
        if wrong:
            errors.each_invalid(f"{path}[{name}]", name, wrong)
        if _wrong_quantity(name, quantity):
            validate_quantity(name, quantity, f"{path}[{name}]", errors)


def validate_container_resources(
    requirements: Json, claim_names: Collection[str], path: str, errors: ErrorList
) -> None:
    """The requests, limits and claims of a container (ValidateContainerResourceRequirements)."""
    if requirements:
        _validate_requirements(requirements, container_resource_name, claim_names, path, errors)


def validate_pod_level_resources(
    spec: Json, totals: Mapping[str, Mapping[str, str]], path: str, errors: ErrorList
) -> None:
    """The resources of a pod as a whole. `totals` are the sums of its containers' requests and limits."""
    requirements = spec["resources"]
    if (spec.get("os") or {}).get("name") == "windows":
        errors.forbidden(path, "may not be set for a windows pod")
        return
    if requirements.get("claims"):
        errors.forbidden(f"{path}.claims", "claims may not be set for Resources at pod-level")
    for part in ("limits", "requests"):
        for name in requirements.get(part) or ():
            if not resource_name(name) and not is_pod_level_resource(name):
                errors.not_supported(f"{path}.{part}[{name}]", name, {"cpu", "memory", HUGEPAGES_PREFIX})
    _validate_requirements(requirements, resource_name, (), path, errors)
    requests, limits = requirements.get("requests") or {}, requirements.get("limits") or {}
    huge_limits = {name: limit for name, limit in totals["limits"].items() if is_hugepages(name)}
    for part, own, total in (("requests", requests, totals["requests"]), ("limits", limits, huge_limits)):
        for name, needed in total.items():
            held = own.get(name)
            if held is not None and parse_quantity(needed) > parse_quantity(held):
                detail = f"must be greater than or equal to aggregate container {part} of {needed}"
                errors.invalid(f"{path}.{part}[{name}]", held, detail)
    for index, container in enumerate(spec.get("containers") or ()):
        for name, limit in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and parse_quantity(limit) > parse_quantity(limits[name]):
                detail = f"must be less than or equal to pod limits of {limits[name]}"
                errors.invalid(f"{path}.containers[{index}][{name}].limits", limit, detail)


def _validate_requirements(
    requirements: Json, name_check: NameCheck, claim_names: Collection[str], path: str, errors: ErrorList
) -> None:
    limits, requests = requirements.get("limits") or {}, requirements.get("requests") or {}
    if limits:
        validate_resource_list(limits, f"{path}.limits", errors, name_check)
    if requests:
        validate_resource_list(requests, f"{path}.requests", errors, name_check)
        _validate_requests_fit(requests, limits, path, errors)
    if any(is_hugepages(name) for name in (*limits, *requests)):
        _validate_hugepages(limits, requests, path, errors)
    if requirements.get("claims"):
        _validate_claims(requirements["claims"], claim_names, f"{path}.claims", errors)


def _validate_requests_fit(
    requests: Mapping[str, str], limits: Mapping[str, str], path: str, errors: ErrorList
) -> None:
    for name, quantity in requests.items():
        limit = limits.get(name)
        if limit is None:
            if not is_overcommit_allowed(name):
                errors.required(f"{path}.limits", "Limit must be set for non overcommitable resources")
        elif limit != quantity:
            requested, allowed = parse_quantity(quantity), parse_quantity(limit)
            if requested != allowed and not is_overcommit_allowed(name):
                errors.invalid(f"{path}.requests", quantity, f"must be equal to {name} limit of {limit}")
            elif requested > allowed:
                errors.invalid(f"{path}.requests", quantity, f"must be less than or equal to {name} limit of {limit}")


def _validate_hugepages(limits: Mapping[str, str], requests: Mapping[str, str], path: str, errors: ErrorList) -> None:
    for part, quantities in (("limits", limits), ("requests", requests)):
        for name, quantity in quantities.items():
            if is_hugepages(name) and not _is_whole_pages(name, quantity):
                detail = f"{quantity} is not positive integer multiple of {name}"
                errors.invalid(f"{path}.{part}[{name}]", quantity, detail)
    if not any(name in ("cpu", "memory") for name in (*limits, *requests)):
        errors.forbidden(path, "HugePages require cpu or memory")


def _is_whole_pages(name: str, quantity: str) -> bool:
    try:
        page = whole(name.removeprefix(HUGEPAGES_PREFIX))
    except ValueError:
        return False
    return page > 0 and whole(quantity) % page == 0


def _validate_claims(claims: list[Json], known: Collection[str], path: str, errors: ErrorList) -> None:
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        name, request, at = claim.get("name") or "", claim.get("request") or "", f"{path}[{index}]"
        if not name:
            errors.required(at)
            continue
        if name in seen:
            errors.duplicate(at, name)
        else:
            if request:
                errors.each_invalid(f"{at}.request", request, dns_label(request))
            key = f"{name}/{request}" if request else name
            if key in seen or (not request and any(other.startswith(f"{name}/") for other in seen)):
                errors.duplicate(at, key)
            seen.add(key)
        if name not in known:
            listed = f": {', '.join(sorted(known))}" if known else " which is empty"
            errors.not_found(at, name, f"must be one of the names in pod.spec.resourceClaims{listed}")
