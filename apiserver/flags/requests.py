"""How many requests are served at a time, how long they may take, and how the server ends."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag

_DIRECTIVES = ("includeSubDomains", "preload")


@dataclass(frozen=True)
class RequestOptions:
    SECTION = "Generic"

    advertise_address: str = flag("", "address under which nodes and pods reach this server")
    priority_and_fairness: bool = flag(
        True, "limit requests by flow schemas and priority levels", name="enable-priority-and-fairness"
    )
    max_requests_in_flight: int = flag(400, "seats for requests that only read", name="max-requests-inflight")
    max_mutating_requests_in_flight: int = flag(
        200, "seats for requests that write", name="max-mutating-requests-inflight"
    )
    request_timeout_seconds: float = flag(
        60.0, "how long a request may take that is no stream", name="request-timeout", duration=True
    )
    min_request_timeout_seconds: int = flag(
        1800, "seconds that a watch lasts at least; at most twice that", name="min-request-timeout"
    )
    shutdown_delay_seconds: float = flag(
        0.0, "how long to serve on after having been told to stop", name="shutdown-delay-duration", duration=True
    )
    shutdown_send_retry_after: bool = flag(
        False, "answer new requests 429 once the delay is over, until those under way are done"
    )
    strict_transport_security_directives: tuple[str, ...] = flag((), "directives of Strict-Transport-Security")

    def __post_init__(self) -> None:
        """Raises ValueError."""
        for name, value in (
            ("max-requests-inflight", self.max_requests_in_flight),
            ("max-mutating-requests-inflight", self.max_mutating_requests_in_flight),
            ("request-timeout", self.request_timeout_seconds),
            ("min-request-timeout", self.min_request_timeout_seconds),
            ("shutdown-delay-duration", self.shutdown_delay_seconds),
        ):
            if value < 0:
                raise ValueError(f"--{name} can not be negative value")
        for directive in self.strict_transport_security_directives:
            if directive not in _DIRECTIVES and not directive.removeprefix("max-age=").isdigit():
                known = "expected max-age=expireTime, includeSubDomains and preload"
                raise ValueError(f"--strict-transport-security-directives invalid, {known}: {directive}")
        seats = self.max_requests_in_flight + self.max_mutating_requests_in_flight
        if self.priority_and_fairness and not seats:
            raise ValueError("--max-requests-inflight and --max-mutating-requests-inflight can not both be 0")
