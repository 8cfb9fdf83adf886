"""What an object costs in the cache beside its bytes."""

from __future__ import annotations

import tracemalloc

import orjson

from pybernetes.api.definition import definition_of
from pybernetes.api.resources import resource
from pybernetes.apiserver.cache.resource_cache import ResourceCache

COUNT = 2000


def value(number: int) -> bytes:
    return orjson.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"pod-{number}",
                "namespace": "default",
                "labels": {"app": f"app-{number // 10}", "tier": "web", "pod-template-hash": "5d4f8c7b9d"},
            },
            "spec": {"nodeName": f"node-{number % 50}", "containers": [{"name": "web", "image": "x" * 1000}]},
            "status": {"phase": "Running", "podIP": f"10.0.{number // 250}.{number % 250}"},
        }
    )


def loaded() -> ResourceCache:
    pods = resource("pods")
    cache = ResourceCache(pods, definition_of(pods))
    for number in range(COUNT):
        cache.load(f"default/pod-{number}", value(number), number + 1)
    return cache


def test_beside_its_bytes_an_object_costs_less_than_600() -> None:
    loaded()  # what is compiled once is not counted
    tracemalloc.start()
    cache = loaded()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    bodies = sum(len(entry.body) for entry in cache.entries())
    assert (held - bodies) / COUNT < 600


def test_equal_labels_and_names_are_held_once() -> None:
    cache = loaded()
    first, second = cache.get("default", "pod-10"), cache.get("default", "pod-11")
    assert first is not None and second is not None
    assert first.labels is second.labels
    assert first.namespace is second.namespace
    before = first.name
    cache.apply_put("default/pod-10", value(10), COUNT + 1, None)
    after = cache.get("default", "pod-10")
    assert after is not None and after is not first and after.name is before
