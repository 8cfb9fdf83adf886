"""All policies of one sort with their bindings, and which of them a kind of request can concern.

A policy has no effect without a binding. What they say is compiled when a request first concerns them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.matching import versions_of
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.policy.compiled import Binding, Policy, binding_of, policy_of
from pybernetes.apiserver.admission.rules import is_configuration
from pybernetes.apiserver.cache.watch_cache import WatchCache

_REVIEWS = frozenset(
    (
        "selfsubjectreviews.authentication.k8s.io",
        "tokenreviews.authentication.k8s.io",
        "localsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io",
        "subjectaccessreviews.authorization.k8s.io",
    )
)


@dataclass(frozen=True)
class Concerned:
    """A policy in effect that may be about a kind of request, and the versions of its resource."""

    policy: Policy
    bindings: tuple[Binding, ...]
    versions: tuple[Resource, ...]

    async def resource_for(self, operation: Operation) -> Resource | None:
        """The version to show the object in, or None where the policy is not about the request. Raises 404."""
        name = "" if operation.of_collection else operation.name
        criteria = self.policy.criteria
        found = criteria.resource_for(operation.verb, self.versions, operation.subresource, name)
        return found if found is not None and await criteria.selects(operation) else None

    async def binds(self, binding: Binding, operation: Operation) -> bool:
        """Whether a binding puts the policy into effect for the request. Raises 404."""
        name = "" if operation.of_collection else operation.name
        found = binding.criteria.resource_for(operation.verb, self.versions, operation.subresource, name)
        return found is not None and await binding.criteria.selects(operation)


class Policies:
    """Follows policies and bindings. `changed` is called when the answers of `concerned` may be others."""

    def __init__(self, cache: WatchCache, policies: str, bindings: str, changed: Callable[[], None]):
        self._cache, self._changed = cache, changed
        self._policies: dict[str, Json] = {}
        self._bindings: dict[str, Json] = {}
        self._compiled: dict[str, Policy] = {}
        self._concerned: dict[tuple[str, str, str, str], tuple[Concerned, ...]] = {}
        cache.subscribe(policies, self._on_policy)
        cache.subscribe(bindings, self._on_binding)

    def _on_policy(self, key: str, new: Json | None, old: Json | None) -> None:
        self._compiled.pop(key, None)
        _put(self._policies, key, new)
        self._changed()

    def _on_binding(self, key: str, new: Json | None, old: Json | None) -> None:
        _put(self._bindings, key, new)
        self._changed()

    def reconsider(self) -> None:
        self._concerned.clear()

    def concerned(self, operation: Operation) -> tuple[Concerned, ...]:
        """The policies whose rules a request may meet, in the order of their names."""
        resource = operation.resource
        key = (resource.qualified_name, resource.version, operation.subresource, operation.verb)
        found = self._concerned.get(key)
        if found is None:
            found = self._concerned[key] = self._work_out(operation)
        return found

    def _work_out(self, operation: Operation) -> tuple[Concerned, ...]:
        resource = operation.resource
        if not self._policies or is_configuration(resource) or resource.qualified_name in _REVIEWS:
            return ()
        bound: dict[str, list[Binding]] = {}
        for name in sorted(self._bindings):
            binding = binding_of(self._bindings[name])
            bound.setdefault(binding.policy, []).append(binding)
        versions = tuple(versions_of(self._cache, resource))
        found = []
        for name in sorted(self._policies.keys() & bound.keys()):
            policy = self._policy(name)
            if policy.criteria.may_match(operation.verb, versions, operation.subresource):
                found.append(Concerned(policy, tuple(bound[name]), versions))
        return tuple(found)

    def _policy(self, name: str) -> Policy:
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = policy_of(self._policies[name])
        return found


def _put(table: dict[str, Json], key: str, new: Json | None) -> None:
    if new is None:
        table.pop(key, None)
    else:
        table[key] = new
