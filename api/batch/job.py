"""Job: the shape on the wire, and its definition."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.batch.job_columns import JOB_COLUMNS
from pybernetes.api.batch.job_preparation import prepare_job_create, set_job_defaults
from pybernetes.api.batch.job_spec import JobSpec
from pybernetes.api.batch.job_status_validation import validate_job_status
from pybernetes.api.batch.job_validation import validate_job, validate_job_update
from pybernetes.api.batch.job_warnings import job_spec_warnings
from pybernetes.api.definition import Definition, number_field
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import dns_label
from pybernetes.api.object import Json, name_of
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always, Atomic, ListSet, PatchMerge


class Job(TypedDict, total=False):
    """Runs pods until a number of them have succeeded."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[JobSpec, Always()]
    "Which pods, and how many must succeed."
    status: Annotated[JobStatus, Always()]
    "How far it has come."


class JobStatus(TypedDict, total=False):
    """How far a job has come."""

    active: Int32
    "How many pods are pending or running and not ending."
    completedIndexes: str
    "The indexes that have succeeded, such as 1,3-5."
    completionTime: Time
    "When the job succeeded."
    conditions: Annotated[list[JobCondition], PatchMerge("type"), Atomic()]
    "How the job is: Complete, Failed, Suspended and others."
    failed: Int32
    "How many pods have failed."
    failedIndexes: str | None
    "The indexes that have failed, such as 1,3-5. Only together with backoffLimitPerIndex."
    ready: Int32 | None
    "How many of the active pods are ready."
    startTime: Time
    "When the job was started, or taken up again after a suspension."
    succeeded: Int32
    "How many pods have succeeded."
    terminating: Int32 | None
    "How many pods are ending."
    uncountedTerminatedPods: UncountedTerminatedPods
    "Pods that have ended and are not in the counts yet."


class JobCondition(TypedDict, total=False):
    """One aspect of a job's state."""

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
    "The aspect, such as Complete or Failed."


class UncountedTerminatedPods(TypedDict, total=False):
    """Pods that have ended and are not in a job's counts yet."""

    failed: Annotated[list[str], ListSet()]
    "The ids of pods that failed."
    succeeded: Annotated[list[str], ListSet()]
    "The ids of pods that succeeded."


def _warnings(new: Json, old: Json | None) -> list[str]:
    found = []
    wrong = dns_label(name_of(new)) if old is None else []
    if wrong:
        found.append(
            "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(wrong)}]"
        )
    spec = new.get("spec") or {}
    if old is None or spec != (old.get("spec") or {}):
        found += job_spec_warnings(spec, "spec")
    return found


DEFINITION = Definition(
    columns=JOB_COLUMNS,
    set_defaults=set_job_defaults,
    prepare_create=prepare_job_create,
    validate=validate_job,
    validate_update=validate_job_update,
    validate_status=validate_job_status,
    warnings=_warnings,
    spec_fields=("spec",),
    fields={"status.successful": number_field("status", "succeeded")},
)
