"""One webhook asked once, and what follows from its answer or its silence.

allowed                        →  its verdict
refused                        →  the error that it wants
no answer, or none of use      →  failurePolicy: an internal error, or as if it had not been there
"""

from __future__ import annotations

import logging

from pybernetes.api.errors import APIError, internal_error
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.metrics import WEBHOOK_FAIL_OPEN
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.webhook.configurations import Webhook
from pybernetes.apiserver.admission.webhook.review import (
    InvalidResponse,
    Verdict,
    denial,
    no_dry_run,
    review_of,
    verdict_of,
)
from pybernetes.apiserver.rest.metadata import new_uid
from pybernetes.apiserver.webhooks.client import CallFailed, WebhookClient

log = logging.getLogger(__name__)

_NOT_ASKED, _NO_USE = 400, 503


class Unanswered(Exception):
    """The webhook gave no answer that can be used. `code` is what metrics call it."""

    def __init__(self, why: str, code: int = _NO_USE):
        super().__init__(why)
        self.code = code


class Denied(APIError):
    """The error that a webhook wants."""


async def ask(
    client: WebhookClient, webhook: Webhook, operation: Operation, resource: Resource, *, mutating: bool
) -> Verdict:
    """The verdict of a webhook that allows the request. Raises `Unanswered`, `Denied`, or 400 for no dry run."""
    if operation.dry_run and not webhook.can_run_dry:
        raise no_dry_run(webhook.name)
    if not webhook.version:
        known = "webhook does not accept known AdmissionReview versions (v1, v1beta1)"
        raise Unanswered(f"could not create admission objects: {known}", _NOT_ASKED)
    if isinstance(webhook.target, str):
        raise Unanswered(f"could not get REST client: {webhook.target}", _NOT_ASKED)
    uid = new_uid()
    review = await review_of(operation, resource, uid, webhook.version)
    try:
        answer = await client.post(webhook.target, review, timeout_seconds=webhook.timeout_seconds)
        verdict = verdict_of(answer, uid, webhook.version, mutating=mutating)
    except CallFailed as error:
        raise Unanswered(f"failed to call webhook: {error}", error.code) from None
    except InvalidResponse as error:
        raise Unanswered(f"received invalid webhook response: {error}") from None
    for key, value in verdict.annotations.items():
        operation.annotate(f"{webhook.name}/{key}", str(value))
    operation.warnings.extend(verdict.warnings)
    if not verdict.allowed:
        raise Denied(denial(webhook.name, verdict.result))
    return verdict


def fail_open_or_closed(webhook: Webhook, why: Unanswered, operation: Operation, step: str, annotation: str) -> None:
    """Let the request pass, or raise 500, as the webhook's failurePolicy says."""
    text = f'failed calling webhook "{webhook.name}": {why}'
    if not webhook.fails_open:
        log.warning("a webhook failed; refusing", extra={"webhook": webhook.name, "error": text})
        raise internal_error(text)
    log.warning("a webhook failed; going on without it", extra={"webhook": webhook.name, "error": text})
    WEBHOOK_FAIL_OPEN.labels(webhook.name, step).inc()
    operation.annotate(annotation, webhook.name)
