"""ValidatingAdmissionPolicy: expressions that must hold for a request.

For each policy that is about the request, each binding that puts it into effect and each of its parameters, the
policy's expressions are evaluated; what follows from one that does not hold is the binding's to say.
"""

from __future__ import annotations

from functools import partial

import orjson

from pybernetes.api.errors import APIError
from pybernetes.apiserver.admission.expressions import MATCH_CONDITION_BUDGET, Evaluation
from pybernetes.apiserver.admission.metrics import POLICY_CHECKS, POLICY_SECONDS, error_type
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.policy.compiled import Binding, Policy
from pybernetes.apiserver.admission.policy.decisions import Failure, Outcome, decide
from pybernetes.apiserver.admission.policy.plugin import Invocation, PolicyPlugin
from pybernetes.apiserver.cel.environment import RUNTIME_COST_BUDGET
from pybernetes.apiserver.questions import answered

_FAILURE_ANNOTATION = "validation.policy.admission.k8s.io/validation_failure"
_CODES = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413}
_INVALID = 422


class ValidatingAdmissionPolicy(PolicyPlugin):
    resource = "validatingadmissionpolicies"

    async def validate(self, operation: Operation) -> None:
        """Raises the error of the first validation that does not hold and whose binding denies."""
        denied: list[APIError] = []
        for asked in await self.asked(operation):
            if not asked.policy.fails_open:
                denied += [_denial(operation, one.policy, one.binding, one.why, "") for one in asked.wrong]
            notes: dict[str, list[str]] = {}
            for invocation in asked.invocations:
                outcome = await _outcome(invocation, operation)
                denied += _act(operation, asked.policy, invocation.binding, outcome)
                for key, value in outcome.annotations:
                    values = notes.setdefault(key, [])
                    if value not in values:
                        values.append(value)
            for key, values in notes.items():
                operation.annotate(f"{asked.policy.name}/{key}", ", ".join(values))
        if denied:
            raise denied[0]


async def _outcome(invocation: Invocation, operation: Operation) -> Outcome:
    policy, bindings = invocation.policy, await invocation.bindings(operation)

    def work() -> Outcome:
        of = partial(Evaluation, bindings, policy.variables)
        conditions, validations = of(MATCH_CONDITION_BUDGET), of(RUNTIME_COST_BUDGET)
        return decide(policy, conditions, validations, of(RUNTIME_COST_BUDGET), verb=operation.verb)

    return await answered(work)


def _act(operation: Operation, policy: Policy, binding: Binding, outcome: Outcome) -> list[APIError]:
    """Do what the binding says about each failure; the errors of those that deny."""
    denied = []
    for failure in outcome.passed_over:
        _count(policy, binding, failure, "allow")
    for failure in outcome.failures:
        if "Deny" in binding.actions:
            denied.append(_denial(operation, policy, binding, failure.message, failure.reason))
            _count(policy, binding, failure, "deny")
        if "Audit" in binding.actions:
            _note_failure(operation, policy, binding, failure)
            _count(policy, binding, failure, "audit")
        if "Warn" in binding.actions:
            _count(policy, binding, failure, "warn")
            operation.warnings.append(
                f"Validation failed for ValidatingAdmissionPolicy '{policy.name}' with binding '{binding.name}': "
                f"{failure.message}"
            )
    return denied + [_denial(operation, policy, binding, error, "") for error in outcome.errors]


def _count(policy: Policy, binding: Binding, failure: Failure, action: str) -> None:
    labels = (policy.name, binding.name, error_type("" if failure.reason else failure.message), action)
    POLICY_CHECKS.labels(*labels).inc()
    POLICY_SECONDS.labels(*labels).observe(failure.seconds)


def _note_failure(operation: Operation, policy: Policy, binding: Binding, failure: Failure) -> None:
    told = {
        "message": failure.message,
        "policy": policy.name,
        "binding": binding.name,
        "expressionIndex": failure.index,
        "validationActions": list(binding.actions),
    }
    operation.annotate(_FAILURE_ANNOTATION, orjson.dumps([told]).decode())


def _denial(operation: Operation, policy: Policy, binding: Binding | None, why: str, reason: str) -> APIError:
    by = f" with binding '{binding.name}'" if binding is not None else ""
    message = f"ValidatingAdmissionPolicy '{policy.name}'{by} denied request: {why}"
    error = operation.forbid(message)
    status = error.status
    status["reason"] = reason or "Invalid"
    status["code"] = _CODES.get(status["reason"], _INVALID)
    status.setdefault("details", {})["causes"] = [{"message": message}]
    return error
