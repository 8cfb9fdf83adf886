"""Job: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.batch.job_spec import JobSpec
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always, Atomic, ListSet, PatchMerge


class Job(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[JobSpec, Always()]
    status: Annotated[JobStatus, Always()]


class JobStatus(TypedDict, total=False):
    active: Int32
    completedIndexes: str
    completionTime: Time
    conditions: Annotated[list[JobCondition], PatchMerge("type"), Atomic()]
    failed: Int32
    failedIndexes: str | None
    ready: Int32 | None
    startTime: Time
    succeeded: Int32
    terminating: Int32 | None
    uncountedTerminatedPods: UncountedTerminatedPods


class JobCondition(TypedDict, total=False):
    status: Required[str]
    lastProbeTime: Annotated[Time, Always()]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


class UncountedTerminatedPods(TypedDict, total=False):
    failed: Annotated[list[str], ListSet()]
    succeeded: Annotated[list[str], ListSet()]


def _set_defaults(obj: Json) -> None:
    set_template_defaults((obj.get("spec") or {}).get("template") or {})


DEFINITION = Definition(set_defaults=_set_defaults, spec_fields=("spec",))
