"""Which pods must leave a node so that a more important one fits, and which node it hurts least.

Everything is as kube-scheduler has it. On one node: take away all pods of lower priority; if the pod fits then,
bring them back one after the other, first those whose budget (PodDisruptionBudget) forbids their leaving, the most
important first, and keep each that still leaves room. Those that cannot come back are the victims. Among nodes:
fewest budgets violated, then the lowest highest priority, then the lowest sum of priorities, then the fewest
victims, then the latest start of the most important victims.

`Room` says whether the pod fits while victims come and go: `LocalRoom` counts with plain numbers when only the node
itself matters, `TableRoom` (preemption.py) asks all plugins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from pybernetes.api.selectors import Selector
from pybernetes.scheduler.node import Node
from pybernetes.scheduler.pod import HostPort, Pod

NO_VICTIMS = "No preemption victims found for incoming pod"
_PRIORITY_SHIFT = 1 << 31  # makes every priority count as a positive number in the sum


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget: pods it covers, and how many more of them may leave."""

    namespace: str
    selector: Selector
    allowed: int
    disrupted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Victims:
    """Pods that would have to leave a node, the most important first."""

    pods: tuple[Pod, ...]
    violations: int

    def cost(self) -> tuple[int, int, int, int, float]:
        """What is compared between nodes; less is better."""
        if not self.pods:
            return self.violations, -_PRIORITY_SHIFT, 0, 0, -inf
        highest = self.pods[0].priority
        total = sum(pod.priority + _PRIORITY_SHIFT for pod in self.pods)
        started = min(pod.started or inf for pod in self.pods if pod.priority == highest)
        return self.violations, highest, total, len(self.pods), -started


class Room(Protocol):
    """A node with or without the pods that may have to leave."""

    def add(self, pod: Pod) -> None: ...

    def remove(self, pod: Pod) -> None: ...

    def misfits(self) -> Sequence[str]:
        """Why the pod does not fit as things stand; empty when it does."""


def by_importance(pods: Iterable[Pod]) -> list[Pod]:
    """The most important first: by priority, then by who has run longer (MoreImportantPod)."""
    return sorted(pods, key=lambda pod: (-pod.priority, pod.started or inf))


def choose_victims(room: Room, candidates: Iterable[Pod], budgets: Sequence[Budget]) -> Victims | tuple[str, ...]:
    """The fewest pods whose leaving makes room, or why even the leaving of all `candidates` does not."""
    ranked = by_importance(candidates)
    if not ranked:
        return (NO_VICTIMS,)
    for pod in ranked:
        room.remove(pod)
    misfits = room.misfits()
    if misfits:
        return tuple(misfits)
    protected, free = split_by_budget(ranked, budgets)
    unlucky = [pod for pod in protected if not _comes_back(room, pod)]
    leaving = unlucky + [pod for pod in free if not _comes_back(room, pod)]
    return Victims(tuple(by_importance(leaving)), len(unlucky))


def _comes_back(room: Room, pod: Pod) -> bool:
    room.add(pod)
    if not room.misfits():
        return True
    room.remove(pod)
    return False


def split_by_budget(ranked: Sequence[Pod], budgets: Sequence[Budget]) -> tuple[list[Pod], list[Pod]]:
    """(pods whose leaving would violate a budget if all before them leave too, the others)."""
    if not budgets:
        return [], list(ranked)
    left = [budget.allowed for budget in budgets]
    protected: list[Pod] = []
    free: list[Pod] = []
    for pod in ranked:
        violates = False
        for number, budget in enumerate(budgets):
            if pod.namespace != budget.namespace or not pod.cls.labels or budget.selector.matches_all:
                continue
            if not budget.selector.matches(pod.cls.labels) or pod.name in budget.disrupted:
                continue
            left[number] -= 1
            violates = violates or left[number] < 0
        (protected if violates else free).append(pod)
    return protected, free


class LocalRoom:
    """What a node has left for a pod that asks nothing of other nodes, in numbers."""

    def __init__(self, pod: Pod, node: Node, on_node: Iterable[Pod], promised: Sequence[Pod]):
        self._pod = pod
        self._needs = pod.cls.local.requests
        self._allocatable: Mapping[str, int] = node.allocatable
        self._free = {resource: node.allocatable.get(resource, 0) for resource, _ in self._needs}
        self._free_pods = node.allocatable.get("pods", 0)
        self._ports: list[HostPort] = []
        for other in (*on_node, *promised):
            self.add(other)

    def add(self, pod: Pod) -> None:
        self._count(pod, 1)

    def remove(self, pod: Pod) -> None:
        self._count(pod, -1)

    def _count(self, pod: Pod, sign: int) -> None:
        self._free_pods -= sign
        for resource, amount in pod.cls.local.requests:
            if resource in self._free:
                self._free[resource] -= sign * amount
        if self._pod.cls.local.ports:
            for port in pod.cls.local.ports:
                if sign > 0:
                    self._ports.append(port)
                else:
                    self._ports.remove(port)

    def misfits(self) -> Sequence[str]:
        if self._pod.cls.local.ports and self._port_taken():
            return ("node(s) didn't have free ports for the requested pod ports",)
        found = ["Too many pods"] if self._free_pods < 1 else []
        for resource, amount in self._needs:
            if self._free[resource] < amount:
                found.append(f"Insufficient {resource}")
        return found

    def _port_taken(self) -> bool:
        return any(wanted.conflicts(taken) for wanted in self._pod.cls.local.ports for taken in self._ports)
