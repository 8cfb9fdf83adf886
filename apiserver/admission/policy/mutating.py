"""MutatingAdmissionPolicy: expressions that change objects, policy by policy, each seeing what those before it did.

Counterpart: apiserver/pkg/admission/plugin/policy/mutating.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.api.object import deep_copy
from pybernetes.apiserver.admission.expressions import (
    MATCH_CONDITION_BUDGET,
    Evaluation,
    OutOfBudget,
    conditions_hold,
)
from pybernetes.apiserver.admission.matching import in_version
from pybernetes.apiserver.admission.metrics import MUTATION_CHECKS, MUTATION_SECONDS, error_type
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.policy.compiled import Binding, Mutation, Policy
from pybernetes.apiserver.admission.policy.patches import CannotPatch, applied, patched
from pybernetes.apiserver.admission.policy.plugin import Invocation, PolicyPlugin
from pybernetes.apiserver.admission.reinvocation import Reinvocation, reinvocation_of
from pybernetes.apiserver.admission.shaping import replace_object, shaped
from pybernetes.apiserver.cel.environment import RUNTIME_COST_BUDGET
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.questions import answered


class MutatingAdmissionPolicy(PolicyPlugin):
    resource = "mutatingadmissionpolicies"

    async def admit(self, operation: Operation) -> None:
        errors: list[_Error] = []
        invocations: list[Invocation] = []
        for asked in await self.asked(operation):
            errors += [_Error(one.policy, _told(one.policy, one.binding, one.why)) for one in asked.wrong]
            invocations += asked.invocations
        memory = reinvocation_of(operation, self.name)
        memory.start(operation)
        for invocation in invocations:
            await self._invoke(invocation, operation, memory, errors)
        memory.end(operation)
        told = [error for error in errors if not error.policy.fails_open]
        if told:
            raise _denial(operation, told)

    async def _invoke(
        self, invocation: Invocation, operation: Operation, memory: Reinvocation, errors: list[_Error]
    ) -> None:
        policy, binding = invocation.policy, invocation.binding
        try:
            if not await self._meant(invocation, operation):
                return
        except (EvaluationError, OutOfBudget) as error:
            errors.append(_Error(policy, _told(policy, binding, str(error)), "Invalid"))
            return
        if not memory.may_call(operation, invocation.key):
            return
        changed = False
        for mutation in policy.mutations:
            if operation.obj is None:
                break
            start, failed = time.perf_counter(), ""
            try:
                changed |= await self._mutate(mutation, invocation, operation)
            except (EvaluationError, OutOfBudget, CannotPatch) as error:
                failed = str(error)
                errors.append(_Error(policy, _told(policy, binding, failed), "Invalid"))
            labels = (policy.name, binding.name, error_type(failed))
            MUTATION_CHECKS.labels(*labels).inc()
            MUTATION_SECONDS.labels(*labels).observe(time.perf_counter() - start)
        if changed:
            memory.object_changed()
            operation.reinvoke = True
        if policy.reinvocable:
            memory.called.add(invocation.key)

    async def _meant(self, invocation: Invocation, operation: Operation) -> bool:
        policy = invocation.policy
        if not policy.conditions:
            return True
        evaluation = await self._evaluation(invocation, operation, MATCH_CONDITION_BUDGET)
        counted_as = (policy.name, "policy", "validate", operation.verb)  # Kubernetes has this step for both sorts
        return await answered(lambda: conditions_hold(policy.conditions, evaluation(), counted_as))

    async def _mutate(self, mutation: Mutation, invocation: Invocation, operation: Operation) -> bool:
        evaluation = await self._evaluation(invocation, operation, RUNTIME_COST_BUDGET)
        value: Any = await answered(lambda: evaluation().value(mutation.expression))
        resource = invocation.resource
        assert operation.obj is not None, "there is an object to change"
        shown = deep_copy(await in_version(self.cache, operation.obj, operation.resource, resource))
        if mutation.kind == "JSONPatch":
            result = patched(shown, value)
        else:
            cache = self.cache.find(resource.qualified_name, resource.version)
            assert cache is not None, "a resource that was asked for is served"
            result = applied(shown, value, cache.definition)
        return await replace_object(operation, shaped(operation, result, resource), resource)

    async def _evaluation(self, invocation: Invocation, operation: Operation, budget: int) -> Callable[[], Evaluation]:
        return partial(Evaluation, await invocation.bindings(operation), invocation.policy.variables, budget)


@dataclass(frozen=True)
class _Error:
    """Why a policy could not be applied; without a reason where it, or its binding, is not right."""

    policy: Policy
    text: str
    reason: str = ""


def _told(policy: Policy, binding: Binding | None, why: str) -> str:
    if binding is None:
        return f'policy "{policy.name}" denied request: {why}'
    return f"policy '{policy.name}' with binding '{binding.name}' denied request: {why}"


def _denial(operation: Operation, told: list[_Error]) -> APIError:
    """One error that names all policies that could not be applied; the first gives its text and reason."""
    error = operation.forbid("admission request denied by policy")
    error.status["message"] = told[0].text
    if told[0].reason:
        error.status["reason"] = told[0].reason
    error.status.setdefault("details", {})["causes"] = [{"message": one.text} for one in told]
    return error
