"""Job: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.batch.job_spec import JobSpec
from pybernetes.api.meta.object_meta import ObjectMeta
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
    lastProbeTime: Time
    lastTransitionTime: Time
    message: str
    reason: str
    type: Required[str]


class UncountedTerminatedPods(TypedDict, total=False):
    failed: Annotated[list[str], ListSet()]
    succeeded: Annotated[list[str], ListSet()]
