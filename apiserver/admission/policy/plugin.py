"""What the two policy plugins have in common: whose policies they follow, and how often each is to be evaluated.

A policy is evaluated once for each binding that puts it into effect for the request, and each of its parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pybernetes.api.object import Json, key_of
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.expressions import bindings_of
from pybernetes.apiserver.admission.matching import find_namespace, namespace_of_request
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.policy.compiled import Binding, Policy
from pybernetes.apiserver.admission.policy.parameters import Misconfigured, parameters_of, resource_of_kind
from pybernetes.apiserver.admission.policy.sources import Concerned, Policies
from pybernetes.apiserver.admission.rules import ADMISSION_GROUP
from pybernetes.apiserver.cache.watch_cache import WatchCache


@dataclass(frozen=True)
class Invocation:
    """A policy to evaluate, with one set of parameters; `resource` is the version to show the object in."""

    policy: Policy
    binding: Binding
    params: Json | None
    resource: Resource

    @property
    def key(self) -> tuple[str, str, str]:
        return self.policy.name, self.binding.name, key_of(self.params) if self.params is not None else ""

    async def bindings(self, operation: Operation) -> Json:
        """What its expressions see: no namespace for what is in none, and for namespaces themselves. Raises 404."""
        namespace = await find_namespace(operation) if operation.resource.namespaced else None
        return await bindings_of(operation, self.resource, namespace=namespace, params=self.params)


@dataclass(frozen=True)
class Misconfiguration:
    """A policy, or one binding of it, that cannot be put into effect, and why."""

    policy: Policy
    binding: Binding | None
    why: str


@dataclass
class Asked:
    """What a request asks of one policy."""

    policy: Policy
    invocations: list[Invocation] = field(default_factory=list)
    wrong: list[Misconfiguration] = field(default_factory=list)


class PolicyPlugin(AdmissionPlugin):
    """Follows policies of `resource` and their bindings."""

    calls_out = True
    resource = ""

    def __init__(self, cache: WatchCache, changed: Callable[[], None]):
        self.cache = cache
        policies = f"{self.resource}.{ADMISSION_GROUP}"
        bindings = f"{self.resource.removesuffix('ies')}ybindings.{ADMISSION_GROUP}"
        self._policies = Policies(cache, policies, bindings, changed)

    def reconsider(self) -> None:
        self._policies.reconsider()

    def handles(self, operation: Operation) -> bool:
        return bool(self._policies.concerned(operation))

    async def asked(self, operation: Operation) -> list[Asked]:
        """What the request asks of each policy that is for it."""
        found = []
        for concerned in self._policies.concerned(operation):
            resource = await concerned.resource_for(operation)
            if resource is not None:
                found.append(await self._asked(concerned, operation, resource))
        return found

    async def _asked(self, concerned: Concerned, operation: Operation, resource: Resource) -> Asked:
        policy = concerned.policy
        asked = Asked(policy)
        try:
            if policy.param_kind is not None:
                resource_of_kind(self.cache, policy.param_kind)
        except Misconfigured as error:
            asked.wrong.append(Misconfiguration(policy, None, f"failed to configure policy: {error}"))
            return asked
        namespace = namespace_of_request(operation)
        for binding in concerned.bindings:
            if not await concerned.binds(binding, operation):
                continue
            try:
                params = parameters_of(self.cache, policy.param_kind, binding.param_ref, namespace)
            except Misconfigured as error:
                asked.wrong.append(Misconfiguration(policy, binding, f"failed to configure binding: {error}"))
                continue
            asked.invocations += [Invocation(policy, binding, one, resource) for one in params]
        return asked
