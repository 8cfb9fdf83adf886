"""ValidatingAdmissionWebhook: webhooks that allow or refuse, all asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pybernetes.api.errors import APIError
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.conditions import Conditions
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.webhook.calling import Unanswered, ask, fail_open_or_closed
from pybernetes.apiserver.admission.webhook.configurations import Configurations, Webhook
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.webhooks.client import WebhookClient

_RESOURCE = "validatingwebhookconfigurations.admissionregistration.k8s.io"
_FAILED_OPEN = "failed-open.validating.webhook.admission.k8s.io"


class ValidatingAdmissionWebhook(AdmissionPlugin):
    def __init__(self, cache: WatchCache, client: WebhookClient, conditions: Conditions, changed: Callable[[], None]):
        self._client = client
        self._conditions = conditions
        self._configurations = Configurations(cache, _RESOURCE, changed)

    def reconsider(self) -> None:
        self._configurations.reconsider()

    def handles(self, operation: Operation) -> bool:
        return bool(self._configurations.concerned(operation))

    async def validate(self, operation: Operation) -> None:
        """Raises the error of the first webhook, in their order, that does not let the request pass."""
        relevant = []
        for webhook, resource in self._configurations.concerned(operation):
            if await webhook.criteria.selects(operation) and await self._conditions.hold(webhook, operation, resource):
                relevant.append((webhook, resource))
        calls = (self._call(webhook, operation, resource, index) for index, (webhook, resource) in enumerate(relevant))
        errors = [error for error in await asyncio.gather(*calls) if error is not None]
        if errors:
            raise errors[0]

    async def _call(self, webhook: Webhook, operation: Operation, resource: Resource, index: int) -> APIError | None:
        try:
            await ask(self._client, webhook, operation, resource, mutating=False)
        except Unanswered as why:
            try:
                fail_open_or_closed(webhook, why, operation, f"{_FAILED_OPEN}/round_0_index_{index}")
            except APIError as error:
                return error
        except APIError as error:
            return error
        return None
