"""CSI node: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_not_negative
from pybernetes.api.names import qualified_name
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge
from pybernetes.api.storage.driver_name import validate_driver_name


class CSINode(TypedDict, total=False):
    """The CSI drivers on a node. It is called after the node."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[CSINodeSpec, Always()]]
    "What each driver says of the node."


class CSINodeSpec(TypedDict, total=False):
    """What the CSI drivers on a node say of it."""

    drivers: Required[Annotated[list[CSINodeDriver], ListMap("name"), PatchMerge("name")]]
    "The drivers; the list may be empty."


class CSINodeDriver(TypedDict, total=False):
    """What a CSI driver says of a node."""

    allocatable: VolumeNodeResources
    "How many volumes the node can take."
    name: Required[str]
    "The driver's name."
    nodeID: Required[str]
    "The node's id, as the driver knows it."
    topologyKeys: Annotated[list[str], Atomic(), Always()]
    "The labels of nodes that say where the driver's volumes can be reached from."


class VolumeNodeResources(TypedDict, total=False):
    """How many volumes a node can take."""

    count: Int32 | None
    "The most volumes of the driver that the node can use; no limit if not set."


_NODE_ID_MAX_LENGTH = 256


def _drivers(node: Json) -> list[Json]:
    return list((node.get("spec") or {}).get("drivers") or ())


def _set_defaults(node: Json) -> None:
    """No drivers are null: Kubernetes' store does not keep apart what is empty and what is not there."""
    spec = node.get("spec")
    if spec is not None and not spec.get("drivers"):
        spec["drivers"] = None


def _validate(node: Json, errors: ErrorList) -> None:
    names: set[str] = set()
    for index, driver in enumerate(_drivers(node)):
        _validate_driver(driver, names, f"spec.drivers[{index}]", errors)


def _validate_driver(driver: Json, names: set[str], path: str, errors: ErrorList) -> None:
    name, node_id = driver.get("name") or "", driver.get("nodeID") or ""
    validate_driver_name(name, f"{path}.name", errors)
    if not node_id:
        errors.required(f"{path}.nodeID")
    if len(node_id.encode()) > _NODE_ID_MAX_LENGTH:
        errors.invalid(f"{path}.nodeID", node_id, f"must be {_NODE_ID_MAX_LENGTH} characters or less")
    validate_not_negative((driver.get("allocatable") or {}).get("count"), f"{path}.allocatable.count", errors)
    if name in names:
        errors.duplicate(f"{path}.name", name)
    names.add(name)
    keys: set[str] = set()
    for key in driver.get("topologyKeys") or ():
        if not key:
            errors.required(path)
        if key in keys:
            errors.duplicate(path, key)
        keys.add(key)
        errors.each_invalid(path, key, qualified_name(key))


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What a driver says of a node stays, but for how many volumes the node can take."""
    before = {driver.get("name"): driver for driver in _drivers(old)}
    for driver in _drivers(new):
        was = before.get(driver.get("name"))
        if was is not None and _without_count(driver) != _without_count(was):
            errors.invalid("spec.drivers", _without_count(driver), "field is immutable")


def _without_count(driver: Json) -> Json:
    return {key: value for key, value in driver.items() if key != "allocatable"}


def _count(node: Json, now: datetime) -> int:
    return len(_drivers(node))


DEFINITION = Definition(
    columns=(NAME, Column("Drivers", _count, "integer", description="How many drivers the node has."), AGE),
    set_defaults=_set_defaults,
    validate=_validate,
    validate_update=_validate_update,
    allow_unconditional_update=False,
)
