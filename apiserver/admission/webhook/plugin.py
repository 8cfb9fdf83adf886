"""What the two webhook plugins have in common: whose webhooks they ask, and which of them a request is for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

from pybernetes.api.errors import APIError
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.conditions import Conditions
from pybernetes.apiserver.admission.metrics import webhook_called, webhook_rejected
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.rules import ADMISSION_GROUP
from pybernetes.apiserver.admission.webhook.calling import Denied, Unanswered
from pybernetes.apiserver.admission.webhook.configurations import Concerned, Configurations, Webhook
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.webhooks.client import WebhookClient


class WebhookPlugin(AdmissionPlugin):
    """Follows the configurations of `resource`; `step` is how metrics call what it does."""

    calls_out = True
    resource = ""
    step = ""

    def __init__(self, cache: WatchCache, client: WebhookClient, conditions: Conditions, changed: Callable[[], None]):
        self.client = client
        self._conditions = conditions
        self._configurations = Configurations(cache, f"{self.resource}.{ADMISSION_GROUP}", changed)

    def reconsider(self) -> None:
        self._configurations.reconsider()

    def handles(self, operation: Operation) -> bool:
        return bool(self.concerned(operation))

    def concerned(self, operation: Operation) -> Concerned:
        return self._configurations.concerned(operation)

    async def relevant(self, operation: Operation) -> AsyncIterator[tuple[int, Webhook, Resource]]:
        """Each webhook that the request is for as it is now, with its place among those that its kind concerns."""
        for place, (webhook, resource) in enumerate(self.concerned(operation)):
            if await webhook.criteria.selects(operation) and await self._conditions.hold(
                webhook, operation, resource, self.step
            ):
                yield place, webhook, resource

    def count(self, webhook: Webhook, operation: Operation, start: float, error: Exception | None = None) -> None:
        """Count a call that ended so."""
        name, kind, verb = webhook.name, self.step, operation.verb
        code, rejected = 200, error is not None
        if isinstance(error, Unanswered):
            code, rejected = error.code, not webhook.fails_open
            if rejected:
                webhook_rejected(name, kind, verb, "calling_webhook_error", code)
        elif isinstance(error, Denied):
            code = error.code
            webhook_rejected(name, kind, verb, "no_error", code)
        elif isinstance(error, APIError):
            code = 0
            webhook_rejected(name, kind, verb, "apiserver_internal_error", code)
        webhook_called(name, kind, verb, time.perf_counter() - start, code, rejected=rejected)
