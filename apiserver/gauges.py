"""What the API server tells of its state when it is asked for metrics, under kube-apiserver's names.

One registry a server, beside the process's own: several servers may share a process (tests do).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.version import version_info


class ServerGauges(Collector):
    """How many objects there are of each resource, and how many watch them; and which version this is."""

    def __init__(self, cache: WatchCache, version: Mapping[str, str], file: Path | None):
        self._cache = cache
        self._file = file
        self._version = dict(version)

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("kubernetes_build_info", "The version that runs", labels=list(self._version))
        build.add_metric(list(self._version.values()), 1)
        stored = GaugeMetricFamily("apiserver_storage_objects", "Stored objects of a resource", labels=["resource"])
        objects = GaugeMetricFamily("apiserver_resource_objects", "Stored objects", labels=["group", "resource"])
        watchers = GaugeMetricFamily(
            "apiserver_longrunning_requests",
            "Requests that go on as long as their clients like",
            labels=["verb", "group", "version", "resource", "subresource", "scope", "component"],
        )
        for name, cache in self._cache.caches.items():
            resource = cache.resource
            stored.add_metric([name], len(cache))
            objects.add_metric([resource.group, resource.plural], len(cache))
            if cache.watchers:
                labels = ["WATCH", resource.group, resource.version, resource.plural, "", "", "apiserver"]
                watchers.add_metric(labels, len(cache.watchers))
        yield from (build, stored, objects, watchers)
        if self._file is not None and self._file.exists():
            labels = ["storage_cluster_id"]
            size = GaugeMetricFamily("apiserver_storage_size_bytes", "Size of the store", labels=labels)
            size.add_metric(["sqlite"], self._file.stat().st_size)
            yield size


def gauges_of(cache: WatchCache, file: Path | None = None) -> CollectorRegistry:
    """A registry of one server's gauges. `file` is that of the embedded store, if it is used."""
    registry = CollectorRegistry()
    registry.register(ServerGauges(cache, build_info(), file))
    return registry


def build_info() -> dict[str, str]:
    """The version as the metric kubernetesbuild_info has it."""
    names = (
        "major",
        "minor",
        "gitVersion",
        "gitCommit",
        "gitTreeState",
        "buildDate",
        "goVersion",
        "compiler",
        "platform",
    )
    version = version_info()
    return {re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", name): version[name] for name in names}
