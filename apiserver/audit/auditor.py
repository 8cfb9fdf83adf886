"""From requests and their answers to events, stage by stage.

    begin → RequestReceived → (the request is served) → finish → ResponseStarted, where the answer goes on for long
                                                              → ResponseComplete, when all of it is sent

A stage that the policy omits makes no event. Bodies are read only where the policy wants them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from prometheus_client import Counter

from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.audit.event import (
    first_event,
    in_order,
    micro_time,
    name_object,
    object_in,
    response_status,
    user_info,
    why_refused,
    without_managed_fields,
)
from pybernetes.apiserver.audit.policy import (
    COMPLETE,
    METADATA,
    NONE,
    RECEIVED,
    REQUEST_RESPONSE,
    STARTED,
    Policy,
    Verdict,
)
from pybernetes.apiserver.authz.decision import Decision
from pybernetes.apiserver.http import Answer, BodyStream, Request, Response, Sink, StreamResponse, Upgrade
from pybernetes.apiserver.rest.metadata import new_uid
from pybernetes.apiserver.user import User
from pybernetes.component.clock import Clock
from pybernetes.component.duration import go_duration

_EVENTS = Counter("apiserver_audit_event", "Audit events that were made")
_LEVELS = Counter("apiserver_audit_level", "Requests by the level that the policy has for them", ["level"])
AUDIT_ID = "audit-id"
_LONG_SECONDS = 0.5  # requests that take longer tell how long
_MAX_ID_LENGTH = 64


class Backend(Protocol):
    """Where events go."""

    def write(self, event: Json) -> None:
        """Take an event. Does not wait; what cannot be kept is counted."""

    async def run(self) -> None:
        """Send on what was taken, until cancelled."""

    async def close(self) -> None:
        """Get rid of what was taken and is not sent yet."""


class Auditor:
    """The audit of one server."""

    def __init__(self, policy: Policy, backends: list[Backend], clock: Clock):
        self._policy = policy
        self.backends = backends
        self._clock = clock

    def begin(self, request: Request, attributes: Attributes, user: User) -> Record | None:
        """Start the record of a request; None where the policy wants none. `user` is who asked, not who they act as."""
        record = self._record(request, attributes, user)
        if record is not None:
            record.emit(RECEIVED)
        return record

    def refused(self, request: Request, attributes: Attributes) -> Record | None:
        """The record of a request whose requester is not known, at its only stage; None where none is wanted."""
        record = self._record(request, attributes, None)
        if record is not None:
            record.refused()
        return record

    def _record(self, request: Request, attributes: Attributes, user: User | None) -> Record | None:
        verdict = self._policy.verdict(attributes, user)
        if verdict.level == NONE:
            return None
        given = request.headers.get(AUDIT_ID, "")[:_MAX_ID_LENGTH]
        received = self.now()
        event = first_event(
            request, attributes, user, level=verdict.level, audit_id=given or new_uid(), received=received
        )
        _LEVELS.labels(verdict.level).inc()
        return Record(self, verdict, event, request, received)

    def now(self) -> datetime:
        return self._clock.now()

    def write(self, event: Json) -> None:
        _EVENTS.inc()
        for backend in self.backends:
            backend.write(event)


class Record:
    """One request. `audit_id` is what the client is told, so that it can be found again."""

    def __init__(self, auditor: Auditor, verdict: Verdict, event: Json, request: Request, received: datetime):
        self._received = received
        self._auditor, self._verdict, self._event, self._request = auditor, verdict, event, request
        self.audit_id: str = event["auditID"]

    def impersonates(self, user: User, constraint: str) -> None:
        """Note whom the requester acts as, and by which of the new rights; empty for the old one."""
        self._event["impersonatedUser"] = user_info(user)
        if constraint:
            self._event["authenticationMetadata"] = {"impersonationConstraint": constraint}

    def refused(self) -> None:
        """Note that nobody knows who asked."""
        message = why_refused(self._request)
        self._event["responseStatus"] = {"metadata": {}, "message": message, "code": 401}
        self.emit(STARTED)

    def decided(self, decision: Decision) -> None:
        """Note what authorization said."""
        annotations = self._request.audit_annotations
        annotations["authorization.k8s.io/decision"] = "allow" if decision.allowed else "forbid"
        annotations["authorization.k8s.io/reason"] = decision.reason

    def emit(self, stage: str) -> None:
        if stage in self._verdict.omitted_stages:
            return
        now = self._auditor.now()
        event = {**self._event, "stage": stage, "stageTimestamp": micro_time(now)}
        annotations = dict(self._request.audit_annotations)
        if stage == COMPLETE and (taken := (now - self._received).total_seconds()) > _LONG_SECONDS:
            annotations["apiserver.latency.k8s.io/total"] = go_duration(taken)
        if annotations:
            event["annotations"] = annotations
        self._auditor.write(in_order(event))

    def finish(self, answer: Answer) -> Answer:
        """Note the answer; gives the one to send, which tells when its end has come."""
        self._note_request()
        if isinstance(answer, Response):
            self._note_response(answer)
            self.emit(COMPLETE)
            return answer
        self._event["responseStatus"] = {"metadata": {}, "code": 101 if isinstance(answer, Upgrade) else answer.status}
        self.emit(STARTED)
        return self._followed(answer)

    def _note_request(self) -> None:
        request = self._request
        if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
            return
        value = object_in(request.body, request.headers.get("content-type", ""))
        if value is None:
            return
        name_object(self._event, value)
        if self._verdict.level != METADATA:
            self._event["requestObject"] = self._shown(value)

    def _note_response(self, answer: Response) -> None:
        wanted = self._verdict.level == REQUEST_RESPONSE
        tells = wanted or answer.status >= 400 or self._request.method == "DELETE"
        value = object_in(answer.body, answer.content_type) if tells else None
        self._event["responseStatus"] = response_status(answer.status, value)
        if wanted and value is not None:
            self._event["responseObject"] = self._shown(value)

    def _shown(self, value: object) -> object:
        return without_managed_fields(value) if self._verdict.omits_managed_fields else value

    def _followed(self, answer: StreamResponse | BodyStream | Upgrade) -> Answer:
        if isinstance(answer, StreamResponse):
            run = answer.run

            async def run_to_end(sink: Sink) -> None:
                try:
                    await run(sink)
                finally:
                    self.emit(COMPLETE)

            answer.run = run_to_end
        elif isinstance(answer, BodyStream):
            answer.chunks = self._chunks_to_end(answer.chunks)
        else:
            take = answer.take

            async def take_to_end(raw: object) -> object:
                try:
                    return await take(raw)
                finally:
                    self.emit(COMPLETE)

            answer.take = take_to_end
        return answer

    async def _chunks_to_end(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()
            self.emit(COMPLETE)
