"""What the node API answers: /healthz, /pods, /runningpods, /containerLogs, /stats/summary, /metrics.

Every request is authenticated and authorized first (`guard`). Counterpart: pkg/kubelet/server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import orjson
from aiohttp import web

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import Clock
from pybernetes.component.health_checks import Check, answer_all
from pybernetes.kubelet.logs.cri_format import parse_timestamp
from pybernetes.kubelet.logs.reader import LogOptions, read_log
from pybernetes.kubelet.pod_spec import find_container
from pybernetes.kubelet.pod_workers import PodWorker, PodWorkers
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.server.authentication import Authenticator
from pybernetes.kubelet.server.authorization import Authorizer
from pybernetes.kubelet.server.metrics import container_metrics, own_metrics, resource_metrics
from pybernetes.kubelet.server.stats import Stats

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Routes:
    """The handlers, as an aiohttp application."""

    def __init__(
        self,
        workers: PodWorkers,
        stats: Stats,
        authenticator: Authenticator,
        authorizer: Authorizer,
        checks: dict[str, Check],
        clock: Clock,
    ):
        self._workers = workers
        self._stats = stats
        self._authenticator = authenticator
        self._authorizer = authorizer
        self._checks = checks
        self._clock = clock

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self.guard])
        add = application.router.add_get
        add("/healthz", self.healthz)
        add("/pods", self.pods)
        add("/runningpods/", self.running_pods)
        add("/runningpods", self.running_pods)
        add("/containerLogs/{namespace}/{pod}/{container}", self.container_logs)
        add("/stats/summary", self.summary)
        add("/metrics", self.metrics)
        add("/metrics/cadvisor", self.metrics_cadvisor)
        add("/metrics/resource", self.metrics_resource)
        return application

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Who asks, and may they."""
        transport = request.transport
        certificate = transport.get_extra_info("peercert") if transport is not None else None
        try:
            user = await self._authenticator.authenticate(certificate, request.headers.get("authorization", ""))
            if user is None:
                return web.Response(status=401, text="Unauthorized")
            if not await self._authorizer.is_allowed(user, request.method, request.path):
                return web.Response(status=403, text=self._authorizer.denial(user, request.method, request.path))
        except (APIError, TransportError) as error:
            return web.Response(status=500, text=f"Authorization error: {error}")
        try:
            return await handler(request)
        except RuntimeFailure as error:
            return web.Response(status=500, text=str(error))

    async def healthz(self, request: web.Request) -> web.Response:
        exclude = request.query.getall("exclude", [])
        answered = await answer_all("healthz", self._checks, verbose="verbose" in request.query, exclude=exclude)
        return web.Response(text=answered.text, status=answered.status)

    async def pods(self, request: web.Request) -> web.Response:
        """The pods of this node as their workers know them."""
        return _pod_list([worker.record.pod for worker in self._workers.all()])

    async def running_pods(self, request: web.Request) -> web.Response:
        """The pods that run, as far as the runtime tells."""
        items = []
        for worker in self._workers.all():
            runtime, metadata = worker.record.runtime, worker.record.pod["metadata"]
            running = [found for found in runtime.containers if found.is_running]
            if running:
                named = {key: metadata.get(key) for key in ("name", "namespace", "uid")}
                containers = [{"name": each.name, "image": each.status.image_ref} for each in running]
                items.append({"metadata": named, "spec": {"containers": containers}, "status": {}})
        return _pod_list(items)

    async def summary(self, request: web.Request) -> web.Response:
        return _json(await self._stats.summary())

    async def metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=own_metrics(self._workers), headers={"content-type": _METRICS_TYPE})

    async def metrics_cadvisor(self, request: web.Request) -> web.Response:
        text = container_metrics(await self._stats.pods(), self._stats.node())
        return web.Response(text=text, headers={"content-type": _METRICS_TYPE})

    async def metrics_resource(self, request: web.Request) -> web.Response:
        text = resource_metrics(await self._stats.pods(), self._stats.node())
        return web.Response(text=text, headers={"content-type": _METRICS_TYPE})

    # ---- logs

    def _find(self, namespace: str, name: str) -> PodWorker | None:
        """The newest pod of the name."""
        found = [worker for worker in self._workers.all() if worker.key == f"{namespace}/{name}"]
        return found[-1] if found else None

    async def container_logs(self, request: web.Request) -> web.StreamResponse:
        names = request.match_info
        worker = self._find(names["namespace"], names["pod"])
        if worker is None:
            text = f'pod "{names["pod"]}" does not exist\n'
            return web.Response(status=404, text=text)
        if find_container(worker.record.pod, names["container"]) is None:
            text = f'container "{names["container"]}" not found in pod "{names["pod"]}"\n'
            return web.Response(status=404, text=text)
        try:
            options = self._log_options(request)
        except ValueError as error:
            return web.Response(status=400, text=f"{error}\n")
        previous = request.query.get("previous") in ("true", "1")
        history = [found for found in worker.record.runtime.containers if found.name == names["container"]]
        if len(history) <= previous:
            return web.Response(status=400, text=_no_container(names["pod"], names["container"], previous))
        chosen = history[int(previous)]
        return await self._send_log(request, worker, chosen.id, chosen.status.log_path, options)

    async def _send_log(
        self, request: web.Request, worker: PodWorker, container_id: str, path: str, options: LogOptions
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/plain"})
        response.enable_chunked_encoding()
        pieces = read_log(Path(path), options, lambda: _runs(worker, container_id))
        try:
            await response.prepare(request)
            async for piece in pieces:
                await response.write(piece)
        except FileNotFoundError as error:
            await response.write(f"failed to try resolving symlinks in path {error.filename!r}\n".encode())
        except ConnectionError:
            return response  # the reader has gone
        finally:
            await pieces.aclose()  # type: ignore[attr-defined]
        await response.write_eof()
        return response

    def _log_options(self, request: web.Request) -> LogOptions:
        """Raises ValueError."""
        query = request.query
        since = None
        if query.get("sinceTime"):
            since = parse_timestamp(query["sinceTime"])
        elif query.get("sinceSeconds"):
            since = self._clock.now() - timedelta(seconds=int(query["sinceSeconds"]))
        tail = query.get("tailLines")
        limit = query.get("limitBytes")
        stream = query.get("stream", "All")
        if tail is not None and int(tail) < 0:
            raise ValueError("tailLines: must be greater than or equal to 0")
        return LogOptions(
            follow=query.get("follow") in ("true", "1"),
            timestamps=query.get("timestamps") in ("true", "1"),
            tail_lines=int(tail) if tail else None,
            since=since,
            limit_bytes=int(limit) if limit else None,
            stream=b"" if stream == "All" else stream.lower().encode(),
        )


def _runs(worker: PodWorker, container_id: str) -> bool:
    """Whether the container may still write."""
    found = (each for each in worker.record.runtime.containers if each.id == container_id)
    return any(each.is_running for each in found) or worker.record.stale


def _no_container(pod: str, container: str, previous: bool) -> str:
    if previous:
        return f'previous terminated container "{container}" in pod "{pod}" not found\n'
    return f'container "{container}" in pod "{pod}" is waiting to start: ContainerCreating\n'


def _json(value: Json) -> web.Response:
    return web.Response(body=orjson.dumps(value), headers={"content-type": "application/json"})


def _pod_list(items: list[Json]) -> web.Response:
    return _json({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items})
