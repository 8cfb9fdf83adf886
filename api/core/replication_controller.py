"""Replication controller: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apps.workload_columns import REPLICA_COLUMNS
from pybernetes.api.apps.workload_validation import validate_counts, validate_replica_counts, validate_template
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.core.pod_warnings import workload_warnings
from pybernetes.api.definition import Definition, number_field
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, metadata
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, AtomicMap, Default, ListMap, PatchMerge
from pybernetes.api.selectors import EVERYTHING, selector_from_labels


class ReplicationController(TypedDict, total=False):
    """Keeps a number of like pods running. Deployments have taken its place."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[ReplicationControllerSpec, Always()]
    "Which pods, and how many."
    status: Annotated[ReplicationControllerStatus, Always()]
    "How many there are."


class ReplicationControllerSpec(TypedDict, total=False):
    """Which pods a replication controller keeps, and how many."""

    minReadySeconds: Int32
    "For how many seconds a new pod must be ready to count as available. The default is 0."
    replicas: Annotated[Int32 | None, Default(1)]
    "How many pods there should be."
    selector: Annotated[dict[str, str], AtomicMap()]
    "The labels of the pods that it counts; those of the template by default."
    template: PodTemplateSpec
    "The pod that is made when one is missing."


class ReplicationControllerStatus(TypedDict, total=False):
    """How many pods a replication controller has."""

    availableReplicas: Int32
    "How many pods have been ready for minReadySeconds."
    conditions: Annotated[list[ReplicationControllerCondition], ListMap("type"), PatchMerge("type")]
    "What keeps it from its work, such as ReplicaFailure."
    fullyLabeledReplicas: Int32
    "How many pods have all the labels of the template."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."
    readyReplicas: Int32
    "How many pods are ready."
    replicas: Required[Int32]
    "How many pods there are."


class ReplicationControllerCondition(TypedDict, total=False):
    """One aspect of a replication controller's work."""

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
    selector = selector_from_labels(spec["selector"]) if spec.get("selector") else EVERYTHING
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
    warnings=workload_warnings,
    spec_fields=("spec",),
    fields={"status.replicas": number_field("status", "replicas")},
)
