"""The policy plugins, which come into being with the first policy.

Expressions and all that compiles them are a tenth of what the server imports, and most clusters have no policy. So
a plugin is imported and made when the first policy of its sort appears; until then it cares about nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.rules import ADMISSION_GROUP
from pybernetes.apiserver.cache.watch_cache import WatchCache

if TYPE_CHECKING:
    from pybernetes.apiserver.admission.policy.plugin import PolicyPlugin


class _LatePlugin(AdmissionPlugin):
    """Stands for a plugin that `_make` gives once there is an object of `resource`."""

    calls_out = True
    resource = ""

    def __init__(self, cache: WatchCache, changed: Callable[[], None]):
        self._cache, self._changed = cache, changed
        self._is_due = False
        self._plugin: PolicyPlugin | None = None
        cache.subscribe(f"{self.resource}.{ADMISSION_GROUP}", self._on_change)

    def _on_change(self, key: str, new: Json | None, old: Json | None) -> None:
        if new is not None and not self._is_due:
            self._is_due = True
            self._changed()

    def _make(self) -> PolicyPlugin:
        raise NotImplementedError

    def reconsider(self) -> None:
        if self._plugin is not None:
            self._plugin.reconsider()

    def handles(self, operation: Operation) -> bool:
        if self._is_due and self._plugin is None:
            self._plugin = self._make()
        return self._plugin is not None and self._plugin.handles(operation)


class LateMutatingPolicies(_LatePlugin):
    name, resource = "MutatingAdmissionPolicy", "mutatingadmissionpolicies"

    def _make(self) -> PolicyPlugin:
        from pybernetes.apiserver.admission.policy.mutating import MutatingAdmissionPolicy

        return MutatingAdmissionPolicy(self._cache, self._changed)

    async def admit(self, operation: Operation) -> None:
        if self._plugin is not None:
            await self._plugin.admit(operation)


class LateValidatingPolicies(_LatePlugin):
    name, resource = "ValidatingAdmissionPolicy", "validatingadmissionpolicies"

    def _make(self) -> PolicyPlugin:
        from pybernetes.apiserver.admission.policy.validating import ValidatingAdmissionPolicy

        return ValidatingAdmissionPolicy(self._cache, self._changed)

    async def validate(self, operation: Operation) -> None:
        if self._plugin is not None:
            await self._plugin.validate(operation)
