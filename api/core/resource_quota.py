"""Resource quota: the shape on the wire, its rules and columns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME
from pybernetes.api.core.resource_validation import is_standard_quota, quota_resource_name, validate_resource_list
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Atomic, struct


class ResourceQuota(TypedDict, total=False):
    """What all objects of a namespace may use together."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[ResourceQuotaSpec, Always()]
    "The limits."
    status: Annotated[ResourceQuotaStatus, Always()]
    "How much of them is used."


class ResourceQuotaSpec(TypedDict, total=False):
    """The limits of a namespace, and what they count."""

    hard: dict[str, Quantity]
    "The limits, by what is counted, such as requests.cpu or count/secrets."
    scopeSelector: ScopeSelector
    "Which pods are counted, by scopes and their values."
    scopes: Annotated[list[str], Atomic()]
    "Which pods are counted: those that are in every scope named. All are if there is none."


@struct(atomic=True)
class ScopeSelector(TypedDict, total=False):
    """Requirements on scopes, all of which must hold."""

    matchExpressions: Annotated[list[ScopedResourceSelectorRequirement], Atomic()]
    "The requirements."


class ScopedResourceSelectorRequirement(TypedDict, total=False):
    """A requirement on one scope."""

    operator: Required[str]
    "In, NotIn, Exists or DoesNotExist."
    scopeName: Required[str]
    "The scope, such as PriorityClass or BestEffort."
    values: Annotated[list[str], Atomic()]
    "The values to compare with, for In and NotIn."


class ResourceQuotaStatus(TypedDict, total=False):
    """How much of a quota is used."""

    hard: dict[str, Quantity]
    "The limits that are in force."
    used: dict[str, Quantity]
    "How much of each is used."


_SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
)
_CONFLICTING = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_POD_RESOURCES = frozenset(
    (
        "pods",
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
    )
)
_CLAIM_RESOURCES = frozenset(("persistentvolumeclaims", "requests.storage"))
_EXISTS_ONLY = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def _is_valid_for(scope: str, resource: str) -> bool:
    """Whether a quota with that scope may limit the resource."""
    if scope == "BestEffort":
        return resource == "pods"
    if scope == "VolumeAttributesClass":
        return resource in _CLAIM_RESOURCES
    if scope in ("Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"):
        return resource in _POD_RESOURCES or resource.startswith(("hugepages-", "requests.hugepages-"))
    return True


def _validate(quota: Json, errors: ErrorList) -> None:
    spec = quota.get("spec") or {}
    hard = spec.get("hard") or {}
    validate_resource_list(hard, "spec.hard", errors, quota_resource_name)
    scopes = spec.get("scopes") or []
    for scope in scopes:
        if scope not in _SCOPES:
            errors.invalid("spec.scopes", scopes, "unsupported scope")
        _validate_scope(scope, hard, "spec.scopes", scopes, errors)
    _validate_conflicts(scopes, scopes, errors)
    if "scopeSelector" in spec:
        _validate_selector(spec, hard, errors)


def _validate_scope(scope: str, hard: Json, path: str, shown: object, errors: ErrorList) -> None:
    for resource in sorted(hard):
        if is_standard_quota(resource) and not _is_valid_for(scope, resource):
            errors.invalid(path, shown, "unsupported scope applied to resource")


def _validate_conflicts(scopes: Collection[str], shown: list[str] | None, errors: ErrorList) -> None:
    for one, other in _CONFLICTING:
        if one in scopes and other in scopes:
            errors.invalid("spec.scopes", shown, "conflicting scopes")


def _validate_selector(spec: Json, hard: Json, errors: ErrorList) -> None:
    at, selector = "spec.scopeSelector.matchExpressions", spec["scopeSelector"]
    scopes = set()
    for term in selector.get("matchExpressions") or ():
        scope, operator, values = term.get("scopeName") or "", term.get("operator") or "", term.get("values") or []
        scopes.add(scope)
        if scope not in _SCOPES:
            errors.invalid(f"{at}.scopeName", scope, "unsupported scope")
        _validate_scope(scope, hard, at, internal(selector, "core.resource_quota.ScopeSelector"), errors)
        if scope not in ("PriorityClass", "VolumeAttributesClass") and scope in _SCOPES and operator != "Exists":
            errors.invalid(f"{at}.operator", operator, _EXISTS_ONLY)
        if operator in ("In", "NotIn"):
            if not values:
                detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
                errors.required(f"{at}.values", detail)
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
                errors.invalid(f"{at}.values", values, detail)
        else:
            errors.invalid(f"{at}.operator", operator, "not a valid selector operator")
    _validate_conflicts(scopes, spec.get("scopes") or None, errors)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    scopes = (new.get("spec") or {}).get("scopes") or []
    if set(scopes) != set((old.get("spec") or {}).get("scopes") or ()):
        errors.invalid("spec.scopes", scopes or None, "field is immutable")


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    for part in ("hard", "used"):
        quantities = (new.get("status") or {}).get(part) or {}
        validate_resource_list(quantities, f"status.{part}", errors, quota_resource_name)


def _used(quota: Json, *, limits: bool) -> str:
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    shown = [name for name in sorted(hard) if name.startswith("limits") == limits]
    return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in shown)


def _requests(quota: Json, now: datetime) -> str:
    return _used(quota, limits=False)


def _limits(quota: Json, now: datetime) -> str:
    return _used(quota, limits=True)


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Request", _requests, description="How much of each resource is taken, of how much."),
        Column("Limit", _limits, description="How much of each limit is taken, of how much."),
        AGE,
    ),
    validate=_validate,
    validate_update=_validate_update,
    validate_status=_validate_status,
)
