"""Replication controller: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apps.workload_columns import REPLICA_COLUMNS
from pybernetes.api.apps.workload_validation import validate_counts, validate_replica_counts, validate_template
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.definition import Definition, number_field
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, metadata
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, AtomicMap, Default, ListMap, PatchMerge
from pybernetes.api.selectors import selector_from_labels


class ReplicationController(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ReplicationControllerSpec, Always()]
    status: Annotated[ReplicationControllerStatus, Always()]


class ReplicationControllerSpec(TypedDict, total=False):
    minReadySeconds: Int32
    replicas: Annotated[Int32 | None, Default(1)]
    selector: Annotated[dict[str, str], AtomicMap()]
    template: PodTemplateSpec


class ReplicationControllerStatus(TypedDict, total=False):
    availableReplicas: Int32
    conditions: Annotated[list[ReplicationControllerCondition], ListMap("type"), PatchMerge("type")]
    fullyLabeledReplicas: Int32
    observedGeneration: Int64
    readyReplicas: Int32
    replicas: Required[Int32]


class ReplicationControllerCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")


def _set_defaults(controller: Json) -> None:
    """Selector and labels are those of the template when they are not given."""
    spec = controller.get("spec") or {}
    template = spec.get("template")
    if template is None:
        return
    set_template_defaults(template)
    labels = (template.get("metadata") or {}).get("labels")
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        meta = metadata(controller)
        if not meta.get("labels"):
            meta["labels"] = dict(labels)


def _validate(controller: Json, errors: ErrorList) -> None:
    spec = controller.get("spec") or {}
    validate_counts(spec, "spec", ("minReadySeconds", "replicas"), errors)
    if not spec.get("selector"):
        errors.required("spec.selector")
    selector = selector_from_labels(spec.get("selector")) if spec.get("selector") else None
    validate_template(spec.get("template"), selector, "ReplicationController", errors)


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    status = new.get("status") or {}
    validate_counts(status, "status", _COUNTS, errors)
    validate_replica_counts(status, ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"), errors)


DEFINITION = Definition(
    columns=REPLICA_COLUMNS,
    set_defaults=_set_defaults,
    validate=_validate,
    validate_status=_validate_status,
    spec_fields=("spec",),
    fields={"status.replicas": number_field("status", "replicas")},
)
