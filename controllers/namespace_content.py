"""Emptying a namespace: one resource after the other, and what is left of each.

Pods go first, and nothing else goes while there are any: what a pod still needs to end well (its config, its
network policy) must not vanish under it. Counterpart: namespacedResourcesDeleter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, name_of
from pybernetes.api.resources import Resource
from pybernetes.client.client import Client
from pybernetes.controllers.discovery import Discovery

_FINALIZER_SECONDS = 15.0  # how long to give what has finalizers before looking again


@dataclass
class Remains:
    """What is still in the namespace after asking all of it to go."""

    instances: Counter[str] = field(default_factory=Counter)
    finalizers: Counter[str] = field(default_factory=Counter)
    errors: list[APIError] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def nothing(self) -> bool:
        return not self.instances and not self.errors


def deletable(found: Discovery) -> list[Resource]:
    """The namespaced resources that can be deleted, pods first."""
    resources = [r for r in found.resources if r.namespaced and {"delete", "list"} <= set(r.verbs)]
    return sorted(resources, key=lambda resource: (resource.group, resource.plural) != ("", "pods"))


async def empty(client: Client, namespace: str, resources: Iterable[Resource]) -> Remains:
    """Ask everything in the namespace to go. Stops after pods while there are any."""
    remains = Remains()
    for resource in resources:
        try:
            await _empty_resource(client, namespace, resource, remains)
        except APIError as error:
            if not is_not_found(error):
                remains.errors.append(error)
        if (resource.group, resource.plural) == ("", "pods") and not remains.nothing:
            break
    return remains


async def _empty_resource(client: Client, namespace: str, resource: Resource, remains: Remains) -> None:
    items = await _list(client, namespace, resource)
    if not items:
        return
    if "deletecollection" in resource.verbs:
        await client.delete_collection(resource, namespace, propagation="Background")
    else:
        for item in items:
            try:
                await client.delete(resource, name_of(item), namespace, propagation="Background")
            except APIError as error:
                if not is_not_found(error):
                    raise
    left = await _list(client, namespace, resource)
    if not left:
        return
    remains.instances[resource.qualified_name] += len(left)
    held = [item["metadata"].get("finalizers") or [] for item in left]
    remains.finalizers.update(name for finalizers in held for name in finalizers)
    grace = max(item["metadata"].get("deletionGracePeriodSeconds") or 0 for item in left)
    estimate = float(grace) if resource.plural == "pods" else 0.0
    remains.seconds = max(remains.seconds, estimate, _FINALIZER_SECONDS if any(held) else 0.0)


async def _list(client: Client, namespace: str, resource: Resource) -> list[Json]:
    found = await client.list(resource, namespace, metadata_only=True)
    items: list[Json] = found.get("items") or []
    return items
