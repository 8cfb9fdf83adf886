"""The rules on events, lax for the core API's sake and strict in events.k8s.io, and how one becomes the other.

Both APIs show the same objects. An event without eventTime is one of the old sort, of which little is asked.

Counterpart: pkg/apis/core/validation/events.go and the conversions in pkg/apis/events/v1.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.validation import IMMUTABLE
from pybernetes.api.names import dns_subdomain, qualified_name
from pybernetes.api.object import Json, namespace_of

_MAX_TEXT = 128
_MAX_NOTE = 1024
_MISMATCH = "does not match event.namespace"
_UNSET = "needs to be unset"

# field in events.k8s.io -> field in the core API
RENAMED = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "reportingController": "reportingComponent",
}
_BACK = {old: new for new, old in RENAMED.items()}


_REPORTED_BY = ("reportingComponent", "reportingInstance")  # the core API always writes them, events.k8s.io if set


def core_event(event: Json) -> Json:
    """The same event as the core API shows it; one that is of the core API already is copied."""
    renamed = {RENAMED.get(field, field): value for field, value in event.items()}
    for field in _REPORTED_BY:
        renamed.setdefault(field, "")
    return {**renamed, "apiVersion": "v1", "kind": "Event"}


def events_event(event: Json) -> Json:
    """The same event as events.k8s.io shows it."""
    renamed = {_BACK.get(field, field): value for field, value in event.items() if value or field not in _REPORTED_BY}
    return {**renamed, "apiVersion": "events.k8s.io/v1", "kind": "Event"}


def validate_legacy(event: Json, errors: ErrorList, reporter: str = "reportingController") -> None:
    """What holds for an event of either API, given as the core API spells it; `reporter` is the other's word."""
    namespace = namespace_of(event)
    about = (event.get("involvedObject") or {}).get("namespace") or ""
    if not event.get("eventTime"):
        if about != namespace and (about or namespace not in ("", "default")):
            errors.invalid("involvedObject.namespace", about, _MISMATCH)
    else:
        if not about and namespace not in ("default", "kube-system"):
            errors.invalid("involvedObject.namespace", about, _MISMATCH)
        _validate_modern(event, reporter, errors)
    errors.each_invalid("namespace", namespace, dns_subdomain(namespace))


def _validate_modern(event: Json, reporter: str, errors: ErrorList) -> None:
    controller = event.get("reportingComponent") or ""
    if not controller:
        errors.required(reporter)
    errors.each_invalid(reporter, controller, qualified_name(controller))
    for field in ("reportingInstance", "action", "reason"):
        value = event.get(field) or ""
        if not value:
            errors.required(field)
        elif len(value.encode()) > _MAX_TEXT:
            errors.invalid(field, "", f"can have at most {_MAX_TEXT} characters")
    if len((event.get("message") or "").encode()) > _MAX_NOTE:
        errors.invalid("message", "", f"can have at most {_MAX_NOTE} characters")


def validate_core(event: Json, errors: ErrorList) -> None:
    """An event through the core API."""
    validate_legacy(event, errors, "reportingComponent")


def validate_strict(event: Json, errors: ErrorList) -> None:
    """An event through events.k8s.io: nothing of the old sort is set."""
    core = core_event(event)
    validate_legacy(core, errors)
    if (event.get("metadata") or {}).get("resourceVersion"):
        return
    _validate_series(core, errors)
    if not core.get("eventTime"):
        errors.required("eventTime")
    if core.get("type") not in ("Normal", "Warning"):
        errors.invalid("type", "", f"has invalid value: {core.get('type') or ''}")
    for field in ("firstTimestamp", "lastTimestamp", "count", "source"):
        if core.get(field):
            errors.invalid(field, "", _UNSET)


def _validate_series(event: Json, errors: ErrorList) -> None:
    series = event.get("series")
    if series is None:
        return
    if (series.get("count") or 0) < 2:
        errors.invalid("series.count", "", "should be at least 2")
    if not series.get("lastObservedTime"):
        errors.required("series.lastObservedTime")


_REFERENCE = "core.reference.ObjectReference"

# what stays, and how it is shown: as an object of a shape, or what stands for nothing
_FIXED: dict[str, Any] = {
    "involvedObject": _REFERENCE,
    "reason": "",
    "message": "",
    "source": "core.event.EventSource",
    "firstTimestamp": None,
    "lastTimestamp": None,
    "count": 0,
    "type": "",
    "eventTime": None,
    "action": "",
    "related": _REFERENCE,
    "reportingController": "",
    "reportingInstance": "",
}


def validate_strict_update(new: Json, old: Json, errors: ErrorList) -> None:
    """Only the series of an event goes on."""
    event, before = core_event(new), core_event(old)
    if event.get("series") != before.get("series"):
        _validate_series(event, errors)
    for field, shown in _FIXED.items():
        held = "reportingComponent" if field == "reportingController" else field
        value = event.get(held) or None
        if value != (before.get(held) or None):
            if shown:
                value = internal(None if field == "related" and value is None else value or {}, shown)
            errors.invalid(field, shown if value is None else value, IMMUTABLE)
