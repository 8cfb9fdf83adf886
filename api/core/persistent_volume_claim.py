"""Persistent volume claim: the shape on the wire, and its definition."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.claim_validation import validate_claim, validate_claim_status, validate_claim_update
from pybernetes.api.core.claim_warnings import claim_warnings
from pybernetes.api.core.volume_claim import PersistentVolumeClaimSpec
from pybernetes.api.core.volume_columns import CLAIM_COLUMNS
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, Granular, ListMap, PatchMerge


class PersistentVolumeClaim(TypedDict, total=False):
    """A wish for storage, which is bound to a PersistentVolume that fulfils it."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[PersistentVolumeClaimSpec, Always()]
    "What is wished for."
    status: Annotated[PersistentVolumeClaimStatus, Always()]
    "What it got."


class PersistentVolumeClaimStatus(TypedDict, total=False):
    """What a claim got."""

    accessModes: Annotated[list[str], Atomic()]
    "The access modes of the volume."
    allocatedResourceStatuses: Annotated[dict[str, str], Granular()]
    "How far growing has come, by resource."
    allocatedResources: dict[str, Quantity]
    "The size that is being grown to, by resource."
    capacity: dict[str, Quantity]
    "How large the volume is."
    conditions: Annotated[list[PersistentVolumeClaimCondition], ListMap("type"), PatchMerge("type")]
    "What is being done to the volume, such as Resizing."
    currentVolumeAttributesClassName: str | None
    "The VolumeAttributesClass whose settings the volume has now."
    modifyVolumeStatus: ModifyVolumeStatus
    "A change of those settings that is under way."
    phase: Annotated[str, Default("Pending")]
    "Pending, Bound, or Lost if the volume is gone."


class PersistentVolumeClaimCondition(TypedDict, total=False):
    """One thing that is being done to a claim's volume."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastProbeTime: Annotated[Time, Always()]
    "When the condition was last checked."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The thing, such as Resizing or FileSystemResizePending."


class ModifyVolumeStatus(TypedDict, total=False):
    """A change of a volume's settings that is under way."""

    status: Required[str]
    "Pending, InProgress, or Infeasible if the driver refused it."
    targetVolumeAttributesClassName: str
    "The VolumeAttributesClass that is being changed to."


_PLAIN_SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def _prepare_create(claim: Json) -> None:
    """Both spellings of the source agree; an old one that names anything else than was ever allowed is dropped."""
    claim["status"] = {"phase": "Pending"}
    spec = claim.get("spec") or {}
    _drop_unknown_source(spec)
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None and reference is None:
        spec["dataSourceRef"] = dict(source)
    elif reference is not None and source is None and not reference.get("namespace"):
        spec["dataSource"] = {field: value for field, value in reference.items() if field != "namespace"}


def _prepare_update(new: Json, old: Json) -> None:
    before = old.get("spec") or {}
    if "dataSource" not in before and "dataSourceRef" not in before:
        _drop_unknown_source(new.get("spec") or {})


def _drop_unknown_source(spec: Json) -> None:
    if "dataSourceRef" in spec:
        if spec["dataSourceRef"].get("namespace"):  # across namespaces: behind a gate that is off
            del spec["dataSourceRef"]
        return
    source = spec.get("dataSource")
    if source is not None and (source.get("apiGroup") or "", source.get("kind")) not in _PLAIN_SOURCES:
        del spec["dataSource"]


DEFINITION = Definition(
    columns=CLAIM_COLUMNS,
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    validate=validate_claim,
    validate_update=validate_claim_update,
    validate_status=validate_claim_status,
    warnings=claim_warnings,
)
