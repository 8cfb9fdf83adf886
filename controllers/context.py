"""What every controller is given: the API, shared caches, time, options, and a voice.

Caches are shared: two controllers that watch pods hold one copy and one watch. So are event recorders, one for
each component name that an event may carry. Counterpart: ControllerContext of kube-controller-manager.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from pybernetes.client.client import Client
from pybernetes.client.events import EventRecorder
from pybernetes.client.informer import Informer, InformerFactory
from pybernetes.client.workqueue import WorkQueue
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.controllers.options import Options


class Controller(Protocol):
    """One loop. Made before caches run, so that its handlers see everything; `run` lasts until cancelled."""

    async def run(self) -> None: ...


@dataclass
class Context:
    """Handed to each controller's constructor."""

    client: Client
    informers: InformerFactory
    options: Options = field(default_factory=Options)
    clock: Clock = SYSTEM_CLOCK
    recorders: dict[str, EventRecorder] = field(default_factory=dict)

    def recorder(self, component: str) -> EventRecorder:
        """The recorder whose events say that they come from `component`; the manager runs it."""
        if component not in self.recorders:
            self.recorders[component] = EventRecorder(self.client, component, clock=self.clock)
        return self.recorders[component]

    def queue(self, name: str) -> WorkQueue[str]:
        return WorkQueue(name, clock=self.clock)


async def wait_synced(*informers: Informer) -> None:
    """Wait until each has its first list: before that, what is missing from a cache means nothing."""
    await asyncio.gather(*(informer.wait_synced() for informer in informers))
