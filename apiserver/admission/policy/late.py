"""A policy plugin that comes into being with the first policy.

Expressions and all that compiles them are a tenth of what the server imports, and most clusters have no policy. So
the plugin is imported and made when the first policy appears; until then it cares about nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin, Plugin
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.cache.watch_cache import WatchCache

_GROUP = "admissionregistration.k8s.io"
Changed = Callable[[], None]


class LatePlugin(AdmissionPlugin):
    """Stands for a plugin that `make` gives once there is an object of `resource`."""

    def __init__(self, cache: WatchCache, resource: str, changed: Changed, make: Callable[[], Plugin]):
        self._changed, self._make = changed, make
        self._is_due = False
        self._plugin: Plugin | None = None
        cache.subscribe(resource, self._on_change)

    def _on_change(self, key: str, new: Json | None, old: Json | None) -> None:
        if new is not None and not self._is_due:
            self._is_due = True
            self._changed()

    def _made(self) -> Plugin | None:
        if self._is_due and self._plugin is None:
            self._plugin = self._make()
        return self._plugin

    def reconsider(self) -> None:
        if self._plugin is not None:
            self._plugin.reconsider()

    def handles(self, operation: Operation) -> bool:
        plugin = self._made()
        return plugin is not None and plugin.handles(operation)

    async def admit(self, operation: Operation) -> None:
        if self._plugin is not None:
            await self._plugin.admit(operation)

    async def validate(self, operation: Operation) -> None:
        if self._plugin is not None:
            await self._plugin.validate(operation)


def mutating_policies(cache: WatchCache, changed: Changed) -> LatePlugin:
    """MutatingAdmissionPolicy."""

    def make() -> Plugin:
        from pybernetes.apiserver.admission.policy.mutating import MutatingAdmissionPolicy

        return MutatingAdmissionPolicy(cache, changed)

    return LatePlugin(cache, f"mutatingadmissionpolicies.{_GROUP}", changed, make)


def validating_policies(cache: WatchCache, changed: Changed) -> LatePlugin:
    """ValidatingAdmissionPolicy."""

    def make() -> Plugin:
        from pybernetes.apiserver.admission.policy.validating import ValidatingAdmissionPolicy

        return ValidatingAdmissionPolicy(cache, changed)

    return LatePlugin(cache, f"validatingadmissionpolicies.{_GROUP}", changed, make)
