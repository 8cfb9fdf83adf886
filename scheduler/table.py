"""The cluster as a table: a row for each node, a column for each thing that nodes have or give.

    node and pod events ─→ set_node, set_pod … ─→ columns, pod index, change logs ─→ plugins (masks, vectors)

There is no snapshot: the scheduler decides and the table changes in one event loop, and a decision never waits, so
what it reads cannot change under it. A pod that was given a node but is not bound yet is put in the table like any
other (`assume`): when the API then shows it bound, nothing changes.

Events may come in any order. A pod whose node is not known waits (`_homeless`) and gets its row when the node
appears; when a node goes, its pods wait again. Rows of nodes that went are used again.

Invariant: the table is a function of the nodes and pods last set, whatever the order of events was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

import numpy as np
from numpy.typing import NDArray

from pybernetes.api.object import Json
from pybernetes.scheduler.changelog import ChangeLog
from pybernetes.scheduler.labels import LabelColumn, Mask
from pybernetes.scheduler.node import Node
from pybernetes.scheduler.pod import HostPort, Pod
from pybernetes.scheduler.pod_index import PodIndex
from pybernetes.scheduler.workloads import Workloads

Amounts = NDArray[np.int64]
CPU, MEMORY, PODS = "cpu", "memory", "pods"
_FIRST_CAPACITY = 64


class Table:
    """Nodes and the pods on them."""

    def __init__(self) -> None:
        self.capacity = _FIRST_CAPACITY
        self.size = 0  # rows ever used; those of nodes that went are not alive
        self.alive: Mask = np.zeros(self.capacity, np.bool_)
        self.nodes: list[Node | None] = []
        self.rows: dict[str, int] = {}
        self.allocatable: dict[str, Amounts] = {}
        self.requested: dict[str, Amounts] = {}
        # cpu and memory once more, as the two rows of one array each: scores work on both at once
        self.core_allocatable = self._core()
        self.core_requested = self._core()
        self.core_scored = self._core()  # requests, a container without any counting as a small one
        self.max_pods = self._column()
        self.pod_counts = self._column()
        self.pods_on: list[dict[str, Pod]] = []
        self.ports: dict[tuple[str, int], dict[int, dict[str, int]]] = {}
        self.images: dict[str, dict[int, int]] = {}
        self.images_version = 0
        self.labels: dict[str, LabelColumn] = {}
        self.names = LabelColumn(self.capacity)
        self.taints = LabelColumn(self.capacity)
        self.taint_sets: list[tuple[Json, ...]] = []
        self.unschedulable: Mask = np.zeros(self.capacity, np.bool_)
        self.index = PodIndex(self.capacity)
        self.workloads = Workloads()
        self.claims: dict[str, bool] = {}  # claims that exist, by key: whether they are being deleted
        self.node_changes = ChangeLog()
        self.pod_changes = ChangeLog()
        self.nodes_version = 0
        self._free: list[int] = []
        self._pods: dict[str, Pod] = {}
        self._homeless: dict[str, dict[str, Pod]] = {}
        self._priorities: dict[int, int] = {}
        self._show_core()

    def _column(self) -> Amounts:
        return np.zeros(self.capacity, np.int64)

    def _core(self) -> Amounts:
        return np.zeros((2, self.capacity), np.int64)

    def _show_core(self) -> None:
        """Make cpu and memory ordinary resources: columns that look into the arrays of both."""
        for row, resource in enumerate((CPU, MEMORY)):
            self.allocatable[resource] = self.core_allocatable[row]
            self.requested[resource] = self.core_requested[row]

    def __len__(self) -> int:
        return len(self.rows)

    # -- nodes

    def set_node(self, node: Node) -> None:
        """A node appeared or changed."""
        row = self.rows.get(node.name)
        if row is None:
            row = self._take_row()
            self.rows[node.name] = row
            self.nodes[row] = node
            self.alive[row] = True
            self.images_version += 1
            self._write_node(row, None, node)
            for pod in self._homeless.pop(node.name, {}).values():
                self._place(row, pod)
            return
        old = self.nodes[row]
        if old != node:
            self.nodes[row] = node
            self._write_node(row, old, node)

    def remove_node(self, name: str) -> None:
        row = self.rows.pop(name, None)
        if row is None:
            return
        for pod in list(self.pods_on[row].values()):
            self._displace(row, pod)
            self._homeless.setdefault(name, {})[pod.key] = pod
        old, self.nodes[row] = self.nodes[row], None
        self.alive[row] = False
        self.images_version += 1
        self._write_node(row, old, Node(name, {}, (), False, {}, {}))
        self._free.append(row)

    def _take_row(self) -> int:
        if self._free:
            return self._free.pop()
        if self.size == self.capacity:
            self._grow()
        self.nodes.append(None)
        self.pods_on.append({})
        self.size += 1
        return self.size - 1

    def _grow(self) -> None:
        self.capacity *= 2

        def grown(column: NDArray[np.generic]) -> NDArray[np.generic]:
            larger = np.zeros((*column.shape[:-1], self.capacity), column.dtype)
            larger[..., : column.shape[-1]] = column
            return larger

        for name in ("alive", "unschedulable", "max_pods", "pod_counts"):
            setattr(self, name, grown(getattr(self, name)))
        for columns in (self.allocatable, self.requested):
            for resource, column in columns.items():
                columns[resource] = grown(column)  # type: ignore[assignment]
        for name in ("core_allocatable", "core_requested", "core_scored"):
            setattr(self, name, grown(getattr(self, name)))
        self._show_core()
        for label in (*self.labels.values(), self.names, self.taints):
            label.grow(self.capacity)
        self.index.grow(self.capacity)

    def _write_node(self, row: int, old: Node | None, node: Node) -> None:
        for resource in {*(old.allocatable if old else ()), *node.allocatable}:
            if resource != PODS:
                self.resource(resource)
                self.allocatable[resource][row] = node.allocatable.get(resource, 0)
        self.max_pods[row] = node.allocatable.get(PODS, 0)
        self.unschedulable[row] = node.unschedulable
        self.names.set(row, node.name if self.alive[row] else None)
        self.taints.set(row, repr(node.taints))
        if self.taints.domains > len(self.taint_sets):
            self.taint_sets.append(node.taints)
        for key, column in self.labels.items():
            column.set(row, node.labels.get(key))
        self._write_images(row, old.images if old else {}, node.images)
        self.nodes_version += 1
        self.node_changes.add(row)

    def _write_images(self, row: int, old: Mapping[str, int], new: Mapping[str, int]) -> None:
        if old == new:
            return
        self.images_version += 1
        for name in old:
            if name not in new:
                del self.images[name][row]
                if not self.images[name]:
                    del self.images[name]
        for name, size in new.items():
            self.images.setdefault(name, {})[row] = size

    def resource(self, name: str) -> None:
        """Make sure that the columns of a resource are there."""
        if name not in self.allocatable:
            self.allocatable[name] = self._column()
            self.requested[name] = self._column()

    def label(self, key: str) -> LabelColumn:
        """The column of a node label, made if nobody asked for it yet."""
        column = self.labels.get(key)
        if column is None:
            column = self.labels[key] = LabelColumn(self.capacity)
            for row in self.rows.values():
                node = self.nodes[row]
                column.set(row, node.labels.get(key) if node else None)
        return column

    def touch(self, row: int) -> None:
        """Have whatever is kept for this row worked out anew."""
        self.pod_changes.add(row)

    # -- pods

    def least_priority(self) -> float:
        """The lowest priority of any pod on a row."""
        return min(self._priorities, default=inf)

    def pod(self, key: str) -> Pod | None:
        """The pod of that name that is on a node, or is assumed to be."""
        return self._pods.get(key)

    @property
    def pod_total(self) -> int:
        return len(self._pods)

    def pods(self) -> Iterable[Pod]:
        return self._pods.values()

    def set_pod(self, pod: Pod) -> None:
        """A pod is on the node it names, or changed there, or moved."""
        old = self._pods.get(pod.key)
        self._pods[pod.key] = pod
        if old is not None:
            if old.node == pod.node and old.cls is pod.cls and old.terminating == pod.terminating:
                self._swap(pod)
                return
            self._take_away(old)
        row = self.rows.get(pod.node)
        if row is None:
            self._homeless.setdefault(pod.node, {})[pod.key] = pod
        else:
            self._place(row, pod)

    def remove_pod(self, key: str) -> Pod | None:
        """A pod is gone, or was not bound after all. Gives what was known of it."""
        pod = self._pods.pop(key, None)
        if pod is not None:
            self._take_away(pod)
        return pod

    def _swap(self, pod: Pod) -> None:
        row = self.rows.get(pod.node)
        (self._homeless[pod.node] if row is None else self.pods_on[row])[pod.key] = pod

    def _take_away(self, pod: Pod) -> None:
        row = self.rows.get(pod.node)
        if row is not None:
            self._displace(row, pod)
            return
        waiting = self._homeless[pod.node]
        del waiting[pod.key]
        if not waiting:
            del self._homeless[pod.node]

    def _place(self, row: int, pod: Pod) -> None:
        self.pods_on[row][pod.key] = pod
        self._count(row, pod, 1)
        self.index.add(pod.cls, pod.terminating, row)

    def _displace(self, row: int, pod: Pod) -> None:
        del self.pods_on[row][pod.key]
        self._count(row, pod, -1)
        self.index.remove(pod.cls, pod.terminating, row)

    def _count(self, row: int, pod: Pod, sign: int) -> None:
        local = pod.cls.local
        for resource, amount in local.requests:
            column = self.requested.get(resource)
            if column is None:
                self.resource(resource)
                column = self.requested[resource]
            column[row] += sign * amount
        self.core_scored[0, row] += sign * local.scored_cpu
        self.core_scored[1, row] += sign * local.scored_memory
        self.pod_counts[row] += sign
        priority = pod.cls.priority
        left = self._priorities.get(priority, 0) + sign
        if left:
            self._priorities[priority] = left
        else:
            del self._priorities[priority]
        for port in local.ports:
            self._count_port(row, port, sign)
        self.pod_changes.add(row)

    def _count_port(self, row: int, port: HostPort, sign: int) -> None:
        rows = self.ports.setdefault((port.protocol, port.port), {})
        addresses = rows.setdefault(row, {})
        addresses[port.address] = addresses.get(port.address, 0) + sign
        if addresses[port.address] == 0:
            del addresses[port.address]
        if not addresses:
            del rows[row]
        if not rows:
            del self.ports[(port.protocol, port.port)]
