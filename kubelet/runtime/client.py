"""The container runtime as the kubelet sees it: CRI v1 over gRPC, one method a call, our own values.

    kubelet -> Runtime.method(values) -> requests.py -> gRPC on a Unix socket -> runtime
    kubelet <- values <- responses.py <- message          (or an exception of errors.py)

The methods and their message types are read from the protobuf descriptor, so there are no generated stubs.

Invariants:
- Every call has a deadline; a call without one could hold a pod worker for ever when the runtime hangs.
- One channel for everything: gRPC multiplexes, reconnects on its own when the runtime restarts, and calls
  made meanwhile fail at once with Unavailable instead of waiting.
- Nothing is kept here. The runtime is the truth; whoever wants a cache builds it over the list methods.

containerd 1.6 has no GetContainerEvents, so the pod lifecycle generator lists: `list_pod_sandboxes` and
`list_containers` are answered from the runtime's memory and filter on the runtime's side by id, state, sandbox
and labels.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import grpc.aio

from pybernetes.kubelet.runtime import requests, responses
from pybernetes.kubelet.runtime.cri import wire as cri
from pybernetes.kubelet.runtime.errors import NotFound, failure
from pybernetes.kubelet.runtime.images import Images
from pybernetes.kubelet.runtime.types import (
    Container,
    ContainerConfig,
    ContainerEvent,
    ContainerState,
    ContainerStats,
    ContainerStatus,
    ExecResult,
    Resources,
    RuntimeStatus,
    Sandbox,
    SandboxConfig,
    SandboxState,
    SandboxStats,
    SandboxStatus,
    Version,
)

# Kubernetes' runtimeRequestTimeout: no call but those with a reason of their own may take longer.
CALL_TIMEOUT_SECONDS = 120.0
# A sandbox waits for CNI plugins, on a cold node for the pause image too: Kubernetes grants it twice that.
SANDBOX_TIMEOUT_SECONDS = 2 * CALL_TIMEOUT_SECONDS
# The runtime kills after the grace period and must then still reap and answer.
STOP_MARGIN_SECONDS = CALL_TIMEOUT_SECONDS
# Kubernetes' limit: a listing of 1,000 containers with annotations of 4 KB is 4 MB, gRPC's default limit.
MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024
# A restarted containerd is ready in well under a second; asking again three times a second costs nothing.
RECONNECT_MILLISECONDS = (100, 300)


class Channel:
    """A gRPC channel to the runtime whose methods are looked up by service and name."""

    def __init__(self, address: str) -> None:
        first, longest = RECONNECT_MILLISECONDS
        self._channel = grpc.aio.insecure_channel(
            address,
            options=[
                ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
                ("grpc.max_send_message_length", MESSAGE_LIMIT_BYTES),
                ("grpc.initial_reconnect_backoff_ms", first),
                ("grpc.min_reconnect_backoff_ms", first),
                ("grpc.max_reconnect_backoff_ms", longest),
                ("grpc.enable_http_proxy", 0),
            ],
        )
        self._methods: dict[str, Callable[..., Any]] = {}
        for service in cri.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                build = self._channel.unary_stream if method.server_streaming else self._channel.unary_unary
                self._methods[method.name] = build(
                    f"/{service.full_name}/{method.name}",
                    request_serializer=getattr(cri, method.input_type.name).SerializeToString,
                    response_deserializer=getattr(cri, method.output_type.name).FromString,
                )

    async def call(self, method: str, request: Any, timeout_seconds: float) -> Any:
        """One request, one response. Raises RuntimeFailure."""
        try:
            return await self._methods[method](request, timeout=timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise failure(method, error.code().value[0], error.details() or "") from error

    async def stream(self, method: str, request: Any) -> AsyncIterator[Any]:
        """One request, responses until the runtime ends or the caller stops. Raises RuntimeFailure."""
        try:
            async for response in self._methods[method](request):
                yield response
        except grpc.aio.AioRpcError as error:
            raise failure(method, error.code().value[0], error.details() or "") from error

    async def close(self) -> None:
        await self._channel.close()


def address_of(endpoint: str) -> str:
    """A gRPC address from a socket's path or a `unix://` endpoint as the kubelet's flags spell it."""
    return endpoint if endpoint.startswith("unix:") else f"unix:{endpoint}"


class Runtime:
    """One container runtime. `images` is its image service, at the same address unless told otherwise.

    Every method raises a subclass of RuntimeFailure (pybernetes.kubelet.runtime.errors): NotFound for an unknown
    id, Unavailable while the runtime is away, DeadlineExceeded. Use as an async context manager, or `close`.
    """

    def __init__(self, endpoint: str, image_endpoint: str = "") -> None:
        self._channel = Channel(address_of(endpoint))
        self._image_channel = Channel(address_of(image_endpoint)) if image_endpoint else self._channel
        self.images = Images(self._image_channel.call)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connection; calls under way fail with Cancelled. No container notices."""
        await self._channel.close()
        if self._image_channel is not self._channel:
            await self._image_channel.close()

    async def _call(self, method: str, request: Any, timeout_seconds: float = CALL_TIMEOUT_SECONDS) -> Any:
        return await self._channel.call(method, request, timeout_seconds)

    # ---- the runtime itself

    async def version(self) -> Version:
        """CRI: Version; also the cheapest way to see that it answers."""
        response = await self._call("Version", cri.VersionRequest())
        return Version(response.runtime_name, response.runtime_version, response.runtime_api_version)

    async def status(self, verbose: bool = False) -> RuntimeStatus:
        """RuntimeReady, NetworkReady and what the runtime can do; `verbose` adds its configuration (`info`)."""
        return responses.runtime_status(await self._call("Status", cri.StatusRequest(verbose=verbose)))

    async def update_runtime_config(self, pod_cidr: str) -> None:
        """Tell the runtime the node's pod CIDR (only used if it writes CNI configuration from a template)."""
        config = cri.RuntimeConfig(network_config=cri.NetworkConfig(pod_cidr=pod_cidr))
        await self._call("UpdateRuntimeConfig", cri.UpdateRuntimeConfigRequest(runtime_config=config))

    # ---- sandboxes

    async def run_pod_sandbox(self, config: SandboxConfig, runtime_handler: str = "") -> str:
        """Make a pod's namespaces, network and pause process; the sandbox's id.

        Raises AlreadyExists while another sandbox (also a failed one not yet removed) has the same name,
        namespace, uid and attempt. On any error the runtime cleans up what it can on its own.
        """
        request = cri.RunPodSandboxRequest(config=requests.sandbox_config(config), runtime_handler=runtime_handler)
        response = await self._call("RunPodSandbox", request, SANDBOX_TIMEOUT_SECONDS)
        return str(response.pod_sandbox_id)

    async def stop_pod_sandbox(self, sandbox_id: str) -> None:
        """Kill what runs in it and give its network back. Idempotent; fine for an id nobody knows."""
        await _gone_is_fine(self._call("StopPodSandbox", cri.StopPodSandboxRequest(pod_sandbox_id=sandbox_id)))

    async def remove_pod_sandbox(self, sandbox_id: str) -> None:
        """Forget the sandbox and its containers. Idempotent. Its cgroup_parent stays: Cgroups.remove_pod."""
        request = cri.RemovePodSandboxRequest(pod_sandbox_id=sandbox_id)
        await _gone_is_fine(self._call("RemovePodSandbox", request))

    async def pod_sandbox_status(self, sandbox_id: str, verbose: bool = False) -> SandboxStatus:
        """One sandbox in full. Raises NotFound."""
        request = cri.PodSandboxStatusRequest(pod_sandbox_id=sandbox_id, verbose=verbose)
        return responses.sandbox_status(await self._call("PodSandboxStatus", request))

    async def list_pod_sandboxes(
        self,
        labels: Mapping[str, str] | None = None,
        state: SandboxState | None = None,
        sandbox_id: str = "",
    ) -> list[Sandbox]:
        """The sandboxes that carry all these labels and are in this state; an id may be a unique prefix."""
        wanted = cri.PodSandboxFilter(
            id=sandbox_id,
            state=None if state is None else cri.PodSandboxStateValue(state=int(state)),
            label_selector=dict(labels or {}),
        )
        response = await self._call("ListPodSandbox", cri.ListPodSandboxRequest(filter=wanted))
        return [responses.sandbox(each) for each in response.items]

    # ---- containers

    async def create_container(self, sandbox_id: str, config: ContainerConfig, sandbox_config: SandboxConfig) -> str:
        """Make a container, not yet running; its id. `sandbox_config` is what the sandbox was run with."""
        request = cri.CreateContainerRequest(
            pod_sandbox_id=sandbox_id,
            config=requests.container_config(config),
            sandbox_config=requests.sandbox_config(sandbox_config),
        )
        return str((await self._call("CreateContainer", request)).container_id)

    async def start_container(self, container_id: str) -> None:
        """Run a created container. A command that cannot be executed fails here."""
        await self._call("StartContainer", cri.StartContainerRequest(container_id=container_id))

    async def stop_container(self, container_id: str, grace_seconds: int) -> None:
        """Send the stop signal, and SIGKILL after the grace period (0: at once). Returns when it is dead.

        Idempotent; fine for an id nobody knows.
        """
        request = cri.StopContainerRequest(container_id=container_id, timeout=grace_seconds)
        await _gone_is_fine(self._call("StopContainer", request, grace_seconds + STOP_MARGIN_SECONDS))

    async def remove_container(self, container_id: str) -> None:
        """Remove a container and its writable layer, running or not. Idempotent. The log file stays."""
        await _gone_is_fine(self._call("RemoveContainer", cri.RemoveContainerRequest(container_id=container_id)))

    async def list_containers(
        self,
        labels: Mapping[str, str] | None = None,
        state: ContainerState | None = None,
        sandbox_id: str = "",
        container_id: str = "",
    ) -> list[Container]:
        """The containers (running or not) that match all that is given; ids may be unique prefixes."""
        wanted = cri.ContainerFilter(
            id=container_id,
            state=None if state is None else cri.ContainerStateValue(state=int(state)),
            pod_sandbox_id=sandbox_id,
            label_selector=dict(labels or {}),
        )
        response = await self._call("ListContainers", cri.ListContainersRequest(filter=wanted))
        return [responses.container(each) for each in response.containers]

    async def container_status(self, container_id: str, verbose: bool = False) -> ContainerStatus:
        """One container in full; with `verbose`, `info["info"]["pid"]` is its first process. Or NotFound."""
        request = cri.ContainerStatusRequest(container_id=container_id, verbose=verbose)
        response = await self._call("ContainerStatus", request)
        return responses.container_status(response.status, responses.info(response.info))

    async def update_container_resources(self, container_id: str, limits: Resources) -> None:
        """Change the limits of a running container in place; what is 0 or "" stays as it is."""
        request = cri.UpdateContainerResourcesRequest(container_id=container_id, linux=requests.resources(limits))
        await self._call("UpdateContainerResources", request)

    async def reopen_container_log(self, container_id: str) -> None:
        """Have the runtime open the log file anew, after the kubelet has renamed it."""
        request = cri.ReopenContainerLogRequest(container_id=container_id)
        await self._call("ReopenContainerLog", request)

    # ---- commands and streams

    async def exec_sync(self, container_id: str, command: Sequence[str], timeout_seconds: int = 0) -> ExecResult:
        """Run a command in the container and wait for it; any exit code is a result, not an exception.

        `timeout_seconds` 0 is CRI's "no limit", which here means CALL_TIMEOUT_SECONDS. Raises DeadlineExceeded
        once the command has run longer (the runtime kills it), NotFound, and RuntimeFailure if the container
        does not run or the command cannot be executed.
        """
        request = cri.ExecSyncRequest(container_id=container_id, cmd=command, timeout=timeout_seconds)
        deadline = timeout_seconds + CALL_TIMEOUT_SECONDS if timeout_seconds else CALL_TIMEOUT_SECONDS
        response = await self._call("ExecSync", request, deadline)
        return ExecResult(response.stdout, response.stderr, response.exit_code)

    async def exec(
        self,
        container_id: str,
        command: Sequence[str],
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        tty: bool = False,
    ) -> str:
        """Prepare a command; the URL (good once, for a minute) at which component.streaming connects to it.

        At least one stream must be wanted; with a terminal, stderr must not be. Raises InvalidArgument.
        """
        request = cri.ExecRequest(
            container_id=container_id, cmd=command, tty=tty, stdin=stdin, stdout=stdout, stderr=stderr
        )
        return str((await self._call("Exec", request)).url)

    async def attach(
        self,
        container_id: str,
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        tty: bool = False,
    ) -> str:
        """Prepare to join the container's own streams; `tty` must be what it was made with. A URL as exec's."""
        request = cri.AttachRequest(container_id=container_id, stdin=stdin, tty=tty, stdout=stdout, stderr=stderr)
        return str((await self._call("Attach", request)).url)

    async def port_forward(self, sandbox_id: str, ports: Sequence[int] = ()) -> str:
        """Prepare to reach ports inside the pod; a URL as of exec. WebSocket clients must name the ports."""
        request = cri.PortForwardRequest(pod_sandbox_id=sandbox_id, port=ports)
        return str((await self._call("PortForward", request)).url)

    # ---- usage

    async def container_stats(self, container_id: str) -> ContainerStats:
        """Usage of one running container. Raises NotFound."""
        request = cri.ContainerStatsRequest(container_id=container_id)
        return responses.container_stats((await self._call("ContainerStats", request)).stats)

    async def list_container_stats(
        self, labels: Mapping[str, str] | None = None, sandbox_id: str = "", container_id: str = ""
    ) -> list[ContainerStats]:
        """Usage of the running containers that match all that is given."""
        wanted = cri.ContainerStatsFilter(id=container_id, pod_sandbox_id=sandbox_id, label_selector=dict(labels or {}))
        response = await self._call("ListContainerStats", cri.ListContainerStatsRequest(filter=wanted))
        return [responses.container_stats(each) for each in response.stats]

    async def pod_sandbox_stats(self, sandbox_id: str) -> SandboxStats:
        """Usage of one pod, its network included. Raises NotFound."""
        request = cri.PodSandboxStatsRequest(pod_sandbox_id=sandbox_id)
        return responses.sandbox_stats((await self._call("PodSandboxStats", request)).stats)

    async def list_pod_sandbox_stats(self, labels: Mapping[str, str] | None = None) -> list[SandboxStats]:
        """Usage of the ready pods that carry all these labels."""
        wanted = cri.PodSandboxStatsFilter(label_selector=dict(labels or {}))
        response = await self._call("ListPodSandboxStats", cri.ListPodSandboxStatsRequest(filter=wanted))
        return [responses.sandbox_stats(each) for each in response.stats]

    async def container_events(self) -> AsyncIterator[ContainerEvent]:
        """What happens to containers from now on, without end. Raises Unimplemented before containerd 1.7.

        The one call without a deadline: it ends when the caller stops iterating or the runtime goes away.
        """
        async for message in self._channel.stream("GetContainerEvents", cri.GetEventsRequest()):
            yield responses.container_event(message)


async def _gone_is_fine(call: Any) -> None:
    """CRI wants stopping and removing to be idempotent; runtimes differ on ids they never knew."""
    try:
        await call
    except NotFound:
        return
