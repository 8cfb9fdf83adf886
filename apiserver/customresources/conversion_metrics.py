"""What is counted of conversions by webhooks, under kube-apiserver's names.

Counterpart: apiextensions-apiserver/pkg/apiserver/conversion/metrics.go.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

CALL_FAILED = "conversion_webhook_call_failure"
MALFORMED = "conversion_webhook_malformed_response_failure"
PARTIAL = "conversion_webhook_partial_response_failure"
INVALID_OBJECT = "conversion_webhook_invalid_converted_object_failure"

_RESULT = ("result", "failure_type")
_REQUESTS = Counter("apiserver_conversion_webhook_request", "Requests to conversion webhooks", _RESULT)
_SECONDS = Histogram(
    "apiserver_conversion_webhook_duration_seconds",
    "Time of a request to a conversion webhook",
    _RESULT,
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 45, 60),
)
_OF_DEFINITION = Histogram(
    "apiserver_crd_conversion_webhook_duration_seconds",
    "Time of a conversion",
    ("crd_name", "from_version", "to_version", "succeeded"),
    buckets=[0.001 * 2**power for power in range(15)],
)


def converted(definition: str, from_version: str, to_version: str, seconds: float, failure_type: str = "") -> None:
    """A conversion of one object ended; `failure_type` is empty where it succeeded."""
    result = "failure" if failure_type else "success"
    _REQUESTS.labels(result, failure_type).inc()
    _SECONDS.labels(result, failure_type).observe(seconds)
    succeeded = "false" if failure_type else "true"
    _OF_DEFINITION.labels(definition, from_version, to_version, succeeded).observe(seconds)
