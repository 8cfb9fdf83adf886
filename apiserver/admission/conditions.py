"""Match conditions: expressions that a request must meet for a webhook to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.operation import Operation

if TYPE_CHECKING:
    from pybernetes.apiserver.admission.webhook.configurations import Webhook


class Conditions:
    """Evaluates match conditions."""

    async def hold(self, webhook: Webhook, operation: Operation, resource: Resource) -> bool:
        """Whether all conditions hold. Raises 403 where that cannot be told and the webhook must not be passed over."""
        if not webhook.conditions:
            return True
        if webhook.fails_open:
            return False
        raise operation.forbid("match conditions cannot be evaluated")
