"""Cron job: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.batch.job_spec import JobSpec
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
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


def _set_defaults(obj: Json) -> None:
    job = ((obj.get("spec") or {}).get("jobTemplate") or {}).get("spec") or {}
    set_template_defaults(job.get("template") or {})


DEFINITION = Definition(set_defaults=_set_defaults, spec_fields=("spec",))
