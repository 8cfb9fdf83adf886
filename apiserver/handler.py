"""The road of every request: who is it, is there room, may they, and then the verb.

    authenticate → audit → impersonate → take a seat → authorize → dispatch

An `APIError` from any of them becomes the answer; anything else is a fault of ours, is logged with its trace, and
answered with 500. Whether the request came over the network or from the same process makes no difference.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter

from pybernetes.api.errors import APIError, internal_error
from pybernetes.apiserver.aggregation.aggregator import Aggregator
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.audit.auditor import Auditor, Record
from pybernetes.apiserver.authn.chain import Authenticator
from pybernetes.apiserver.authn.impersonation import Impersonation, is_requested, requested
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.authz.decision import refusal
from pybernetes.apiserver.deadline import LIMITED, REQUEST_SECONDS, Deadlines
from pybernetes.apiserver.dispatch import attributes_of, dispatch, verb_of
from pybernetes.apiserver.flowcontrol.control import Limits, Seat, TooManyRequests
from pybernetes.apiserver.http import Answer, ListResponse, Request, Response, Upgrade, error_response
from pybernetes.apiserver.metrics import REQUESTS
from pybernetes.apiserver.paths import PathInfo, parse_path
from pybernetes.apiserver.questions import Unanswered, answered
from pybernetes.apiserver.rest.media import GZIP_ABOVE_BYTES, compressed, in_media, is_for_people
from pybernetes.apiserver.rest.metadata import new_uid
from pybernetes.apiserver.rest.negotiation import negotiate_status
from pybernetes.apiserver.state import State
from pybernetes.apiserver.user import User
from pybernetes.apiserver.warning_header import warning_header
from pybernetes.apiserver.wellknown import WellKnown

log = logging.getLogger(__name__)

_NO_RESOURCE = PathInfo()


class _Progress:
    """How far one request has come."""

    __slots__ = ("info", "record", "seat", "started", "verb")

    def __init__(self) -> None:
        self.started = perf_counter()
        self.info = _NO_RESOURCE
        self.verb = ""
        self.seat: Seat | None = None
        self.record: Record | None = None


class Handler:
    """Answers requests. One per server."""

    def __init__(
        self,
        state: State,
        authenticator: Authenticator,
        authorizer: AuthorizerChain,
        well_known: WellKnown,
        limits: Limits | None = None,
        auditor: Auditor | None = None,
        aggregator: Aggregator | None = None,
        *,
        request_seconds: float = REQUEST_SECONDS,
    ):
        self._aggregator = aggregator
        self._state = state
        self._deadlines = Deadlines(request_seconds)
        self._auditor = auditor
        self._limits = limits
        self._authenticator = authenticator
        self._authorizer = authorizer
        self._impersonation = Impersonation(authorizer.require)
        self._well_known = well_known

    def _user_of(self, request: Request) -> User:
        """Who made the request. Raises 401, Unanswered."""
        if request.user is not None:
            return request.user
        return self._authenticator.authenticate(request.headers, request.peer_certificate, request.path)

    async def _asked_user_of(self, request: Request, info: PathInfo) -> User:
        """As `_user_of`, by asking those who know."""
        try:
            return await answered(lambda: self._user_of(request))
        except APIError:
            self._refused(request, info)
            raise

    def _refused(self, request: Request, info: PathInfo) -> None:
        """Tell the audit log of a request whose requester is not known."""
        if self._auditor is not None:
            verb = verb_of(request, info) if info.resource else request.method.lower()
            nobody = User("")
            asked = attributes_of(nobody, verb, info, request) if info.resource else None
            self._auditor.refused(request, asked or Attributes(nobody, verb, path=request.path))

    async def _impersonate(self, request: Request, attributes: Attributes, record: Record | None) -> Attributes:
        """The attributes with the user that the requester wants to be, if any. Raises 400, 403."""
        wanted = requested(request.headers)
        if wanted is None:
            return attributes
        user, constraint = await answered(lambda: self._impersonation.user_for(wanted, attributes))
        if record is not None:
            record.impersonates(user, constraint)
        return replace(attributes, user=user)

    async def handle(self, request: Request) -> Answer:
        """The answer to a request, whatever happens."""
        progress = _Progress()
        try:
            answer = await self._answer(request, progress)
        except TooManyRequests as error:
            answer = _too_many(error)
        except APIError as error:
            answer = _refusal(request, error)
        except Exception as error:
            log.exception("request failed", extra={"method": request.method, "path": request.path})
            answer = _refusal(request, internal_error(f"{type(error).__name__}: {error}"))
        finally:
            if progress.seat is not None:
                progress.seat.close()
        return await self._finished(request, answer, progress)

    async def _answer(self, request: Request, progress: _Progress) -> Answer:
        """The road, to its end or to where an error leaves it. `progress` keeps how far it came."""
        info = progress.info = parse_path(request.path)
        try:
            user = self._user_of(request)
        except Unanswered:
            user = await self._asked_user_of(request, info)
        except APIError:
            self._refused(request, info)
            raise
        if info.resource:
            verb = progress.verb = verb_of(request, info)
            attributes = attributes_of(user, verb, info, request)
        else:
            verb = progress.verb = request.method.lower()
            attributes = Attributes(user, verb, path=request.path)
        if self._auditor is not None:
            progress.record = self._auditor.begin(request, attributes, user)
        if request.user is None and is_requested(request.headers):
            attributes = await self._impersonate(request, attributes, progress.record)
        limits = self._limits
        if limits is not None and limits.controls(attributes):
            progress.seat = limits.enter(attributes) or await limits.wait(attributes)
        require = self._authorizer.require if progress.record is None else partial(self._require, progress.record)
        try:
            require(attributes)
        except Unanswered:
            await answered(partial(require, attributes))
        return await self._serve(request, info, verb, attributes.user)

    async def _serve(self, request: Request, info: PathInfo, verb: str, user: User) -> Answer:
        """What was asked for, by whoever serves it: another server behind this one, a verb, or a bare path."""
        aggregator = self._aggregator
        remote = aggregator.remote_for(request.path) if aggregator is not None else None
        if remote is not None and aggregator is not None:
            return await aggregator.answer(remote, request, user)
        if info.resource:
            serve = partial(dispatch, self._state, request, info, verb, user)
            return await (self._deadlines.within(request, serve) if verb in LIMITED else serve())
        return await self._well_known.answer(request, user)

    async def _finished(self, request: Request, answer: Answer, progress: _Progress) -> Answer:
        """The answer with all that goes with every answer, counted and recorded."""
        seat, record = progress.seat, progress.record
        if seat is not None and not isinstance(answer, Upgrade):
            answer.headers = {**seat.headers, **answer.headers} if answer.headers else seat.headers
        dry_run = request.query.get("dryRun", "") if request.query else ""
        REQUESTS.count(progress.verb, progress.info, answer, perf_counter() - progress.started, dry_run and "All")
        if record is not None:
            answer = record.finish(answer)
        if isinstance(answer, Upgrade):
            return answer
        if type(answer) is ListResponse or (isinstance(answer, Response) and len(answer.body) > GZIP_ABOVE_BYTES):
            answer = await compressed(answer, request)
        answer.headers = _headers(request, answer.headers, record.audit_id if record is not None else "")
        return answer

    def _require(self, record: Record, attributes: Attributes) -> None:
        """As the authorizer's `require`, and the audit log is told."""
        decision = self._authorizer.authorize(attributes)
        record.decided(decision)
        if not decision.allowed:
            raise refusal(attributes, decision)


def _too_many(refusal: TooManyRequests) -> Response:
    headers = {**refusal.headers, "retry-after": "1", "x-content-type-options": "nosniff"}
    return Response(429, b"Too many requests, please try again later.\n", "text/plain; charset=utf-8", headers)


def _refusal(request: Request, error: APIError) -> Answer:
    """An error as the client reads it."""
    wanted = negotiate_status(request.headers.get("accept", ""))
    return in_media(error_response(error), wanted, pretty=wanted.pretty or is_for_people(request))


def _headers(request: Request, given: Mapping[str, str] | None, audit_id: str) -> Mapping[str, str]:
    """What every answer carries: the request's number, what caches may do with it, and what to warn of."""
    audit_id = audit_id or request.headers.get("audit-id", "")[:64] or new_uid()
    headers = {"audit-id": audit_id, "cache-control": "no-cache, private"}
    if request.warnings:
        headers["warning"] = warning_header(request.warnings)
    if given:
        headers.update(given)
    return headers
