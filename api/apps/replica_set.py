"""Replica set: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apps.workload_columns import REPLICA_COLUMNS
from pybernetes.api.apps.workload_validation import (
    validate_counts,
    validate_replica_counts,
    validate_selector,
    validate_template,
)
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.definition import Definition, number_field
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Default, Immutable, ListMap, PatchMerge


class ReplicaSet(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ReplicaSetSpec, Always()]
    status: Annotated[ReplicaSetStatus, Always()]


class ReplicaSetSpec(TypedDict, total=False):
    minReadySeconds: Int32
    replicas: Annotated[Int32 | None, Default(1)]
    selector: Required[Annotated[LabelSelector, Immutable()]]
    template: Annotated[PodTemplateSpec, Always()]


class ReplicaSetStatus(TypedDict, total=False):
    availableReplicas: Int32
    conditions: Annotated[list[ReplicaSetCondition], ListMap("type"), PatchMerge("type")]
    fullyLabeledReplicas: Int32
    observedGeneration: Int64
    readyReplicas: Int32
    replicas: Required[Int32]
    terminatingReplicas: Int32 | None


class ReplicaSetCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas")


def _set_defaults(replica_set: Json) -> None:
    template = (replica_set.get("spec") or {}).get("template")
    if template is not None:
        set_template_defaults(template)


def _validate(replica_set: Json, errors: ErrorList) -> None:
    spec = replica_set.get("spec") or {}
    validate_counts(spec, "spec", ("replicas", "minReadySeconds"), errors)
    selector = validate_selector(spec, errors)
    validate_template(spec.get("template"), selector, "ReplicaSet", errors)


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    status = new.get("status") or {}
    validate_counts(status, "status", (*_COUNTS, "observedGeneration"), errors)
    validate_replica_counts(status, ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"), errors)


DEFINITION = Definition(
    columns=REPLICA_COLUMNS,
    set_defaults=_set_defaults,
    validate=_validate,
    validate_status=_validate_status,
    spec_fields=("spec",),
    fields={"status.replicas": number_field("status", "replicas")},
)
