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
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[CronJobSpec, Always()]]
    status: Annotated[CronJobStatus, Always()]


class CronJobSpec(TypedDict, total=False):
    concurrencyPolicy: Annotated[str, Default("Allow")]
    failedJobsHistoryLimit: Annotated[Int32 | None, Default(1)]
    jobTemplate: Required[Annotated[JobTemplateSpec, Always()]]
    schedule: Required[str]
    startingDeadlineSeconds: Int64 | None
    successfulJobsHistoryLimit: Annotated[Int32 | None, Default(3)]
    suspend: Annotated[bool | None, Default(False)]
    timeZone: str | None


class JobTemplateSpec(TypedDict, total=False):
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[JobSpec, Always()]


class CronJobStatus(TypedDict, total=False):
    active: Annotated[list[ObjectReference], Atomic()]
    lastScheduleTime: Time
    lastSuccessfulTime: Time


def _set_defaults(obj: Json) -> None:
    job = ((obj.get("spec") or {}).get("jobTemplate") or {}).get("spec") or {}
    set_template_defaults(job.get("template") or {})


DEFINITION = Definition(set_defaults=_set_defaults, spec_fields=("spec",))
