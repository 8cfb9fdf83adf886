"""Controllers against an API in memory, on a clock that stands still: start some, change things, let all settle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pybernetes.api.object import Json, format_time
from pybernetes.client.informer import InformerFactory
from pybernetes.component.clock import FakeClock
from pybernetes.controllers.context import Context, Controller
from pybernetes.controllers.options import Options
from tests.fakes.api import FakeAPI

_TURNS = 400
_QUIET_TURNS = 40


class Cluster:
    """What a test holds: the API, a client, the clock, and the events that were recorded."""

    def __init__(self, options: Options | None = None):
        self.clock = FakeClock()
        self.api = FakeAPI(self.clock)
        self.client = self.api.client()
        self.context = Context(
            self.client, InformerFactory(self.client, clock=self.clock), options or Options(), self.clock
        )

    @asynccontextmanager
    async def running(self, *make: Callable[[Context], Controller]) -> AsyncIterator[None]:
        """Run these controllers, with caches and events, while the context is open."""
        controllers = [made(self.context) for made in make]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.context.informers.run())]
            tasks += [group.create_task(controller.run()) for controller in controllers]
            tasks += [group.create_task(recorder.run()) for recorder in self.context.recorders.values()]
            await self.settle()
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    async def settle(self) -> None:
        """Until nothing has asked the API for anything for a while."""
        quiet, seen = 0, len(self.api.requests)
        for _ in range(_TURNS * 25):
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self.api.requests) == seen else 0
            seen = len(self.api.requests)
            if quiet >= _QUIET_TURNS:
                return
        raise AssertionError(f"does not settle; last requests: {self.api.requests[-10:]}")

    async def advance(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        await self.settle()

    def events(self, reason: str = "") -> list[str]:
        """``Reason: message`` of each event in the API."""
        events = sorted(self.api.all("events"), key=lambda event: int(event["metadata"]["resourceVersion"]))
        return [f"{e['reason']}: {e['message']}" for e in events if not reason or e["reason"] == reason]

    def pods(self, namespace: str = "", **labels: str) -> list[Json]:
        """Pods with these labels (a dash is written as an underscore) that nobody has asked to go."""
        wanted = {key.replace("_", "-"): value for key, value in labels.items()}.items()
        return [
            pod
            for pod in self.api.all("pods", namespace)
            if wanted <= (pod["metadata"].get("labels") or {}).items() and not pod["metadata"].get("deletionTimestamp")
        ]

    def make_ready(self, *pods: Json, node: str = "node-1") -> None:
        """As a kubelet would: the pods run and are ready from now on."""
        for number, pod in enumerate(pods):

            def run(obj: Json, number: int = number) -> None:
                obj["spec"].setdefault("nodeName", node)
                obj["status"] |= {
                    "phase": "Running",
                    "podIP": obj["status"].get("podIP") or f"10.0.0.{10 + number}",
                    "conditions": [self.ready_condition(True)],
                }
                obj["status"].setdefault("podIPs", [{"ip": obj["status"]["podIP"]}])

            self.api.change("pods", f"{pod['metadata']['namespace']}/{pod['metadata']['name']}", run)

    def ready_condition(self, ready: bool) -> Json:
        moment = format_time(self.clock.now())
        return {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": moment}

    async def ready_all(self, **labels: str) -> None:
        self.make_ready(*self.pods(**labels))
        await self.settle()


def template(app: str = "web", image: str = "nginx:1", **spec: Any) -> Json:
    """A pod template."""
    return {
        "metadata": {"labels": {"app": app}},
        "spec": {"containers": [{"name": "main", "image": image}], **spec},
    }


def replica_set(name: str = "web", replicas: int = 3, namespace: str = "default", **spec: Any) -> Json:
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template(name),
            **spec,
        },
    }


def deployment(name: str = "web", replicas: int = 3, image: str = "nginx:1", **spec: Any) -> Json:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template(name, image),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            **spec,
        },
    }


def service(name: str = "web", namespace: str = "default", **spec: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"app": name},
            "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}],
            "clusterIP": "10.96.0.10",
            "clusterIPs": ["10.96.0.10"],
            "ipFamilies": ["IPv4"],
            "type": "ClusterIP",
            **spec,
        },
    }


def node(name: str = "node-1", **labels: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {},
    }


def namespace(name: str) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
