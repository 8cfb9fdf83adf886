"""Limit range: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import CREATED_AT, NAME
from pybernetes.api.core.resource_validation import container_resource_name, is_overcommit_allowed, resource_name
from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import qualified_name
from pybernetes.api.object import Json
from pybernetes.api.quantity import milli, parse_quantity, whole
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Atomic


class LimitRange(TypedDict, total=False):
    """What single pods, containers and claims of a namespace may ask for, and what they get by default."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[LimitRangeSpec, Always()]
    "The limits."


class LimitRangeSpec(TypedDict, total=False):
    """The limits of a namespace."""

    limits: Required[Annotated[list[LimitRangeItem], Atomic()]]
    "Limits for each type of thing."


class LimitRangeItem(TypedDict, total=False):
    """The limits for one type of thing."""

    default: dict[str, Quantity]
    "Limits that containers get where they set none."
    defaultRequest: dict[str, Quantity]
    "Requests that containers get where they set none."
    max: dict[str, Quantity]
    "The most that may be asked for, by resource."
    maxLimitRequestRatio: dict[str, Quantity]
    "How many times its request a limit may be, by resource."
    min: dict[str, Quantity]
    "The least that must be asked for, by resource."
    type: Required[str]
    "What it is for: Container, Pod or PersistentVolumeClaim."


_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_MAX_MILLI_VALUE = (2**63 - 1) // 1000
_RATIO = "maxLimitRequestRatio"
_PARTS = ("max", "min", "default", "defaultRequest", _RATIO)


def _set_defaults(limit_range: Json) -> None:
    """For containers, the default is the maximum, and the default request is the default, or the minimum.

    No limits are null: Kubernetes' store does not keep apart what is empty and what is not there.
    """
    spec = limit_range.get("spec") or {}
    if "limits" in spec and not spec["limits"]:
        spec["limits"] = None
    for item in spec.get("limits") or ():
        if item.get("type") != "Container":
            continue
        limits = {**(item.get("max") or {}), **(item.get("default") or {})}
        requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
        for field, values in (("default", limits), ("defaultRequest", requests)):
            if values:
                item[field] = values


def _validate(limit_range: Json, errors: ErrorList) -> None:
    seen = set()
    for index, item in enumerate((limit_range.get("spec") or {}).get("limits") or ()):
        kind, at = item.get("type") or "", f"spec.limits[{index}]"
        wrong = qualified_name(kind)
        errors.each_invalid(f"{at}.type", kind, wrong)
        if not wrong and "/" not in kind and kind not in _TYPES:
            errors.invalid(f"{at}.type", kind, "must be a standard limit type or fully qualified")
        if kind in seen:
            errors.duplicate(f"{at}.type", kind)
        seen.add(kind)
        _validate_item(item, kind, at, errors)


def _validate_item(item: Json, kind: str, path: str, errors: ErrorList) -> None:
    check = container_resource_name if kind in ("Pod", "Container") else resource_name
    parts = {part: item.get(part) or {} for part in _PARTS}
    for part in _PARTS:
        if part == _RATIO and kind == "PersistentVolumeClaim":
            _require_storage(parts, path, errors)
        if kind == "Pod" and part in ("default", "defaultRequest"):
            if parts.pop(part):
                errors.forbidden(f"{path}.{part}", "may not be specified when `type` is 'Pod'")
            continue
        for name in parts[part]:
            errors.each_invalid(f"{path}.{part}[{name}]", name, check(name))
    for name in {name: None for amounts in parts.values() for name in amounts}:
        values = {part: amounts[name] for part, amounts in parts.items() if name in amounts}
        _validate_amounts(values, name, path, errors)


def _require_storage(parts: Mapping[str, Json], path: str, errors: ErrorList) -> None:
    if "storage" not in parts["min"] and "storage" not in parts["max"]:
        detail = "either minimum or maximum storage value is required, but neither was provided"
        errors.required(f"{path}.limits", detail)


def _validate_amounts(values: Mapping[str, str], name: str, path: str, errors: ErrorList) -> None:
    """The amounts of one resource are in order."""
    for low, high, at, shown, words in _ORDERED:
        if low in values and high in values and parse_quantity(values[low]) > parse_quantity(values[high]):
            low_words, high_words = words
            detail = f"{low_words} {values[low]} is greater than {high_words} {values[high]}"
            errors.invalid(f"{path}.{at}[{name}]", values[shown], detail)
    if _RATIO in values:
        _validate_ratio(values, f"{path}.{_RATIO}[{name}]", errors)
    limit, request = values.get("default"), values.get("defaultRequest")
    if limit is None or request is None or is_overcommit_allowed(name):
        return
    if parse_quantity(limit) != parse_quantity(request):
        detail = f"default value {limit} must equal to defaultRequest value {request} in {name}"
        errors.invalid(f"{path}.defaultRequest[{name}]", request, detail)


# lower part, higher part, where the error stands, whose amount it shows, what both are called
_ORDERED = (
    ("min", "max", "min", "min", ("min value", "max value")),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", ("min value", "default request value")),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", ("default request value", "max value")),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest", ("default request value", "default limit value")),
    ("min", "default", "default", "min", ("min value", "default value")),
    ("default", "max", "default", "max", ("default value", "max value")),
)


def _validate_ratio(values: Mapping[str, str], path: str, errors: ErrorList) -> None:
    ratio = values[_RATIO]
    if parse_quantity(ratio) < 1:
        errors.invalid(path, ratio, f"ratio {ratio} is less than 1")
    if "min" in values and "max" in values:
        shown = _most(values)
        if shown is not None and _ratio_of(values) > shown:
            errors.invalid(path, ratio, f"ratio {ratio} is greater than max/min = {shown:f}")


def _are_small(values: Mapping[str, str]) -> bool:
    """Whether all three amounts can be told in thousandths without an overflow of 64 bits."""
    return all(whole(values[part]) < _MAX_MILLI_VALUE for part in (_RATIO, "min", "max"))


def _ratio_of(values: Mapping[str, str]) -> float:
    return milli(values[_RATIO]) / 1000 if _are_small(values) else float(whole(values[_RATIO]))


def _most(values: Mapping[str, str]) -> float | None:
    """The maximum as a multiple of the minimum, as floating point numbers have it. None where both are 0."""
    amount = milli if _are_small(values) else whole
    most, least = amount(values["max"]), amount(values["min"])
    if not least:
        return math.copysign(math.inf, most) if most else None
    return most / least


DEFINITION = Definition(
    columns=(NAME, CREATED_AT), set_defaults=_set_defaults, validate=_validate, allow_create_on_update=True
)
