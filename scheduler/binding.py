"""Telling the API where pods go, many at once.

The scheduler has put the pod into the table already and goes on with the next one; what is left is one request a
pod. At most `IN_FLIGHT` run at a time: more would only wait inside the API server, and a bound keeps the table from
running far ahead of what is written. A request that fails says so to `on_failure`, which takes the pod out of the
table again and back into the queue.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.scheduler import metrics
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.queue import Entry

log = logging.getLogger(__name__)

IN_FLIGHT = 64


class Recorder(Protocol):
    """Takes events about objects and never waits."""

    def event(self, obj: Json, type: str, reason: str, message: str) -> None: ...


def pod_reference(pod: Pod) -> Json:
    """The pod as events refer to it."""
    reference = {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid, "apiVersion": "v1"}
    return {**reference, "resourceVersion": pod.version} if pod.version else reference


def binding_of(pod: Pod, node: str) -> Json:
    """The Binding to post. The uid makes sure that it is this pod, not a new one of the same name."""
    metadata = {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid}
    target = {"apiVersion": "v1", "kind": "Node", "name": node}
    return {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": target}


class Binder:
    """Posts bindings. `run` owns the requests in flight."""

    def __init__(
        self,
        client: Client,
        recorder: Recorder,
        *,
        on_success: Callable[[Entry, Pod], None],
        on_failure: Callable[[Entry, Pod, Exception], None],
        in_flight: int = IN_FLIGHT,
    ):
        self._client = client
        self._recorder = recorder
        self._on_success, self._on_failure = on_success, on_failure
        self._workers = in_flight
        self._queue: asyncio.Queue[tuple[Entry, Pod]] = asyncio.Queue(in_flight)

    async def bind(self, entry: Entry, pod: Pod) -> None:
        """Have the pod bound to the node it is on; waits while too many are in flight."""
        await self._queue.put((entry, pod))

    async def run(self) -> None:
        """Send what is asked for, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                group.create_task(self._work(), name=f"binder {number}")

    async def _work(self) -> None:
        while True:
            entry, pod = await self._queue.get()
            started = time.perf_counter()
            try:
                await self._client.create(
                    "pods", binding_of(pod, pod.node), namespace=pod.namespace, name=pod.name, subresource="binding"
                )
            except (APIError, TransportError) as error:
                log.warning("binding failed", extra={"pod": pod.key, "node": pod.node, "error": str(error)})
                self._on_failure(entry, pod, error)
            else:
                metrics.extension_point("Bind", time.perf_counter() - started)
                message = f"Successfully assigned {pod.key} to {pod.node}"
                self._recorder.event(pod_reference(pod), "Normal", "Scheduled", message)
                self._on_success(entry, pod)
