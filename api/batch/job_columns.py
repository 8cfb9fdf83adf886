"""The columns of jobs and cron jobs. Counterpart: printJob and printCronJob in pkg/printers/internalversion."""

from __future__ import annotations

from datetime import datetime

from pybernetes.api.columns import AGE, CONTAINERS, IMAGES, NAME, NONE, WIDE, container_cells, text_of
from pybernetes.api.definition import Column
from pybernetes.api.duration import human_duration, since
from pybernetes.api.object import Json, is_condition_true, is_deleting, parse_time
from pybernetes.api.selectors import format_label_selector

_STATES = ("Complete", "Failed")
_LATER_STATES = ("Suspended", "FailureTarget", "SuccessCriteriaMet")


def _status(job: Json, now: datetime) -> str:
    for state in _STATES:
        if is_condition_true(job, state):
            return state
    if is_deleting(job):
        return "Terminating"
    return next((state for state in _LATER_STATES if is_condition_true(job, state)), "Running")


def _completions(job: Json, now: datetime) -> str:
    spec, succeeded = job.get("spec") or {}, (job.get("status") or {}).get("succeeded") or 0
    if spec.get("completions") is not None:
        return f"{succeeded}/{spec['completions']}"
    parallelism = spec.get("parallelism") or 0
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(job: Json, now: datetime) -> str:
    status = job.get("status") or {}
    if not status.get("startTime"):
        return ""
    end = parse_time(status["completionTime"]) if status.get("completionTime") else now
    return human_duration((end - parse_time(status["startTime"])).total_seconds())


def selector_cell(selector: Json | None) -> str:
    """A selector as text: none that is unset, everything that is empty (metav1.FormatLabelSelector)."""
    return NONE if not selector else format_label_selector(selector) or NONE


def _selector(job: Json, now: datetime) -> str:
    return selector_cell((job.get("spec") or {}).get("selector"))


JOB_COLUMNS = (
    NAME,
    Column("Status", _status, description="How the job stands."),
    Column("Completions", _completions, description="How many pods have succeeded of those that must."),
    Column("Duration", _duration, description="How long it has run, or ran."),
    AGE,
    CONTAINERS,
    IMAGES,
    Column("Selector", _selector, priority=WIDE, description="The labels of its pods."),
)


def _suspend(job: Json, now: datetime) -> str:
    suspend = (job.get("spec") or {}).get("suspend")
    return "<unset>" if suspend is None else str(bool(suspend))


def _last_schedule(job: Json, now: datetime) -> str:
    moment = (job.get("status") or {}).get("lastScheduleTime")
    return since(moment, now) if moment else NONE


def _active(job: Json, now: datetime) -> int:
    return len((job.get("status") or {}).get("active") or ())


def _template(cron_job: Json) -> Json:
    template: Json = (cron_job.get("spec") or {}).get("jobTemplate") or {}
    return template


def _template_selector(cron_job: Json, now: datetime) -> str:
    return selector_cell((_template(cron_job).get("spec") or {}).get("selector"))


_CONTAINERS, _IMAGES = container_cells(_template)

CRON_JOB_COLUMNS = (
    NAME,
    Column("Schedule", text_of("spec", "schedule"), description="When jobs start."),
    Column("Timezone", text_of("spec", "timeZone", default=NONE), description="The time zone of the schedule."),
    Column("Suspend", _suspend, "boolean", description="Whether no more jobs start."),
    Column("Active", _active, "integer", description="How many jobs run."),
    Column("Last Schedule", _last_schedule, description="How long ago a job was last started."),
    AGE,
    _CONTAINERS,
    _IMAGES,
    Column("Selector", _template_selector, priority=WIDE, description="The labels of the jobs' pods."),
)
