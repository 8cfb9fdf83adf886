"""Deletes certificate signing requests that nobody needs any more.

Once an hour: what was signed, denied or failed an hour ago, what waits since a day, what was approved and not signed
for a day, and what has a certificate that ended. Counterpart: pkg/controller/certificates/cleaner.
"""

from __future__ import annotations

import base64
import logging
from datetime import datetime, timedelta

from cryptography import x509

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, metadata, name_of, parse_time, uid_of
from pybernetes.client.transport import TransportError
from pybernetes.controllers.certificates.requests import RESOURCE, conditions
from pybernetes.controllers.context import Context, wait_synced

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 3600.0
_AFTER_AN_ANSWER = timedelta(hours=1)
_WITHOUT_ONE = timedelta(hours=24)


def why_old(request: Json, now: datetime) -> str:
    """Why a request may go, or the empty string while it is to stay."""
    certificate = (request.get("status") or {}).get("certificate")
    listed = conditions(request)
    if not listed and now - parse_time(metadata(request)["creationTimestamp"]) > _WITHOUT_ONE:
        return "unhandled for a day"
    for condition in listed:
        kind, since = condition["type"], condition.get("lastUpdateTime")
        age = now - parse_time(since) if since else timedelta()
        if kind == "Denied" and age > _AFTER_AN_ANSWER:
            return "denied an hour ago"
        if kind == "Failed" and age > _AFTER_AN_ANSWER:
            return "failed an hour ago"
        if kind == "Approved" and not certificate and age > _WITHOUT_ONE:
            return "approved a day ago and not signed"
        if kind == "Approved" and certificate and age > _AFTER_AN_ANSWER:
            return "signed an hour ago"
        if kind == "Approved" and certificate and now > _end_of(certificate):
            return "its certificate has ended"
    return ""


def _end_of(certificate: str) -> datetime:
    """Raises ValueError for what is no certificate."""
    return x509.load_pem_x509_certificates(base64.b64decode(certificate))[0].not_valid_after_utc


class CleanerController:
    """Looks at all requests now and then."""

    def __init__(self, context: Context):
        self._client, self._clock = context.client, context.clock
        self._requests = context.informers.informer(RESOURCE)

    async def run(self) -> None:
        await wait_synced(self._requests)
        while True:
            for request in self._requests.items():
                await self._clean(request)
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def _clean(self, request: Json) -> None:
        """Delete one if it may go. A failure is logged: the next look tries again."""
        name = name_of(request)
        try:
            why = why_old(request, self._clock.now())
            if why:
                log.info("deleting a certificate signing request", extra={"name": name, "why": why})
                await self._client.delete(RESOURCE, name, uid=uid_of(request))
        except (APIError, TransportError, ValueError) as error:
            if not (isinstance(error, APIError) and is_not_found(error)):
                log.warning("cannot clean a request", extra={"name": name, "error": str(error)})


def cleaning(context: Context) -> CleanerController:
    return CleanerController(context)
