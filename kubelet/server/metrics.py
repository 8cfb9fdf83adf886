"""Usage and the kubelet's own counters in Prometheus' text format, under the names that dashboards expect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import REGISTRY, generate_latest

from pybernetes.kubelet.pod_workers import PodWorkers
from pybernetes.kubelet.server.stats import NodeUsage, PodUsage

Sample = tuple[dict[str, str], float]


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> list[str]:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        shown = ",".join(f'{key}="{_escaped(held)}"' for key, held in labels.items())
        lines.append(f"{name}{{{shown}}} {value:g}" if shown else f"{name} {value:g}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def own_metrics(workers: PodWorkers) -> bytes:
    """The process's registry, and how many pods and containers run."""
    running = [worker.record.runtime for worker in workers.all()]
    pods = sum(any(each.is_running for each in runtime.containers) for runtime in running)
    containers = sum(each.is_running for runtime in running for each in runtime.containers)
    lines = _family("kubelet_running_pods", "gauge", "Number of pods that have a running pod sandbox", [({}, pods)])
    counted: list[Sample] = [({"container_state": "running"}, containers)]
    lines += _family("kubelet_running_containers", "gauge", "Number of containers currently running", counted)
    return generate_latest(REGISTRY) + "\n".join(lines).encode() + b"\n"


def resource_metrics(pods: Sequence[PodUsage], node: NodeUsage) -> str:
    """/metrics/resource: what the metrics server reads."""
    cpu: list[Sample] = []
    memory: list[Sample] = []
    for pod in pods:
        for container in pod.containers:
            labels = {"container": container.name, "namespace": pod.namespace, "pod": pod.name}
            if container.cpu is not None:
                cpu.append((labels, container.cpu.core_nano_seconds / 1e9))
            if container.memory is not None:
                memory.append((labels, container.memory.working_set_bytes))
    of_pods = [({"namespace": pod.namespace, "pod": pod.name}, pod.cgroup) for pod in pods if pod.cgroup is not None]
    pod_cpu: list[Sample] = [(labels, usage.cpu_nanoseconds / 1e9) for labels, usage in of_pods]
    pod_memory: list[Sample] = [(labels, usage.memory_working_set_bytes) for labels, usage in of_pods]
    seconds, bytes_ = "Cumulative cpu time consumed by the", "Current working set of the"
    lines = [
        *_family("container_cpu_usage_seconds_total", "counter", f"{seconds} container in core-seconds", cpu),
        *_family("container_memory_working_set_bytes", "gauge", f"{bytes_} container in bytes", memory),
        *_family("node_cpu_usage_seconds_total", "counter", f"{seconds} node", [({}, node.cpu_nanoseconds / 1e9)]),
        *_family("node_memory_working_set_bytes", "gauge", f"{bytes_} node", [({}, node.memory_working_set_bytes)]),
        *_family("pod_cpu_usage_seconds_total", "counter", f"{seconds} pod in core-seconds", pod_cpu),
        *_family("pod_memory_working_set_bytes", "gauge", f"{bytes_} pod in bytes", pod_memory),
        *_family("scrape_error", "gauge", "1 if there was an error while getting container metrics", [({}, 0)]),
    ]
    return "\n".join(lines) + "\n"


def container_metrics(pods: Sequence[PodUsage], node: NodeUsage) -> str:
    """/metrics/cadvisor: the basic ones of cAdvisor's, for containers and pods."""
    cpu: list[Sample] = []
    working: list[Sample] = []
    usage: list[Sample] = []
    rss: list[Sample] = []
    received: list[Sample] = []
    sent: list[Sample] = []
    installed = node.memory_available_bytes + node.memory_working_set_bytes
    for pod in pods:
        owner = {"namespace": pod.namespace, "pod": pod.name}
        for container in pod.containers:
            labels = {"container": container.name, "id": f"/{container.id}", "name": container.id, **owner}
            if container.cpu is not None:
                cpu.append(({**labels, "cpu": "total"}, container.cpu.core_nano_seconds / 1e9))
            if container.memory is not None:
                working.append((labels, container.memory.working_set_bytes))
                usage.append((labels, container.memory.usage_bytes or 0))
                rss.append((labels, container.memory.rss_bytes or 0))
        for interface in pod.interfaces:
            labels = {"interface": interface.name, **owner}
            received.append((labels, interface.rx_bytes))
            sent.append((labels, interface.tx_bytes))
    lines = [
        *_family("container_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed in seconds.", cpu),
        *_family("container_memory_working_set_bytes", "gauge", "Current working set in bytes.", working),
        *_family("container_memory_usage_bytes", "gauge", "Current memory usage in bytes.", usage),
        *_family("container_memory_rss", "gauge", "Size of RSS in bytes.", rss),
        *_family("container_network_receive_bytes_total", "counter", "Cumulative count of bytes received", received),
        *_family("container_network_transmit_bytes_total", "counter", "Cumulative count of bytes transmitted", sent),
        *_family("machine_memory_bytes", "gauge", "Amount of memory installed on the machine.", [({}, installed)]),
    ]
    return "\n".join(lines) + "\n"
