"""Which pods belong together, as services and controllers select them.

Pods without spread constraints of their own are spread by default, together with the pods that the same services
and the same controller select. Counterpart: the scheduler's helper DefaultSelector.
"""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.api.object import Json, key_of, namespace_of
from pybernetes.api.selectors import Requirement, Selector, selector_from_object
from pybernetes.scheduler.pod import PodClass

SELECTING_KINDS = {
    "services": "Service",
    "replicationcontrollers": "ReplicationController",
    "replicasets.apps": "ReplicaSet",
    "statefulsets.apps": "StatefulSet",
}
_BY_MAP = ("Service", "ReplicationController")


class Workloads:
    """Selectors of services and controllers. `version(namespace)` moves when one changes."""

    def __init__(self) -> None:
        self._services: dict[str, dict[str, Mapping[str, str]]] = {}
        self._owners: dict[tuple[str, str], tuple[Requirement, ...]] = {}
        self._versions: dict[str, int] = {}

    def version(self, namespace: str) -> int:
        return self._versions.get(namespace, 0)

    def set(self, kind: str, obj: Json, selector: Json | None) -> None:
        """An object of one of the selecting kinds appeared or changed; None for its selector: it is gone."""
        namespace, key = namespace_of(obj), key_of(obj)
        if kind == "Service":
            services = self._services.setdefault(namespace, {})
            changed = services.get(key) != selector
            if selector:
                services[key] = selector
            else:
                services.pop(key, None)
        else:
            requirements = _requirements(kind, selector)
            changed = self._owners.get((kind, key)) != requirements
            if requirements is None:
                self._owners.pop((kind, key), None)
            else:
                self._owners[kind, key] = requirements
        if changed:
            self._versions[namespace] = self._versions.get(namespace, 0) + 1

    def selector_of(self, cls: PodClass) -> Selector:
        """What selects the pods that belong with this one; it matches everything when nothing is known of it."""
        merged: dict[str, str] = {}
        for selector in self._services.get(cls.namespace, {}).values():
            if all(cls.labels.get(key) == value for key, value in selector.items()):
                merged.update(selector)
        requirements = {_equals(key, value) for key, value in merged.items()}
        kind, name = cls.owner
        requirements.update(self._owners.get((kind, f"{cls.namespace}/{name}"), ()))
        return Selector(tuple(sorted(requirements, key=lambda r: (r.key, r.operator, sorted(r.values)))))


def _requirements(kind: str, selector: Json | None) -> tuple[Requirement, ...] | None:
    if selector is None:
        return None
    if kind in _BY_MAP:
        return tuple(_equals(key, value) for key, value in selector.items())
    return selector_from_object(selector).requirements


def _equals(key: str, value: str) -> Requirement:
    return Requirement(key, "in", frozenset((value,)))
