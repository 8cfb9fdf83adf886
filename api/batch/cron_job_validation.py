"""The rules on cron jobs. Counterpart: pkg/apis/batch/validation."""

from __future__ import annotations

import re

from pybernetes.api.batch.job_validation import validate_job_spec
from pybernetes.api.batch.schedule import ScheduleError, is_time_zone, parse_schedule
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_not_negative
from pybernetes.api.object import Json, name_of

_MAX_NAME = 52  # jobs are called after the cron job, a dash and ten digits, and 63 is the limit for those
_POLICIES = ("Allow", "Forbid", "Replace")
_ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}")
_IANA = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"


def validate_cron_job(cron_job: Json, errors: ErrorList) -> None:
    """Every rule on a new cron job; those on a change are in `validate_cron_job_update`."""
    if (cron_job.get("metadata") or {}).get("resourceVersion"):
        return
    _validate_spec(cron_job.get("spec") or {}, None, errors)
    if len(name_of(cron_job)) > _MAX_NAME:
        errors.invalid("metadata.name", name_of(cron_job), f"must be no more than {_MAX_NAME} bytes")


def validate_cron_job_update(new: Json, old: Json, errors: ErrorList) -> None:
    """A time zone that was stored, or one inside the schedule, may stay."""
    _validate_spec(new.get("spec") or {}, old.get("spec") or {}, errors)


def _validate_spec(spec: Json, before: Json | None, errors: ErrorList) -> None:
    zone = spec.get("timeZone")
    if not spec.get("schedule"):
        errors.required("spec.schedule")
    else:
        _validate_schedule(spec["schedule"], zone, "TZ" in ((before or {}).get("schedule") or ""), errors)
    validate_not_negative(spec.get("startingDeadlineSeconds"), "spec.startingDeadlineSeconds", errors)
    if zone is not None and (before is None or before.get("timeZone") != zone):
        _validate_time_zone(zone, errors)
    policy = spec.get("concurrencyPolicy") or ""
    if not policy:
        errors.required("spec.concurrencyPolicy")
    elif policy not in _POLICIES:
        errors.not_supported("spec.concurrencyPolicy", policy, _POLICIES)
    _validate_template((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec", errors)
    for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        validate_not_negative(spec.get(field), f"spec.{field}", errors)


def _validate_schedule(schedule: str, zone: str | None, zone_inside: bool, errors: ErrorList) -> None:
    try:
        parse_schedule(schedule)
    except ScheduleError as error:
        errors.invalid("spec.schedule", schedule, str(error))
    if "TZ" not in schedule:
        return
    if not zone_inside:
        detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        errors.invalid("spec.schedule", schedule, detail)
    elif zone is not None:
        errors.invalid("spec.schedule", schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule")


def _validate_time_zone(zone: str, errors: ErrorList) -> None:
    if not zone:
        errors.invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string")
        return
    for part in zone.split("/"):
        if part in (".", "..") or part.startswith("-") or not _ZONE_PART.fullmatch(part):
            errors.invalid("spec.timeZone", zone, f"unknown time zone {zone}")
            return
    if zone.lower() == "local":
        errors.invalid("spec.timeZone", zone, _IANA)
    if zone not in ("UTC", "Local") and not is_time_zone(zone):
        errors.invalid("spec.timeZone", zone, f"unknown time zone {zone}")


def _validate_template(spec: Json, path: str, errors: ErrorList) -> None:
    validate_job_spec(spec, path, errors)
    if "selector" in spec:
        errors.invalid(f"{path}.selector", spec["selector"], "`selector` will be auto-generated")
    if spec.get("manualSelector"):
        errors.not_supported(f"{path}.manualSelector", True, ("nil", "false"))
