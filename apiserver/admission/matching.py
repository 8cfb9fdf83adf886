"""Which webhook or policy is for a request: by its rules, then by the labels of the namespace and of the object.

Rules are settled by the kind of request (`Criteria.resource_for`), labels by each request (`selects`). A rule for one
version of a resource is, with matchPolicy Equivalent, a rule for the others too: the webhook is then shown the object
in the version that its rule names.

Counterparts: the predicates of apiserver/pkg/admission/plugin/webhook, and policy/matching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pybernetes.api.errors import not_found
from pybernetes.api.object import Json, labels_of, object_key
from pybernetes.api.resources import Resource
from pybernetes.api.selectors import EVERYTHING, Selector, selector_from_object
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.admission.rules import Rule, rules_of
from pybernetes.apiserver.cache.watch_cache import WatchCache


@dataclass(frozen=True, slots=True)
class Criteria:
    """What of a webhook or a policy says which requests it is for. Without any rules (`all_resources`) for all."""

    rules: tuple[Rule, ...] = ()
    excluded: tuple[Rule, ...] = ()
    exact: bool = False
    namespaces: Selector = EVERYTHING
    objects: Selector = EVERYTHING
    all_resources: bool = False

    def may_match(self, verb: str, versions: Sequence[Resource], subresource: str) -> bool:
        """Whether there can be a request of this kind that is meant. `versions` has the requested one first."""
        seen = versions[:1] if self.exact else versions
        return self.all_resources or any(rule.covers(verb, one, subresource) for one in seen for rule in self.rules)

    def resource_for(self, verb: str, versions: Sequence[Resource], subresource: str, name: str) -> Resource | None:
        """The resource in the version to show the object in, or None where the request is not meant."""
        if self._match(self.excluded, verb, versions, subresource, name) is not None:
            return None
        if self.all_resources:
            return versions[0]
        return self._match(self.rules, verb, versions, subresource, name)

    def _match(
        self, rules: tuple[Rule, ...], verb: str, versions: Sequence[Resource], subresource: str, name: str
    ) -> Resource | None:
        if any(_meant(rule, verb, versions[0], subresource, name) for rule in rules):
            return versions[0]
        if not self.exact:
            for rule in rules:
                for other in versions[1:]:
                    if _meant(rule, verb, other, subresource, name):
                        return other
        return None

    async def selects(self, operation: Operation) -> bool:
        """Whether the labels are right. Raises 404 for a namespace that is not there."""
        if not self.objects.matches_all and not any(
            obj is not None and "metadata" in obj and self.objects.matches(labels_of(obj))
            for obj in (operation.obj, operation.old)
        ):
            return False
        if self.namespaces.matches_all or not (operation.resource.namespaced or _is_namespace(operation)):
            return True
        return self.namespaces.matches(await _namespace_labels(operation))


def _meant(rule: Rule, verb: str, resource: Resource, subresource: str, name: str) -> bool:
    return rule.covers(verb, resource, subresource) and (not rule.names or name in rule.names)


def webhook_criteria(webhook: Json) -> Criteria:
    return Criteria(
        rules_of(webhook.get("rules")),
        exact=webhook.get("matchPolicy") == "Exact",
        namespaces=_selector(webhook.get("namespaceSelector")),
        objects=_selector(webhook.get("objectSelector")),
    )


def policy_criteria(resources: Json | None) -> Criteria:
    """Of matchConstraints, or of a binding's matchResources: there no rules mean all that the policy is for."""
    resources = resources or {}
    return Criteria(
        rules_of(resources.get("resourceRules")),
        rules_of(resources.get("excludeResourceRules")),
        resources.get("matchPolicy") == "Exact",
        _selector(resources.get("namespaceSelector")),
        _selector(resources.get("objectSelector")),
        not resources.get("resourceRules"),
    )


def _selector(selector: Json | None) -> Selector:
    return EVERYTHING if selector is None else selector_from_object(selector)


def _is_namespace(operation: Operation) -> bool:
    return operation.resource.qualified_name == "namespaces"


def namespace_of_request(operation: Operation) -> str:
    """The namespace that webhooks are told of: a Namespace is in itself."""
    if _is_namespace(operation):
        return operation.namespace or operation.name
    return operation.namespace if operation.resource.namespaced else ""


async def _namespace_labels(operation: Operation) -> dict[str, str]:
    if _is_namespace(operation) and not operation.subresource and operation.verb in (CREATE, UPDATE):
        return labels_of(operation.obj or {})
    return labels_of(await find_namespace(operation))


async def find_namespace(operation: Operation) -> Json:
    """The namespace of a request. Raises 404."""
    name, cache = namespace_of_request(operation), operation.state.cache
    found = cache.get("namespaces", name)
    if found is None:
        await cache.catch_up()
        found = cache.get("namespaces", name)
    if found is None:
        raise not_found("namespaces", name)
    return found


def versions_of(cache: WatchCache, resource: Resource) -> list[Resource]:
    """The resource, and the others that show the same objects: further versions, and events of both groups."""
    here = cache.find(resource.qualified_name, resource.version)
    others = cache.versions(resource.qualified_name)
    if here is not None:
        others += [
            one.resource
            for name, one in list(cache.caches.items())
            if name != resource.qualified_name and one.key_prefix == here.key_prefix
        ]
    return [resource, *(one for one in others if one.api_version != resource.api_version)]


async def in_version(cache: WatchCache, obj: Json, source: Resource, target: Resource) -> Json:
    """An object of one version (or group) of a resource in another, by way of the form in which it is stored.

    Raises 500 where a webhook fails to convert.
    """
    if source.api_version == target.api_version or obj.get("apiVersion") != source.api_version:
        return obj
    here = cache.find(source.qualified_name, source.version)
    there = cache.find(target.qualified_name, target.version)
    assert here is not None and there is not None, "both versions are served"
    metadata = obj["metadata"]
    key = object_key(metadata.get("namespace") or "", metadata.get("name") or "")
    [value] = await there.readable([await here.storable(obj)])
    converted = there.object(there.entry_at(key, value, 0))
    converted["metadata"].pop("resourceVersion", None)
    if metadata.get("resourceVersion"):
        converted["metadata"]["resourceVersion"] = metadata["resourceVersion"]
    return converted
