"""Cron job: the shape on the wire, and its definition."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.batch.cron_job_validation import validate_cron_job, validate_cron_job_update
from pybernetes.api.batch.job_columns import CRON_JOB_COLUMNS
from pybernetes.api.batch.job_preparation import set_job_spec_defaults
from pybernetes.api.batch.job_spec import JobSpec
from pybernetes.api.batch.job_warnings import job_spec_warnings
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import dns_label
from pybernetes.api.object import Json, name_of
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Atomic, Default


class CronJob(TypedDict, total=False):
    """Starts jobs by a schedule."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[CronJobSpec, Always()]]
    "When, and which job."
    status: Annotated[CronJobStatus, Always()]
    "When it last did."


class CronJobSpec(TypedDict, total=False):
    """When jobs start, which jobs, and how many are kept."""

    concurrencyPolicy: Annotated[str, Default("Allow")]
    "What to do if a job is still running when the next is due: Allow both, Forbid the new one, or Replace the old one."
    failedJobsHistoryLimit: Annotated[Int32 | None, Default(1)]
    "How many failed jobs are kept."
    jobTemplate: Required[Annotated[JobTemplateSpec, Always()]]
    "The job that is started."
    schedule: Required[str]
    "The times as in cron: minute, hour, day of month, month, day of week; or a word such as @hourly."
    startingDeadlineSeconds: Int64 | None
    "How many seconds late a job may still start. Without it, any number."
    successfulJobsHistoryLimit: Annotated[Int32 | None, Default(3)]
    "How many successful jobs are kept."
    suspend: Annotated[bool | None, Default(False)]
    "Whether no more jobs are started. Those that run go on."
    timeZone: str | None
    "The time zone of the schedule, such as Europe/Berlin; that of the controller by default."


class JobTemplateSpec(TypedDict, total=False):
    """The labels and the spec of jobs that a cron job starts."""

    metadata: Annotated[ObjectMeta, Always()]
    "The labels, annotations and other data that objects made from it get."
    spec: Annotated[JobSpec, Always()]
    "What each job should do."


class CronJobStatus(TypedDict, total=False):
    """When a cron job last did something."""

    active: Annotated[list[ObjectReference], Atomic()]
    "The jobs that are running."
    lastScheduleTime: Time
    "When a job was last started."
    lastSuccessfulTime: Time
    "When a job last succeeded."


def _set_defaults(cron_job: Json) -> None:
    set_job_spec_defaults(((cron_job.get("spec") or {}).get("jobTemplate") or {}).get("spec") or {})


def _warnings(new: Json, old: Json | None) -> list[str]:
    spec = new.get("spec") or {}
    found = []
    wrong = dns_label(name_of(new)) if old is None else []
    if wrong:
        found.append(
            "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(wrong)}]"
        )
    if old is None or spec != (old.get("spec") or {}):
        found += job_spec_warnings((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")
    if "TZ" in (spec.get("schedule") or ""):
        found.append(_ZONE_INSIDE)
    return found


_ZONE_INSIDE = (
    "CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see "
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
)

DEFINITION = Definition(
    columns=CRON_JOB_COLUMNS,
    set_defaults=_set_defaults,
    validate=validate_cron_job,
    validate_update=validate_cron_job_update,
    warnings=_warnings,
    spec_fields=("spec",),
)
