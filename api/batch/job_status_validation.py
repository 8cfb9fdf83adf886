"""The rules on the status of a job, whoever writes it: what has ended stays so, and the parts agree.

A rule on a part holds only when that part changes: a status that was wrong before, or that the job's new spec has made
wrong, can still be written for other reasons.

Counterpart: validateJobStatus in pkg/apis/batch/validation and getStatusValidationOptions in pkg/registry/batch/job.
"""

from __future__ import annotations

from pybernetes.api.batch.indexes import IndexesError, count_indexes, first_overlap
from pybernetes.api.batch.job_validation import is_indexed
from pybernetes.api.field import OMITTED, ErrorList
from pybernetes.api.meta.validation import IMMUTABLE, validate_not_negative
from pybernetes.api.object import Json, is_condition_true, parse_time

_CONDITIONS = "status.conditions"
_FINAL = ("Failed", "Complete", "FailureTarget")


class _Change:
    """The old and the new status, and which of their parts differ."""

    def __init__(self, new: Json, old: Json):
        self.status, self.before = new.get("status") or {}, old.get("status") or {}
        self._new, self._old = new, old
        self.spec: Json = new.get("spec") or {}

    def has(self, condition: str) -> bool:
        return is_condition_true(self._new, condition)

    def had(self, condition: str) -> bool:
        return is_condition_true(self._old, condition)

    def of(self, *parts: str) -> bool:
        """Whether one of these fields or conditions is not what it was."""
        return any(
            self.has(part) != self.had(part) if part[0].isupper() else self.status.get(part) != self.before.get(part)
            for part in parts
        )

    @property
    def finished(self) -> bool:
        return self.has("Complete") or self.has("Failed")

    def finishes_or(self, part: str) -> bool:
        was = self.had("Complete") or self.had("Failed")
        return was != self.finished or self.of(part)


def validate_job_status(new: Json, old: Json, errors: ErrorList) -> None:
    """What a status may say after what it said before (ValidateJobStatusUpdate)."""
    change = _Change(new, old)
    status = change.status
    for field in ("active", "succeeded", "failed", "ready", "terminating"):
        validate_not_negative(status.get(field), f"status.{field}", errors)
    _validate_uncounted(status.get("uncountedTerminatedPods") or {}, errors)
    _validate_completion(change, errors)
    _validate_finished(change, errors)
    _validate_indexes(change, errors)
    if change.finishes_or("terminating") and change.finished and (status.get("terminating") or 0) > 0:
        errors.invalid("status.terminating", status["terminating"], "terminating>0 is invalid for finished job")
    ready = status.get("ready")
    if change.of("ready", "active") and ready is not None and ready > (status.get("active") or 0):
        errors.invalid("status.ready", ready, "cannot set more ready pods than active")
    _validate_success_criteria(change, errors)
    _validate_transitions(change, errors)


def _validate_uncounted(uncounted: Json, errors: ErrorList) -> None:
    seen: set[str] = set()
    for part in ("succeeded", "failed"):
        for index, uid in enumerate(uncounted.get(part) or ()):
            at = f"status.uncountedTerminatedPods.{part}[{index}]"
            if not uid:
                errors.invalid(at, uid, "must not be empty")
            elif uid in seen:
                errors.duplicate(at, uid)
            seen.add(uid)


def _validate_completion(change: _Change, errors: ErrorList) -> None:
    """Complete excludes failure and goes with a time; both ways to end are announced first."""
    complete, failed = change.has("Complete"), change.has("Failed")
    ended, started = change.status.get("completionTime"), change.status.get("startTime")
    if change.of("Complete", "Failed") and complete and failed:
        errors.invalid(_CONDITIONS, OMITTED, "cannot set Complete=True and Failed=true conditions")
    if change.of("Complete", "FailureTarget") and complete and change.has("FailureTarget"):
        errors.invalid(_CONDITIONS, OMITTED, "cannot set Complete=True and FailureTarget=true conditions")
    if change.of("Complete", "completionTime"):
        if ended and not complete:
            detail = "cannot set completionTime when there is no Complete=True condition"
            errors.invalid("status.completionTime", ended, detail)
        if complete and not ended:
            errors.required("status.completionTime", "completionTime is required for Complete jobs")
    if change.of("startTime", "completionTime") and started and ended and parse_time(ended) < parse_time(started):
        errors.invalid("status.completionTime", ended, "must be equal to or after `startTime`")
    if change.of("Failed", "failedIndexes") and failed and not change.has("FailureTarget"):
        detail = "cannot set Failed=True condition without the FailureTarget=true condition"
        errors.invalid(_CONDITIONS, OMITTED, detail)
    if change.of("Complete", "SuccessCriteriaMet") and complete and not change.has("SuccessCriteriaMet"):
        detail = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"
        errors.invalid(_CONDITIONS, OMITTED, detail)


def _validate_finished(change: _Change, errors: ErrorList) -> None:
    status = change.status
    if not change.finished:
        return
    if change.finishes_or("active") and (status.get("active") or 0) > 0:
        errors.invalid("status.active", status["active"], "active>0 is invalid for finished job")
    if change.finishes_or("startTime") and not status.get("startTime"):
        errors.required("status.startTime", "startTime is required for finished job")
    uncounted = status.get("uncountedTerminatedPods") or {}
    if change.finishes_or("uncountedTerminatedPods") and (uncounted.get("failed") or uncounted.get("succeeded")):
        errors.invalid("status.uncountedTerminatedPods", uncounted, "must be empty for finished job")


def _validate_indexes(change: _Change, errors: ErrorList) -> None:
    status, spec = change.status, change.spec
    completions, per_index = spec.get("completions"), spec.get("backoffLimitPerIndex")
    completed, failed = status.get("completedIndexes") or "", status.get("failedIndexes")
    if change.of("completedIndexes") and completions is not None:
        _validate_format("completedIndexes", completed, completions, errors)
    if change.of("failedIndexes") and completions is not None and per_index is not None and failed is not None:
        _validate_format("failedIndexes", failed, completions, errors)
    if change.of("completedIndexes") and completed and not is_indexed(spec):
        detail = "cannot set non-empty completedIndexes when non-indexed completion mode"
        errors.invalid("status.completedIndexes", completed, detail)
    if change.of("failedIndexes") and per_index is None and failed is not None:
        detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        errors.invalid("status.failedIndexes", failed, detail)
    if change.of("failedIndexes", "completedIndexes") and completions is not None and failed is not None:
        overlap = first_overlap(completed, failed, completions)
        if overlap is not None:
            detail = f"failedIndexes and completedIndexes overlap at index: {overlap}"
            errors.invalid("status.failedIndexes", failed, detail)


def _validate_format(field: str, text: str, completions: int, errors: ErrorList) -> None:
    try:
        count_indexes(text, completions)
    except IndexesError as error:
        errors.invalid(f"status.{field}", text, f"error parsing {field}: {error}")


def _validate_success_criteria(change: _Change, errors: ErrorList) -> None:
    if change.has("SuccessCriteriaMet"):
        for other in ("Failed", "FailureTarget"):
            if change.has(other):
                detail = f"cannot set SuccessCriteriaMet=True and {other}=true conditions"
                errors.invalid(_CONDITIONS, OMITTED, detail)
    elif "successPolicy" in change.spec and change.has("Complete"):
        detail = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"
        errors.invalid(_CONDITIONS, OMITTED, detail)


def _validate_transitions(change: _Change, errors: ErrorList) -> None:
    """What the job has reached, it keeps; its counts do not go back."""
    status, before, spec = change.status, change.before, change.spec
    for condition in _FINAL:
        if change.had(condition) and not change.has(condition):
            errors.invalid(_CONDITIONS, OMITTED, f"cannot disable the terminal {condition}=True condition")
    if (status.get("failed") or 0) < (before.get("failed") or 0):
        errors.invalid("status.failed", status.get("failed") or 0, "cannot decrease the failed counter")
    shrinks = is_indexed(spec) and spec.get("completions") == spec.get("parallelism")
    if not shrinks and (status.get("succeeded") or 0) < (before.get("succeeded") or 0):
        errors.invalid("status.succeeded", status.get("succeeded") or 0, "cannot decrease the succeeded counter")
    ended, was = status.get("completionTime"), before.get("completionTime")
    if ended and was and ended != was:
        errors.invalid("status.completionTime", ended, IMMUTABLE)
    if change.of("startTime") and before.get("startTime") and not spec.get("suspend"):
        errors.required("status.startTime", "startTime cannot be removed for unsuspended job")
    if change.had("SuccessCriteriaMet") and not change.has("SuccessCriteriaMet"):
        errors.invalid(_CONDITIONS, OMITTED, "cannot disable the SuccessCriteriaMet=True condition")
    if change.had("Complete") and not change.had("SuccessCriteriaMet") and change.has("SuccessCriteriaMet"):
        detail = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
        errors.invalid(_CONDITIONS, OMITTED, detail)
