"""The plugins in their order, and only those that have anything to do with the write at hand.

Which plugins care about a (resource, version, subresource, verb) is asked once for each combination and kept until
somebody says that the answers may have changed: a write that no webhook and no policy is about costs nothing for them.

Changes are made in one round over all plugins. When a webhook or a policy has changed the object (`reinvoke`) there is
one more round, and no third: plugins compiled in see what was added, and of the webhooks and policies those that ask
for it are asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.operation import Operation


class Plugin(Protocol):
    """One admission plugin. `admit` may change `operation.obj`; `validate` may only refuse, by raising an APIError."""

    def handles(self, operation: Operation) -> bool:
        """Whether the plugin cares, judged by verb, resource and subresource alone."""

    async def admit(self, operation: Operation) -> None: ...

    async def validate(self, operation: Operation) -> None: ...

    def reconsider(self) -> None:
        """Forget what has been worked out from configurations and from which resources there are."""


class AdmissionPlugin:
    """A plugin that neither changes nor refuses: the base of those that do one of the two."""

    def handles(self, operation: Operation) -> bool:
        return True

    async def admit(self, operation: Operation) -> None:
        return None

    async def validate(self, operation: Operation) -> None:
        return None

    def reconsider(self) -> None:
        return None


class AdmissionChain:
    """All plugins, in order."""

    def __init__(self, plugins: Sequence[Plugin]):
        self.plugins = tuple(plugins)
        self._interested: dict[tuple[str, str, str, str], tuple[Plugin, ...]] = {}

    def reconsider(self) -> None:
        """Ask the plugins anew what they care about: what they go by has changed."""
        self._interested.clear()
        for plugin in self.plugins:
            plugin.reconsider()

    def show(self, resources: Sequence[Resource]) -> None:
        """There are other resources now."""
        self.reconsider()

    def _for(self, operation: Operation) -> tuple[Plugin, ...]:
        resource = operation.resource
        key = (resource.qualified_name, resource.version, operation.subresource, operation.verb)
        found = self._interested.get(key)
        if found is None:
            found = tuple(plugin for plugin in self.plugins if plugin.handles(operation))
            self._interested[key] = found
        return found

    async def mutate(self, operation: Operation) -> None:
        interested = self._for(operation)
        for plugin in interested:
            await plugin.admit(operation)
        if operation.reinvoke:
            operation.again = True
            for plugin in interested:
                await plugin.admit(operation)

    async def validate(self, operation: Operation) -> None:
        for plugin in self._for(operation):
            await plugin.validate(operation)
