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
from pybernetes.api.core.pod_warnings import workload_warnings
from pybernetes.api.definition import Definition, number_field
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Default, Immutable, ListMap, PatchMerge


class ReplicaSet(TypedDict, total=False):
    """Keeps a number of like pods running. Deployments make replica sets; one seldom writes them oneself."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[ReplicaSetSpec, Always()]
    "Which pods, and how many."
    status: Annotated[ReplicaSetStatus, Always()]
    "How many there are."


class ReplicaSetSpec(TypedDict, total=False):
    """Which pods a replica set keeps, and how many."""

    minReadySeconds: Int32
    "For how many seconds a new pod must be ready to count as available. The default is 0."
    replicas: Annotated[Int32 | None, Default(1)]
    "How many pods there should be."
    selector: Required[Annotated[LabelSelector, Immutable()]]
    "Which pods are the replica set's. It must match the template's labels, and cannot change."
    template: Annotated[PodTemplateSpec, Always()]
    "The pod that is made when one is missing."


class ReplicaSetStatus(TypedDict, total=False):
    """How many pods a replica set has."""

    availableReplicas: Int32
    "How many pods have been ready for minReadySeconds."
    conditions: Annotated[list[ReplicaSetCondition], ListMap("type"), PatchMerge("type")]
    "What keeps it from its work, such as ReplicaFailure."
    fullyLabeledReplicas: Int32
    "How many pods have all the labels of the template."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."
    readyReplicas: Int32
    "How many pods are ready."
    replicas: Required[Int32]
    "How many pods there are, without those that are ending."
    terminatingReplicas: Int32 | None
    "How many pods are ending."


class ReplicaSetCondition(TypedDict, total=False):
    """One aspect of a replica set's work."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect; ReplicaFailure is the one that there is."


_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas")


def _set_defaults(replica_set: Json) -> None:
    template = (replica_set.get("spec") or {}).get("template")
    if template is not None:
        set_template_defaults(template)


def _validate(replica_set: Json, errors: ErrorList) -> None:
    spec = replica_set.get("spec") or {}
    validate_counts(spec, "spec", ("replicas", "minReadySeconds"), errors)
    selector = validate_selector(spec, errors)
    if selector is not None:
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
    warnings=workload_warnings,
    spec_fields=("spec",),
    fields={"status.replicas": number_field("status", "replicas")},
)
