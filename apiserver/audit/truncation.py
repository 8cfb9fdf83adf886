"""Events that are too large, made smaller or left out.

An event that is larger than it may be loses what was sent and answered, and says so in an annotation; one that is too
large even then is lost, and counted.

Counterpart: apiserver/plugin/pkg/audit/truncate.
"""

from __future__ import annotations

import logging

import orjson

from pybernetes.api.object import Json
from pybernetes.apiserver.audit.auditor import Backend
from pybernetes.apiserver.audit.batches import LOST

log = logging.getLogger(__name__)

ANNOTATION = "audit.k8s.io/truncated"


class Truncation:
    """A `Backend` before another."""

    def __init__(self, behind: Backend, max_event_bytes: int):
        self._behind = behind
        self._max_event_bytes = max_event_bytes

    def write(self, event: Json) -> None:
        fitting = fitted(event, self._max_event_bytes)
        if fitting is None:
            LOST.labels("truncate").inc()
            log.error("an audit event is too large", extra={"auditID": event.get("auditID")})
        else:
            self._behind.write(fitting)

    async def run(self) -> None:
        await self._behind.run()

    async def close(self) -> None:
        await self._behind.close()


def fitted(event: Json, max_bytes: int) -> Json | None:
    """The event, smaller where it has to be; None where that is not enough."""
    if len(orjson.dumps(event)) <= max_bytes:
        return event
    smaller = {field: value for field, value in event.items() if field not in ("requestObject", "responseObject")}
    smaller["annotations"] = {**(event.get("annotations") or {}), ANNOTATION: "true"}
    return smaller if len(orjson.dumps(smaller)) <= max_bytes else None
