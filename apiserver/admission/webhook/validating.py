"""ValidatingAdmissionWebhook: webhooks that allow or refuse, all asked at once."""

from __future__ import annotations

import asyncio
import time

from pybernetes.api.errors import APIError
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.webhook.calling import Unanswered, ask, fail_open_or_closed
from pybernetes.apiserver.admission.webhook.configurations import Webhook
from pybernetes.apiserver.admission.webhook.plugin import WebhookPlugin

_FAILED_OPEN = "failed-open.validating.webhook.admission.k8s.io"


class ValidatingAdmissionWebhook(WebhookPlugin):
    resource, step = "validatingwebhookconfigurations", "validating"

    async def validate(self, operation: Operation) -> None:
        """Raises the error of the first webhook, in their order, that does not let the request pass."""
        relevant = [(webhook, resource) async for _, webhook, resource in self.relevant(operation)]
        calls = (self._call(webhook, operation, resource, index) for index, (webhook, resource) in enumerate(relevant))
        errors = [error for error in await asyncio.gather(*calls) if error is not None]
        if errors:
            raise errors[0]

    async def _call(self, webhook: Webhook, operation: Operation, resource: Resource, index: int) -> APIError | None:
        start = time.perf_counter()
        try:
            await ask(self.client, webhook, operation, resource, mutating=False)
        except Unanswered as why:
            self.count(webhook, operation, start, why)
            try:
                fail_open_or_closed(webhook, why, operation, self.step, f"{_FAILED_OPEN}/round_0_index_{index}")
            except APIError as error:
                return error
        except APIError as error:
            self.count(webhook, operation, start, error)
            return error
        else:
            self.count(webhook, operation, start)
        return None
