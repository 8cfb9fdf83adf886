"""ValidatingAdmissionPolicy: expressions that must hold for a request.

For each policy that is about the request, each binding that puts it into effect and each of its parameters, the
policy's expressions are evaluated; what follows from one that does not hold is the binding's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import orjson

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.expressions import MATCH_CONDITION_BUDGET, Evaluation, bindings_of
from pybernetes.apiserver.admission.matching import find_namespace, namespace_of_request
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.policy.compiled import Binding, Policy
from pybernetes.apiserver.admission.policy.decisions import Failure, Outcome, decide
from pybernetes.apiserver.admission.policy.parameters import Misconfigured, parameters_of, resource_of_kind
from pybernetes.apiserver.admission.policy.sources import Concerned, Policies
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.cel.environment import RUNTIME_COST_BUDGET
from pybernetes.apiserver.questions import answered

_GROUP = "admissionregistration.k8s.io"
_FAILURE_ANNOTATION = "validation.policy.admission.k8s.io/validation_failure"
_CODES = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413}
_INVALID = 422


class ValidatingAdmissionPolicy(AdmissionPlugin):
    def __init__(self, cache: WatchCache, changed: Callable[[], None]):
        self._cache = cache
        names = (f"validatingadmissionpolicies.{_GROUP}", f"validatingadmissionpolicybindings.{_GROUP}")
        self._policies = Policies(cache, *names, changed)

    def reconsider(self) -> None:
        self._policies.reconsider()

    def handles(self, operation: Operation) -> bool:
        return bool(self._policies.concerned(operation))

    async def validate(self, operation: Operation) -> None:
        """Raises the error of the first validation that does not hold and whose binding denies."""
        denied: list[APIError] = []
        for concerned in self._policies.concerned(operation):
            resource = await concerned.resource_for(operation)
            if resource is not None:
                denied += await self._judge(concerned, operation, resource)
        if denied:
            raise denied[0]

    async def _judge(self, concerned: Concerned, operation: Operation, resource: Resource) -> list[APIError]:
        policy, denied = concerned.policy, list[APIError]()
        notes: dict[str, list[str]] = {}
        try:
            if policy.param_kind is not None:
                resource_of_kind(self._cache, policy.param_kind)
        except Misconfigured as error:
            return _misconfigured(operation, policy, None, f"failed to configure policy: {error}")
        for binding in concerned.bindings:
            if not await concerned.binds(binding, operation):
                continue
            namespace = namespace_of_request(operation)
            try:
                params = parameters_of(self._cache, policy.param_kind, binding.param_ref, namespace)
            except Misconfigured as error:
                denied += _misconfigured(operation, policy, binding, f"failed to configure binding: {error}")
                continue
            for one in params:
                outcome = await self._outcome(policy, operation, resource, one)
                denied += _act(operation, policy, binding, outcome)
                for key, value in outcome.annotations:
                    values = notes.setdefault(key, [])
                    if value not in values:
                        values.append(value)
        for key, values in notes.items():
            operation.annotate(f"{policy.name}/{key}", ", ".join(values))
        return denied

    async def _outcome(self, policy: Policy, operation: Operation, resource: Resource, params: Json | None) -> Outcome:
        namespace = await seen_namespace(operation)
        bindings = await bindings_of(operation, resource, namespace=namespace, params=params)

        def work() -> Outcome:
            of = partial(Evaluation, bindings, policy.variables)
            return decide(policy, of(MATCH_CONDITION_BUDGET), of(RUNTIME_COST_BUDGET), of(RUNTIME_COST_BUDGET))

        return await answered(work)


async def seen_namespace(operation: Operation) -> Json | None:
    """The namespace that expressions see: none for what is in none, and for namespaces themselves. Raises 404."""
    return await find_namespace(operation) if operation.resource.namespaced else None


def _act(operation: Operation, policy: Policy, binding: Binding, outcome: Outcome) -> list[APIError]:
    """Do what the binding says about each failure; the errors of those that deny."""
    denied = []
    for failure in outcome.failures:
        if "Deny" in binding.actions:
            denied.append(_denial(operation, policy, binding, failure.message, failure.reason))
        if "Audit" in binding.actions:
            _note_failure(operation, policy, binding, failure)
        if "Warn" in binding.actions:
            operation.warnings.append(
                f"Validation failed for ValidatingAdmissionPolicy '{policy.name}' with binding '{binding.name}': "
                f"{failure.message}"
            )
    return denied + [_denial(operation, policy, binding, error, "") for error in outcome.errors]


def _note_failure(operation: Operation, policy: Policy, binding: Binding, failure: Failure) -> None:
    told = {
        "message": failure.message,
        "policy": policy.name,
        "binding": binding.name,
        "expressionIndex": failure.index,
        "validationActions": list(binding.actions),
    }
    operation.annotate(_FAILURE_ANNOTATION, orjson.dumps([told]).decode())


def _misconfigured(operation: Operation, policy: Policy, binding: Binding | None, why: str) -> list[APIError]:
    return [] if policy.fails_open else [_denial(operation, policy, binding, why, "")]


def _denial(operation: Operation, policy: Policy, binding: Binding | None, why: str, reason: str) -> APIError:
    by = f" with binding '{binding.name}'" if binding is not None else ""
    message = f"ValidatingAdmissionPolicy '{policy.name}'{by} denied request: {why}"
    error = operation.forbid(message)
    status = error.status
    status["reason"] = reason or "Invalid"
    status["code"] = _CODES.get(status["reason"], _INVALID)
    status.setdefault("details", {})["causes"] = [{"message": message}]
    return error
