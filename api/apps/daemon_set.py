"""Daemon set: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.definition import Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, Default, ListMap, PatchMerge


class DaemonSet(TypedDict, total=False):
    """Runs a pod on every node, or on every node of a certain kind."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[DaemonSetSpec, Always()]
    "Which pod, on which nodes."
    status: Annotated[DaemonSetStatus, Always()]
    "On how many nodes it runs."


class DaemonSetSpec(TypedDict, total=False):
    """Which pod a daemon set runs, and how a new template replaces the old."""

    minReadySeconds: Int32
    "For how many seconds a new pod must be ready to count as available. The default is 0."
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    "How many old revisions are kept to roll back to."
    selector: Required[LabelSelector]
    "Which pods are the daemon set's. It must match the template's labels, and cannot change."
    template: Required[Annotated[PodTemplateSpec, Always()]]
    "The pod. Its node selector and affinity say which nodes it runs on."
    updateStrategy: Annotated[DaemonSetUpdateStrategy, Always()]
    "How pods of an old template are replaced."


class DaemonSetUpdateStrategy(TypedDict, total=False):
    """How a daemon set's old pods are replaced."""

    rollingUpdate: RollingUpdateDaemonSet
    "How fast, for RollingUpdate."
    type: Annotated[str, Default("RollingUpdate")]
    "RollingUpdate to replace them by and by, OnDelete to wait until somebody deletes them."


class RollingUpdateDaemonSet(TypedDict, total=False):
    """How fast a daemon set's pods are replaced."""

    maxSurge: IntOrString
    "On how many nodes a new pod may start beside the old one, as a number or a percentage. The default is 0."
    maxUnavailable: IntOrString
    "How many pods may be missing at a time, as a number or a percentage. The default is 1."


class DaemonSetStatus(TypedDict, total=False):
    """On how many nodes a daemon set runs."""

    collisionCount: Int32 | None
    "How often the name of a new revision was taken already. It goes into the name's hash."
    conditions: Annotated[list[DaemonSetCondition], ListMap("type"), PatchMerge("type")]
    "What is known of the daemon set's state."
    currentNumberScheduled: Required[Int32]
    "How many nodes that should run the pod do."
    desiredNumberScheduled: Required[Int32]
    "How many nodes should run the pod."
    numberAvailable: Int32
    "How many of them have a pod that has been ready for minReadySeconds."
    numberMisscheduled: Required[Int32]
    "How many nodes run the pod and should not."
    numberReady: Required[Int32]
    "How many of the nodes that should run the pod have one that is ready."
    numberUnavailable: Int32
    "How many of them have no available pod."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."
    updatedNumberScheduled: Int32
    "How many nodes run a pod of the newest template."


class DaemonSetCondition(TypedDict, total=False):
    """One aspect of a daemon set's state."""

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


def _set_defaults(obj: Json) -> None:
    set_template_defaults((obj.get("spec") or {}).get("template") or {})


DEFINITION = Definition(set_defaults=_set_defaults, spec_fields=("spec",))
