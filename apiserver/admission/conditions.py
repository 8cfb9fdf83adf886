"""Match conditions of webhooks: expressions that a request must meet for the webhook to be asked.

CEL is imported with the first webhook that has some.

Counterpart: apiserver/pkg/admission/plugin/webhook/matchconditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.questions import answered

if TYPE_CHECKING:
    from pybernetes.apiserver.admission.expressions import Expression
    from pybernetes.apiserver.admission.webhook.configurations import Webhook

_KEPT = 1024


class Conditions:
    """Evaluates match conditions; those of a webhook are compiled when it is first considered."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, ...], tuple[Expression, ...]] = {}

    async def hold(self, webhook: Webhook, operation: Operation, resource: Resource, step: str) -> bool:
        """Whether all conditions hold; `step` is what metrics call it.

        Raises 403 where that cannot be told and the webhook must not be passed over.
        """
        if not webhook.conditions:
            return True
        from pybernetes.apiserver.admission import expressions
        from pybernetes.apiserver.cel.errors import EvaluationError

        conditions = self._of(webhook)
        bindings = await expressions.bindings_of(operation, resource, namespace=None, params=None)

        def evaluate() -> bool:
            budget = expressions.MATCH_CONDITION_BUDGET
            counted_as = (webhook.name, "webhook", step, operation.verb)
            return expressions.conditions_hold(conditions, expressions.Evaluation(bindings, {}, budget), counted_as)

        try:
            return await answered(evaluate)
        except (EvaluationError, expressions.OutOfBudget) as error:
            if webhook.fails_open:
                return False
            raise operation.forbid(str(error)) from None

    def _of(self, webhook: Webhook) -> tuple[Expression, ...]:
        key = tuple(one["expression"] for one in webhook.conditions)
        found = self._compiled.get(key)
        if found is None:
            from pybernetes.apiserver.admission.expressions import Compiler, compiled_conditions

            while len(self._compiled) >= _KEPT:
                del self._compiled[next(iter(self._compiled))]
            found = self._compiled[key] = compiled_conditions(Compiler(), webhook.conditions)
        return found
