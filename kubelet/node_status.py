"""Registers the Node and keeps its status current: looked at every 10 s, written when it changed or every 5 min.

The Node's own object is followed by a watch (labels, taints, podCIDR), so that writing needs no reading.
Counterpart: kubelet_node_status.go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pybernetes.api.errors import APIError, is_already_exists, is_not_found
from pybernetes.api.object import Json, format_time
from pybernetes.client.client import Client
from pybernetes.client.informer import Informer
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import Clock
from pybernetes.kubelet.machine import Machine, disk_of
from pybernetes.kubelet.node_object import (
    NodeState,
    is_worth_writing,
    missing_metadata,
    new_node,
    node_status,
)
from pybernetes.kubelet.options import Options
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime.types import Image, RuntimeStatus, Version

log = logging.getLogger(__name__)

REPORT_SECONDS = 300.0
RETRY_FIRST_SECONDS, RETRY_MOST_SECONDS = 0.1, 7.0
# Until the node is ready for the first time, pods wait for every look: then it is looked at this often, for so long.
_EAGER_SECONDS, _EAGER_FOR_SECONDS = 0.1, 120.0
_IMAGES_SECONDS = 60.0  # the list of images is for the scheduler's taste only, and dear to make

Pressures = Callable[[], tuple[bool, bool, bool]]


class NodeStatus:
    """The Node object of this kubelet. `check` raises RuntimeError when the kubelet itself is not well."""

    def __init__(
        self,
        client: Client,
        runtime: Runtime,
        options: Options,
        machine: Machine,
        clock: Clock,
        *,
        check: Callable[[], Awaitable[None]],
        pressures: Pressures,
    ):
        self._client = client
        self._runtime = runtime
        self._options = options
        self._machine = machine
        self._clock = clock
        self._check = check
        self._pressures = pressures
        self._written_at: float | None = None
        self._eager_until: float | None = clock.monotonic() + _EAGER_FOR_SECONDS
        self._images: list[Image] = []
        self._images_at: float | None = None
        self._version: Version | None = None
        self._soon = asyncio.Event()
        self.port = options.port
        self.informer = Informer(client, "nodes", field_selector=f"metadata.name={options.node_name}", clock=clock)

    @property
    def node(self) -> Json:
        """The Node as the API has it, or as it will be registered."""
        return self.informer.get(self._options.node_name) or new_node(self._options, self._machine)

    async def state(self) -> NodeState:
        """Measure and ask. Never raises for what is wrong with the node: that is what it reports."""
        errors: list[str] = []
        runtime: RuntimeStatus | None = None
        try:
            runtime = await self._runtime.status()
            if self._version is None:
                self._version = await self._runtime.version()
            await self._refresh_images()
        except RuntimeFailure as error:
            errors.append(f"container runtime is down: {error}")
        try:
            await self._check()
        except RuntimeError as error:
            errors.append(str(error))
        memory, disk, pid = self._pressures()
        return NodeState(
            machine=self._machine,
            disk_bytes=disk_of(self._options.root).capacity_bytes,
            version=self._version,
            runtime=runtime,
            images=self._images,
            errors=errors,
            port=self.port,
            memory_pressure=memory,
            disk_pressure=disk,
            pid_pressure=pid,
        )

    async def _refresh_images(self) -> None:
        now = self._clock.monotonic()
        if self._images_at is None or now - self._images_at >= _IMAGES_SECONDS:
            self._images, self._images_at = await self._runtime.images.list(), now

    async def current_status(self) -> Json:
        """The status as it should be now."""
        return node_status(self.node, self._options, await self.state(), format_time(self._clock.now()))

    async def register(self) -> None:
        """Make the Node, with its status, or adopt the one that is there. Waits for the API server."""
        delay = RETRY_FIRST_SECONDS
        while True:
            try:
                await self._register_once()
            except (APIError, TransportError) as error:
                log.warning("cannot register the node yet", extra={"error": str(error)})
                await self._clock.sleep(delay)
                delay = min(delay * 2, RETRY_MOST_SECONDS)
            else:
                return

    async def _register_once(self) -> None:
        options = self._options
        wanted = new_node(options, self._machine)
        wanted["status"] = await self.current_status()
        try:
            await self._client.create("nodes", wanted)
        except APIError as error:
            if not is_already_exists(error):
                raise
        node = await self._client.get("nodes", options.node_name)
        patch = missing_metadata(node, options, self._machine)
        if patch:
            await self._client.patch("nodes", options.node_name, patch)
        await self._write(node, await self.current_status())
        log.info("node is registered", extra={"node": options.node_name})

    def report_soon(self) -> None:
        """Something about the node has changed: do not wait for the next look."""
        self._soon.set()

    async def run(self) -> None:
        """Keep the status current until cancelled."""
        while True:
            await self._pause()
            try:
                await self.report()
            except (APIError, TransportError) as error:
                if is_not_found(error) and self._options.register_node:
                    await self.register()
                    continue
                log.warning("node status not written", extra={"error": str(error)})

    async def _pause(self) -> None:
        self._soon.clear()
        timer = asyncio.ensure_future(self._clock.sleep(self._look_in_seconds()))
        soon = asyncio.ensure_future(self._soon.wait())
        try:
            await asyncio.wait((timer, soon), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            soon.cancel()

    def _look_in_seconds(self) -> float:
        eager = self._eager_until is not None and self._clock.monotonic() < self._eager_until
        return _EAGER_SECONDS if eager else self._options.status_update_seconds

    async def report(self) -> None:
        """Look, and write if there is something to say. Raises `APIError`, `TransportError`."""
        node = self.informer.get(self._options.node_name)
        if node is None:
            node = await self._client.get("nodes", self._options.node_name)
        status = await self.current_status()
        now = self._clock.monotonic()
        due = self._written_at is None or now - self._written_at >= REPORT_SECONDS
        if due or is_worth_writing(node, status):
            await self._write(node, status)

    async def _write(self, node: Json, status: Json) -> None:
        """Write our part of the status; conditions of others stay, since they go by their type."""
        addresses = status["addresses"]
        if (node.get("status") or {}).get("addresses"):
            addresses = [*addresses, {"$patch": "replace"}]
        patch = {"status": {**status, "addresses": addresses}}
        await self._client.patch("nodes", self._options.node_name, patch, type="strategic", subresource="status")
        self._written_at = self._clock.monotonic()
        if any(each["type"] == "Ready" and each["status"] == "True" for each in status["conditions"]):
            self._eager_until = None

    async def network_ready(self) -> str:
        """Why the runtime has no pod network, or nothing. Raises RuntimeFailure."""
        condition = (await self._runtime.status()).condition("NetworkReady")
        if condition is not None and condition.status:
            return ""
        message = condition.message if condition is not None else "not reported"
        return f"container runtime network not ready: NetworkReady=false message:{message}"
