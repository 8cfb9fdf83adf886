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
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[DaemonSetSpec, Always()]
    status: Annotated[DaemonSetStatus, Always()]


class DaemonSetSpec(TypedDict, total=False):
    minReadySeconds: Int32
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    selector: Required[LabelSelector]
    template: Required[Annotated[PodTemplateSpec, Always()]]
    updateStrategy: Annotated[DaemonSetUpdateStrategy, Always()]


class DaemonSetUpdateStrategy(TypedDict, total=False):
    rollingUpdate: RollingUpdateDaemonSet
    type: Annotated[str, Default("RollingUpdate")]


class RollingUpdateDaemonSet(TypedDict, total=False):
    maxSurge: IntOrString
    maxUnavailable: IntOrString


class DaemonSetStatus(TypedDict, total=False):
    collisionCount: Int32 | None
    conditions: Annotated[list[DaemonSetCondition], ListMap("type"), PatchMerge("type")]
    currentNumberScheduled: Required[Int32]
    desiredNumberScheduled: Required[Int32]
    numberAvailable: Int32
    numberMisscheduled: Required[Int32]
    numberReady: Required[Int32]
    numberUnavailable: Int32
    observedGeneration: Int64
    updatedNumberScheduled: Int32


class DaemonSetCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


def _set_defaults(obj: Json) -> None:
    set_template_defaults((obj.get("spec") or {}).get("template") or {})


DEFINITION = Definition(set_defaults=_set_defaults, spec_fields=("spec",))
