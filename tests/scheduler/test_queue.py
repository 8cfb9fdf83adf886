"""Who is next, who waits for how long, and which event brings whom back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pybernetes.component.clock import FakeClock, settle
from pybernetes.scheduler.hints import NO_NODES, Event, Kind
from pybernetes.scheduler.node import read_node
from pybernetes.scheduler.pod import Pod
from pybernetes.scheduler.pod_reader import PodClasses
from pybernetes.scheduler.queue import Entry, Place, SchedulingQueue
from tests.scheduler.cluster_objects import ZONE, a_node, a_pod

classes = PodClasses()


def pod(name: str, **parts: Any) -> Pod:
    return classes.read(a_pod(name, **parts))


def popped(queue: SchedulingQueue) -> Entry:
    entry = queue.pop_nowait()
    assert entry is not None
    return entry


def a_queue() -> tuple[SchedulingQueue, FakeClock]:
    clock = FakeClock()
    return SchedulingQueue(clock=clock), clock


async def test_priority_comes_before_age() -> None:
    queue, clock = a_queue()
    queue.add(pod("old"))
    await clock.advance(1)
    queue.add(pod("young"))
    queue.add(pod("urgent", priority=5))
    assert [popped(queue).pod.name for _ in range(3)] == ["urgent", "old", "young"]
    assert queue.pop_nowait() is None


async def test_a_changed_priority_counts() -> None:
    queue, _ = a_queue()
    queue.add(pod("a"))
    queue.add(pod("b"))
    queue.update(pod("b", priority=3))
    assert [popped(queue).pod.name for _ in range(2)] == ["b", "a"]
    assert queue.pop_nowait() is None


async def test_pop_waits_for_a_pod() -> None:
    queue, _ = a_queue()
    waiting = asyncio.create_task(queue.pop())
    await settle()
    assert not waiting.done()
    queue.add(pod("p"))
    assert (await waiting).pod.name == "p"


async def test_a_deleted_pod_is_never_popped() -> None:
    queue, _ = a_queue()
    queue.add(pod("p"))
    queue.delete("default/p")
    assert queue.pop_nowait() is None and len(queue) == 0
    assert sum(queue.pending().values()) == 0


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (9, 10)], ids=lambda value: str(value)
)
async def test_failed_attempts_wait_longer_each_time(attempts: int, seconds: int) -> None:
    queue, clock = a_queue()
    queue.add(pod("p"))
    for attempt in range(attempts):
        entry = popped(queue)
        queue.fail(entry)
        if attempt < attempts - 1:
            await clock.advance(10)
    await clock.advance(seconds - 0.01)
    assert queue.pop_nowait() is None
    await clock.advance(0.02)
    assert popped(queue).pod.name == "p"


async def test_a_rejected_pod_waits_for_an_event_that_may_help() -> None:
    queue, clock = a_queue()
    queue.add(pod("p", cpu="2"))
    queue.reject(popped(queue), {"NodeResourcesFit"})
    await clock.advance(60)
    queue.move(Event(Kind.NODE_ADD, new_node=read_node(a_node("small", cpu="1"))))
    assert queue.place_of("default/p") is Place.UNSCHEDULABLE
    queue.move(Event(Kind.NODE_ADD, new_node=read_node(a_node("large", cpu="4"))))
    assert queue.place_of("default/p") is Place.ACTIVE


async def test_an_event_during_the_back_off_waits_for_idle_time() -> None:
    queue, _ = a_queue()
    queue.add(pod("p", cpu="2"))
    queue.reject(popped(queue), {"NodeResourcesFit"})
    queue.move(Event(Kind.POD_DELETE, old_pod=pod("gone", node="n1")))
    assert queue.place_of("default/p") is Place.BACKOFF
    queue.add(pod("fresh"))
    assert popped(queue).pod.name == "fresh", "what is active comes first"
    assert popped(queue).pod.name == "p", "with nothing else to do, an end of the back-off is not waited for"


async def test_after_five_minutes_a_pod_is_tried_without_an_event() -> None:
    queue, clock = a_queue()
    timer = asyncio.create_task(queue.run())
    queue.add(pod("p"))
    queue.reject(popped(queue), {"NodeAffinity"})
    await clock.advance(290)
    assert queue.place_of("default/p") is Place.UNSCHEDULABLE
    await clock.advance(41)
    assert queue.place_of("default/p") is Place.ACTIVE
    timer.cancel()


async def test_an_idle_queue_sets_no_timer() -> None:
    queue, clock = a_queue()
    timer = asyncio.create_task(queue.run())
    await settle()
    assert clock.sleepers == 0
    queue.add(pod("p"))
    queue.reject(popped(queue), {"NodeAffinity"})
    await settle()
    assert clock.sleepers == 1
    queue.delete("default/p")
    await clock.advance(31)
    assert clock.sleepers == 0
    timer.cancel()


async def test_back_off_ends_by_itself() -> None:
    queue, clock = a_queue()
    timer = asyncio.create_task(queue.run())
    getting = asyncio.create_task(queue.pop())
    queue.add(pod("p"))
    queue.fail(await getting)
    getting = asyncio.create_task(queue.pop())
    await clock.advance(0.9)
    assert not getting.done()
    await clock.advance(0.2)
    assert (await getting).attempts == 2
    timer.cancel()


async def test_gates_hold_and_their_lifting_releases() -> None:
    queue, _ = a_queue()
    queue.add(pod("p", schedulingGates=[{"name": "g"}]))
    assert queue.place_of("default/p") is Place.GATED and queue.pop_nowait() is None
    queue.move(Event(Kind.NODE_ADD, new_node=read_node(a_node("n"))))
    assert queue.place_of("default/p") is Place.GATED
    queue.update(pod("p"))
    assert popped(queue).pod.name == "p"


async def test_a_change_of_the_pod_itself_may_help_it() -> None:
    queue, clock = a_queue()
    queue.add(pod("p"))
    queue.reject(popped(queue), {"TaintToleration"})
    await clock.advance(5)
    queue.update(pod("p"))
    assert queue.place_of("default/p") is Place.UNSCHEDULABLE, "nothing that counts has changed"
    queue.update(pod("p", tolerations=[{"operator": "Exists"}]))
    assert queue.place_of("default/p") is Place.ACTIVE


async def test_a_pod_whose_binding_failed_comes_back_with_its_attempts() -> None:
    queue, clock = a_queue()
    queue.add(pod("p"))
    entry = popped(queue)
    queue.delete("default/p")
    queue.restore(entry, entry.pod)
    assert queue.place_of("default/p") is Place.BACKOFF and queue.pop_nowait() is None
    await clock.advance(1)
    assert popped(queue).attempts == 2


async def test_alike_pods_are_asked_about_once() -> None:
    queue, clock = a_queue()
    for number in range(5):
        queue.add(pod(f"p{number}", cpu="2"))
    for _ in range(5):
        queue.reject(popped(queue), {"NodeResourcesFit"})
    await clock.advance(5)
    assert len(queue._waiting) == 1
    queue.move(Event(Kind.POD_DELETE, old_pod=pod("gone", node="n1")))
    assert queue.pending()[Place.ACTIVE] == 5 and not queue._waiting


def _node(**parts: Any) -> Any:
    return read_node(a_node("n1", **parts))


_GREEN = {"labelSelector": {"matchLabels": {"app": "green"}}, "topologyKey": ZONE}
_NEAR = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_GREEN]}}
_AWAY = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_GREEN]}}
_SPREAD = [{**_GREEN, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}]
_TAINT = [{"key": "k", "effect": "NoSchedule"}]
_GREEN_POD = pod("green", labels={"app": "green"}, node="n1")
_BLUE_POD = pod("blue", labels={"app": "blue"}, node="n1")


@pytest.mark.parametrize(
    ("plugin", "waiting", "event", "helps"),
    [
        (NO_NODES, {}, Event(Kind.NODE_ADD, new_node=_node()), True),
        (NO_NODES, {}, Event(Kind.POD_DELETE, old_pod=_BLUE_POD), False),
        ("NodeUnschedulable", {}, Event(Kind.NODE_UPDATE, _node(unschedulable=True), _node()), True),
        ("NodeUnschedulable", {}, Event(Kind.NODE_UPDATE, _node(), _node(cpu="9")), False),
        ("TaintToleration", {}, Event(Kind.NODE_UPDATE, _node(taints=_TAINT), _node()), True),
        ("TaintToleration", {}, Event(Kind.NODE_ADD, new_node=_node(taints=_TAINT)), False),
        ("TaintToleration", {}, Event(Kind.POD_DELETE, old_pod=_BLUE_POD), False),
        ("NodeAffinity", {"nodeSelector": {"a": "b"}}, Event(Kind.NODE_ADD, new_node=_node()), False),
        (
            "NodeAffinity",
            {"nodeSelector": {"a": "b"}},
            Event(Kind.NODE_UPDATE, _node(), _node(labels={"a": "b"})),
            True,
        ),
        ("NodePorts", {"ports": [{"hostPort": 80}]}, Event(Kind.POD_DELETE, old_pod=_BLUE_POD), False),
        (
            "NodePorts",
            {"ports": [{"hostPort": 80}]},
            Event(Kind.POD_DELETE, old_pod=pod("web", ports=[{"hostPort": 80}], node="n1")),
            True,
        ),
        ("NodeResourcesFit", {"cpu": "2"}, Event(Kind.NODE_UPDATE, _node(cpu="1"), _node(cpu="2")), True),
        ("NodeResourcesFit", {"cpu": "3"}, Event(Kind.NODE_UPDATE, _node(cpu="1"), _node(cpu="2")), False),
        ("NodeResourcesFit", {"cpu": "1"}, Event(Kind.NODE_UPDATE, _node(memory="1Gi"), _node(memory="2Gi")), False),
        ("NodeResourcesFit", {"cpu": "1"}, Event(Kind.NODE_UPDATE, _node(pods="1"), _node(pods="2")), True),
        ("NodeResourcesFit", {"cpu": "1"}, Event(Kind.POD_DELETE, old_pod=_BLUE_POD), True),
        (
            "NodeResourcesFit",
            {"cpu": "1"},
            Event(
                Kind.POD_UPDATE,
                old_pod=pod("x", cpu="2", node="n1"),
                new_pod=pod("x", cpu="1", node="n1"),
            ),
            True,
        ),
        (
            "PodTopologySpread",
            {"topologySpreadConstraints": _SPREAD},
            Event(Kind.POD_ADD, new_pod=_GREEN_POD),
            True,
        ),
        (
            "PodTopologySpread",
            {"topologySpreadConstraints": _SPREAD},
            Event(Kind.POD_ADD, new_pod=_BLUE_POD),
            False,
        ),
        (
            "PodTopologySpread",
            {"topologySpreadConstraints": _SPREAD},
            Event(Kind.NODE_DELETE, old_node=_node(zone="z1")),
            True,
        ),
        ("PodTopologySpread", {"topologySpreadConstraints": _SPREAD}, Event(Kind.NODE_ADD, new_node=_node()), False),
        ("InterPodAffinity", {"affinity": _NEAR}, Event(Kind.POD_ADD, new_pod=_GREEN_POD), True),
        ("InterPodAffinity", {"affinity": _NEAR}, Event(Kind.POD_ADD, new_pod=_BLUE_POD), False),
        ("InterPodAffinity", {"affinity": _AWAY}, Event(Kind.POD_DELETE, old_pod=_GREEN_POD), True),
        ("InterPodAffinity", {"affinity": _AWAY}, Event(Kind.POD_DELETE, old_pod=_BLUE_POD), False),
        (
            "InterPodAffinity",
            {"labels": {"app": "green"}},
            Event(Kind.POD_DELETE, old_pod=pod("hostile", affinity=_AWAY, node="n1")),
            True,
        ),
        ("VolumeBinding", {}, Event(Kind.CLAIM, name="default/data"), False),
        (
            "VolumeBinding",
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]},
            Event(Kind.CLAIM, name="default/data"),
            True,
        ),
    ],
)
async def test_which_event_helps_whom(plugin: str, waiting: dict[str, Any], event: Event, helps: bool) -> None:
    queue, clock = a_queue()
    queue.add(pod("p", **waiting))
    queue.reject(popped(queue), {plugin})
    await clock.advance(20)
    queue.move(event)
    assert (queue.place_of("default/p") is Place.ACTIVE) == helps
