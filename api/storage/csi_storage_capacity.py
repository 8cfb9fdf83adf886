"""CSI storage capacity: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import NAME, text_of
from pybernetes.api.core.deprecated_labels import of_label_selector
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import NOT_NEGATIVE, validate_immutable, validate_label_selector
from pybernetes.api.names import dns_subdomain
from pybernetes.api.object import Json
from pybernetes.api.quantity import parse_quantity
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always


class CSIStorageCapacity(TypedDict, total=False):
    """How much room a driver has for volumes of one class in one place."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    capacity: Quantity
    "The room that is left. Unknown if not set."
    maximumVolumeSize: Quantity
    "The largest volume that can be made."
    nodeTopology: LabelSelector
    "The nodes that can reach the place; none if not set, all if it is empty."
    storageClassName: Required[str]
    "The storage class that it is about."


def _validate(capacity: Json, errors: ErrorList) -> None:
    if capacity.get("nodeTopology") is not None:
        validate_label_selector(capacity["nodeTopology"], "nodeTopology", errors)
    name = capacity.get("storageClassName") or ""
    errors.each_invalid("storageClassName", name, dns_subdomain(name))
    amount = capacity.get("capacity")
    if amount is not None and parse_quantity(amount) < 0:
        errors.invalid("capacity", amount, NOT_NEGATIVE)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    for field in ("nodeTopology", "storageClassName"):
        validate_immutable(new.get(field), old.get(field), field, errors)


def _warnings(obj: Json, old: Json | None) -> list[str]:
    return list(of_label_selector(obj.get("nodeTopology"), "nodeTopology"))


DEFINITION = Definition(
    warnings=_warnings,
    columns=(
        NAME,
        Column("StorageClassName", text_of("storageClassName"), description="The class that it is about."),
        Column("Capacity", text_of("capacity", default="<unset>"), description="The room that is left."),
    ),
    validate=_validate,
    validate_update=_validate_update,
    allow_unconditional_update=False,
)
