"""What of a log a request wants: its query parameters as PodLogOptions, checked, and as the kubelet is asked for it.

Counterparts: ValidatePodLogOptions of pkg/apis/core/validation, LogLocation of pkg/registry/core/pod.
"""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.api.errors import bad_request, invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import NOT_NEGATIVE
from pybernetes.api.schema.leaves import canonical_time
from pybernetes.apiserver.query import integer, is_true

_FLAGS = ("follow", "previous", "timestamps")
_POSITIVE = "must be greater than 0"
_STREAMS = ("All", "Stderr", "Stdout")


def log_options(query: Mapping[str, str], pod: str) -> dict[str, str]:
    """The options for the kubelet, without those that are not set. Raises 400, 422."""
    numbers = {name: integer(query, name) for name in ("sinceSeconds", "tailLines", "limitBytes")}
    since_time = _time(query.get("sinceTime") or "")
    errors = ErrorList()
    tail, limit, seconds = numbers["tailLines"], numbers["limitBytes"], numbers["sinceSeconds"]
    if tail is not None and tail < 0:
        errors.invalid("tailLines", tail, NOT_NEGATIVE)
    if limit is not None and limit < 1:
        errors.invalid("limitBytes", limit, _POSITIVE)
    if seconds is not None and since_time:
        errors.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified")
    elif seconds is not None and seconds < 1:
        errors.invalid("sinceSeconds", seconds, _POSITIVE)
    stream = query.get("stream") or ""
    if stream and stream not in _STREAMS:
        errors.not_supported("stream", stream, _STREAMS)
    if errors:
        raise invalid("PodLogOptions", pod, errors.causes)
    options = {name: "true" for name in _FLAGS if is_true(query, name)}
    options |= {name: str(value) for name, value in numbers.items() if value is not None}
    options |= {"sinceTime": since_time} if since_time else {}
    return options | ({"stream": stream} if stream else {})


def _time(text: str) -> str:
    try:
        return canonical_time(text) if text else ""
    except ValueError as error:
        raise bad_request(str(error)) from None
