"""MutatingAdmissionPolicy: expressions that change objects, policy by policy, each seeing what those before it did.

Counterpart: apiserver/pkg/admission/plugin/policy/mutating.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, deep_copy, key_of
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.expressions import (
    MATCH_CONDITION_BUDGET,
    Evaluation,
    OutOfBudget,
    bindings_of,
    conditions_hold,
)
from pybernetes.apiserver.admission.matching import in_version, namespace_of_request
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.policy.compiled import Binding, Mutation, Policy
from pybernetes.apiserver.admission.policy.parameters import Misconfigured, parameters_of, resource_of_kind
from pybernetes.apiserver.admission.policy.patches import CannotPatch, applied, patched
from pybernetes.apiserver.admission.policy.sources import Policies
from pybernetes.apiserver.admission.policy.validating import seen_namespace
from pybernetes.apiserver.admission.reinvocation import Reinvocation, reinvocation_of
from pybernetes.apiserver.admission.shaping import replace_object, shaped
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.cel.environment import RUNTIME_COST_BUDGET
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.questions import answered

_NAME = "MutatingAdmissionPolicy"
_GROUP = "admissionregistration.k8s.io"


@dataclass(frozen=True)
class _Invocation:
    policy: Policy
    binding: Binding
    params: Json | None
    resource: Resource

    @property
    def key(self) -> tuple[str, str, str]:
        return self.policy.name, self.binding.name, key_of(self.params) if self.params is not None else ""


class MutatingAdmissionPolicy(AdmissionPlugin):
    def __init__(self, cache: WatchCache, changed: Callable[[], None]):
        self._cache = cache
        names = (f"mutatingadmissionpolicies.{_GROUP}", f"mutatingadmissionpolicybindings.{_GROUP}")
        self._policies = Policies(cache, *names, changed)

    def reconsider(self) -> None:
        self._policies.reconsider()

    def handles(self, operation: Operation) -> bool:
        return bool(self._policies.concerned(operation))

    async def admit(self, operation: Operation) -> None:
        errors: list[tuple[Policy, str, str]] = []
        invocations = await self._invocations(operation, errors)
        memory = reinvocation_of(operation, _NAME)
        memory.start(operation)
        for invocation in invocations:
            await self._invoke(invocation, operation, memory, errors)
        memory.end(operation)
        told = [(text, reason) for policy, text, reason in errors if not policy.fails_open]
        if told:
            raise _denial(operation, told)

    async def _invocations(self, operation: Operation, errors: list[tuple[Policy, str, str]]) -> list[_Invocation]:
        found = []
        for concerned in self._policies.concerned(operation):
            policy = concerned.policy
            resource = await concerned.resource_for(operation)
            if resource is None:
                continue
            try:
                if policy.param_kind is not None:
                    resource_of_kind(self._cache, policy.param_kind)
            except Misconfigured as error:
                text = f'policy "{policy.name}" denied request: failed to configure policy: {error}'
                errors.append((policy, text, ""))
                continue
            for binding in concerned.bindings:
                if not await concerned.binds(binding, operation):
                    continue
                try:
                    params = parameters_of(
                        self._cache, policy.param_kind, binding.param_ref, namespace_of_request(operation)
                    )
                except Misconfigured as error:
                    errors.append((policy, _told(policy, binding, f"failed to configure binding: {error}"), ""))
                    continue
                found += [_Invocation(policy, binding, one, resource) for one in params]
        return found

    async def _invoke(
        self,
        invocation: _Invocation,
        operation: Operation,
        memory: Reinvocation,
        errors: list[tuple[Policy, str, str]],
    ) -> None:
        policy = invocation.policy
        try:
            if not await self._meant(invocation, operation):
                return
        except (EvaluationError, OutOfBudget) as error:
            errors.append((policy, _told(policy, invocation.binding, str(error)), "Invalid"))
            return
        if not memory.may_call(operation, invocation.key):
            return
        changed = False
        for mutation in policy.mutations:
            if operation.obj is None:
                break
            try:
                changed |= await self._mutate(mutation, invocation, operation)
            except (EvaluationError, OutOfBudget, CannotPatch) as error:
                errors.append((policy, _told(policy, invocation.binding, str(error)), "Invalid"))
        if changed:
            memory.object_changed()
            operation.reinvoke = True
        if policy.reinvocable:
            memory.called.add(invocation.key)

    async def _meant(self, invocation: _Invocation, operation: Operation) -> bool:
        policy = invocation.policy
        if not policy.conditions:
            return True
        evaluation = await self._evaluation(invocation, operation, MATCH_CONDITION_BUDGET)
        return await answered(lambda: conditions_hold(policy.conditions, evaluation()))

    async def _mutate(self, mutation: Mutation, invocation: _Invocation, operation: Operation) -> bool:
        evaluation = await self._evaluation(invocation, operation, RUNTIME_COST_BUDGET)
        value: Any = await answered(lambda: evaluation().value(mutation.expression))
        resource = invocation.resource
        assert operation.obj is not None, "there is an object to change"
        shown = deep_copy(await in_version(self._cache, operation.obj, operation.resource, resource))
        if mutation.kind == "JSONPatch":
            result = patched(shown, value)
        else:
            cache = self._cache.find(resource.qualified_name, resource.version)
            assert cache is not None, "a resource that was asked for is served"
            result = applied(shown, value, cache.definition)
        return await replace_object(operation, shaped(operation, result, resource), resource)

    async def _evaluation(self, invocation: _Invocation, operation: Operation, budget: int) -> Callable[[], Evaluation]:
        namespace = await seen_namespace(operation)
        bindings = await bindings_of(operation, invocation.resource, namespace=namespace, params=invocation.params)
        return partial(Evaluation, bindings, invocation.policy.variables, budget)


def _told(policy: Policy, binding: Binding, why: str) -> str:
    return f"policy '{policy.name}' with binding '{binding.name}' denied request: {why}"


def _denial(operation: Operation, told: list[tuple[str, str]]) -> APIError:
    """One error that names all policies that could not be applied; the first gives its text and reason."""
    error = operation.forbid("admission request denied by policy")
    text, reason = told[0]
    error.status["message"] = text
    if reason:
        error.status["reason"] = reason
    error.status.setdefault("details", {})["causes"] = [{"message": one} for one, _ in told]
    return error
