"""Stateful set: the shape on the wire, its defaults and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apps.stateful_set_validation import (
    stateful_set_warnings,
    validate_stateful_set,
    validate_stateful_set_status,
    validate_stateful_set_update,
)
from pybernetes.api.columns import AGE, CONTAINERS, IMAGES, NAME
from pybernetes.api.core.persistent_volume_claim import PersistentVolumeClaim
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.definition import Column, Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import dns_label
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, PatchMerge


class StatefulSet(TypedDict, total=False):
    """Runs numbered pods, each of which keeps its name and its storage when it is replaced."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[StatefulSetSpec, Always()]
    "Which pods, how many, and with what storage."
    status: Annotated[StatefulSetStatus, Always()]
    "How far it has come."


class StatefulSetSpec(TypedDict, total=False):
    """Which pods a stateful set runs, how many, and with what storage."""

    minReadySeconds: Int32
    "For how many seconds a new pod must be ready to count as available. The default is 0."
    ordinals: StatefulSetOrdinals
    "How the pods are numbered."
    persistentVolumeClaimRetentionPolicy: StatefulSetPersistentVolumeClaimRetentionPolicy
    "What becomes of the pods' claims. By default they are kept."
    podManagementPolicy: Annotated[str, Default("OrderedReady")]
    "OrderedReady to start pods one after another, each when the one before is ready; Parallel for all at once."
    replicas: Annotated[Int32 | None, Default(1)]
    "How many pods there should be."
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    "How many old revisions are kept to roll back to."
    selector: Required[LabelSelector]
    "Which pods are the stateful set's. It must match the template's labels, and cannot change."
    serviceName: Annotated[str, Always()]
    "The headless service that gives the pods their names in DNS. It must be made apart."
    template: Required[Annotated[PodTemplateSpec, Always()]]
    "The pod. Each is called after the set, with its number after a hyphen."
    updateStrategy: Annotated[StatefulSetUpdateStrategy, Always()]
    "How pods of an old template are replaced."
    volumeClaimTemplates: Annotated[list[PersistentVolumeClaim], Atomic()]
    "Claims that each pod gets of its own. They outrank the template's volumes of the same name."


class StatefulSetOrdinals(TypedDict, total=False):
    """How a stateful set's pods are numbered."""

    start: Annotated[Int32, Always()]
    "The number of the first pod. The default is 0."


class StatefulSetPersistentVolumeClaimRetentionPolicy(TypedDict, total=False):
    """What becomes of the claims of a stateful set's pods."""

    whenDeleted: str
    "Retain or Delete, when the set is deleted. The default is Retain."
    whenScaled: str
    "Retain or Delete, when a pod goes because there are to be fewer. The default is Retain."


class StatefulSetUpdateStrategy(TypedDict, total=False):
    """How a stateful set's old pods are replaced."""

    rollingUpdate: RollingUpdateStatefulSetStrategy
    "Which pods and how fast, for RollingUpdate."
    type: Annotated[str, Default("RollingUpdate")]
    "RollingUpdate to replace them from the last to the first, OnDelete to wait until somebody deletes them."


class RollingUpdateStatefulSetStrategy(TypedDict, total=False):
    """Which of a stateful set's pods are replaced, and how fast."""

    maxUnavailable: IntOrString
    "How many pods may be missing at a time, as a number or a percentage. The default is 1."
    partition: Int32 | None
    "The number of the first pod to replace; those below it keep the old template. The default is 0."


class StatefulSetStatus(TypedDict, total=False):
    """How far a stateful set has come."""

    availableReplicas: Annotated[Int32, Always()]
    "How many pods have been ready for minReadySeconds."
    collisionCount: Int32 | None
    "How often the name of a new revision was taken already. It goes into the name's hash."
    conditions: Annotated[list[StatefulSetCondition], ListMap("type"), PatchMerge("type")]
    "What is known of the stateful set's state."
    currentReplicas: Int32
    "How many pods have the revision currentRevision."
    currentRevision: str
    "The revision that is being replaced, or that all pods have."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."
    readyReplicas: Int32
    "How many pods are ready."
    replicas: Required[Int32]
    "How many pods there are."
    updateRevision: str
    "The revision of the newest template."
    updatedReplicas: Int32
    "How many pods have the revision updateRevision."


class StatefulSetCondition(TypedDict, total=False):
    """One aspect of a stateful set's state."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect."


_RETAIN = "Retain"


def _set_defaults(stateful_set: Json) -> None:
    """Claims stay; a rolling update replaces all pods; the claims' own defaults."""
    spec = stateful_set.get("spec")
    if spec is None:
        return
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    policy = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    for field in ("whenDeleted", "whenScaled"):
        if not policy.get(field):
            policy[field] = _RETAIN
    set_template_defaults(spec.get("template") or {})


def _ready(stateful_set: Json, now: datetime) -> str:
    ready = (stateful_set.get("status") or {}).get("readyReplicas") or 0
    return f"{ready}/{(stateful_set.get('spec') or {}).get('replicas') or 0}"


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Ready", _ready, description="How many pods are ready of those there shall be."),
        AGE,
        CONTAINERS,
        IMAGES,
    ),
    name_check=dns_label,
    set_defaults=_set_defaults,
    validate=validate_stateful_set,
    validate_update=validate_stateful_set_update,
    validate_status=validate_stateful_set_status,
    warnings=stateful_set_warnings,
    spec_fields=("spec",),
)
