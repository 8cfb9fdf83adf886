"""The plugins in their order, and only those that have anything to do with the write at hand.

Which plugins care about a (resource, version, subresource, verb) is asked once for each combination and kept until
somebody says that the answers may have changed: a write that no webhook and no policy is about costs nothing for them.

Changes are made in one round over all plugins. When a webhook or a policy has changed the object (`reinvoke`) there is
one more round, and no third: plugins compiled in see what was added, and of the webhooks and policies those that ask
for it are asked again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.managed_fields import keep_owners, owners_of
from pybernetes.apiserver.admission.metrics import SAMPLE, STEPS
from pybernetes.apiserver.admission.operation import Operation

ADMIT, VALIDATE = "admit", "validate"


class Plugin(Protocol):
    """One admission plugin. `admit` may change `operation.obj`; `validate` may only refuse, by raising an APIError.

    `name` is Kubernetes', empty for what is no plugin there. `calls_out` marks one that asks webhooks or policies.
    """

    name: str
    calls_out: bool

    def handles(self, operation: Operation) -> bool:
        """Whether the plugin cares, judged by verb, resource and subresource alone."""

    async def admit(self, operation: Operation) -> None: ...

    async def validate(self, operation: Operation) -> None: ...

    def reconsider(self) -> None:
        """Forget what has been worked out from configurations and from which resources there are."""


class AdmissionPlugin:
    """A plugin that neither changes nor refuses: the base of those that do one of the two, named as their class is."""

    name = ""
    calls_out = False

    def __init_subclass__(cls) -> None:
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    def handles(self, operation: Operation) -> bool:
        return True

    async def admit(self, operation: Operation) -> None:
        return None

    async def validate(self, operation: Operation) -> None:
        return None

    def reconsider(self) -> None:
        return None


class _Step:
    """What is done in one step with one kind of request, and how often it was done since it was last timed."""

    def __init__(self, kind: str, verb: str, plugins: Sequence[Plugin]):
        inactive = getattr(AdmissionPlugin, kind)
        acting = [one for one in plugins if getattr(type(one), kind, None) is not inactive]
        self.calls: list[Callable[[Operation], Awaitable[None]]] = [getattr(one, kind) for one in acting]
        self._kind, self._verb = kind, verb
        self._names = [one.name for one in acting]
        self.calls_out = any(one.calls_out for one in acting)
        self._every = 1 if self.calls_out else SAMPLE
        self._untold, self._due = 0, 1
        self._seconds = [0.0] * len(acting)
        STEPS.follow(self)

    async def run(self, operation: Operation) -> None:
        self._untold += 1
        if self._untold >= self._due:
            await self._timed(operation)
            return
        place = 0
        try:
            for call in self.calls:
                await call(operation)
                place += 1
        except Exception:
            self._refused(place, 0.0)
            raise

    async def _timed(self, operation: Operation) -> None:
        seconds: list[float] = []
        start = before = time.perf_counter()
        try:
            for call in self.calls:
                await call(operation)
                now = time.perf_counter()
                seconds.append(now - before)
                before = now
        except Exception:
            self._refused(len(seconds), time.perf_counter() - start)
            raise
        self._seconds, self._due = seconds, self._every
        self.tell()

    def tell(self) -> None:
        """Have what was done counted; what was not timed took as long as what was."""
        times, self._untold = self._untold, 0
        if times:
            STEPS.passed(self._kind, self._verb, self._names, self._seconds, times)

    def _refused(self, place: int, seconds: float) -> None:
        self._untold -= 1
        STEPS.refused(self._kind, self._verb, self._names, place, seconds)


class AdmissionChain:
    """All plugins, in order."""

    def __init__(self, plugins: Sequence[Plugin]):
        self.plugins = tuple(plugins)
        self._interested: dict[tuple[str, str, str, str], tuple[_Step, _Step]] = {}

    def reconsider(self) -> None:
        """Ask the plugins anew what they care about: what they go by has changed."""
        for steps in self._interested.values():
            for step in steps:
                step.tell()
        self._interested.clear()
        for plugin in self.plugins:
            plugin.reconsider()

    def show(self, resources: Sequence[Resource]) -> None:
        """There are other resources now."""
        self.reconsider()

    def _for(self, operation: Operation) -> tuple[_Step, _Step]:
        resource = operation.resource
        key = (resource.qualified_name, resource.version, operation.subresource, operation.verb)
        found = self._interested.get(key)
        if found is None:
            plugins = [plugin for plugin in self.plugins if plugin.handles(operation)]
            found = _Step(ADMIT, operation.verb, plugins), _Step(VALIDATE, operation.verb, plugins)
            self._interested[key] = found
        return found

    async def mutate(self, operation: Operation) -> None:
        step = self._for(operation)[0]
        before = owners_of(operation) if step.calls_out else None
        await step.run(operation)
        if operation.reinvoke:
            operation.again = True
            for call in step.calls:
                await call(operation)
            keep_owners(operation, before)

    async def validate(self, operation: Operation) -> None:
        await self._for(operation)[1].run(operation)
