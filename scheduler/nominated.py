"""Pods that were promised a node and wait for it to be cleared.

A pod that made others leave a node has no claim on the room they leave except this note: while it waits, pods of
lower priority are judged as if it were there already. Counterpart: kube-scheduler's nominator.
"""

from __future__ import annotations

from collections.abc import Iterator

from pybernetes.scheduler.pod import Pod


class Nominations:
    """Which pods are promised which node."""

    def __init__(self) -> None:
        self._by_node: dict[str, dict[str, Pod]] = {}
        self._node_of: dict[str, str] = {}
        self.version = 0

    def __len__(self) -> int:
        return len(self._node_of)

    def set(self, pod: Pod, node: str) -> None:
        """Promise the node to the pod; an empty name takes the promise back."""
        self.remove(pod.key)
        if node:
            self._by_node.setdefault(node, {})[pod.key] = pod
            self._node_of[pod.key] = node
            self.version += 1

    def remove(self, key: str) -> None:
        node = self._node_of.pop(key, None)
        if node is None:
            return
        self.version += 1
        pods = self._by_node[node]
        del pods[key]
        if not pods:
            del self._by_node[node]

    def node_of(self, key: str) -> str:
        return self._node_of.get(key, "")

    def beside(self, pod: Pod) -> Iterator[tuple[str, list[Pod]]]:
        """Each node with the pods promised to it that `pod` must leave room for: of the same or higher priority."""
        for node, pods in self._by_node.items():
            found = [p for p in pods.values() if p.priority >= pod.priority and p.key != pod.key]
            if found:
                yield node, found

    def beside_on(self, node: str, pod: Pod) -> list[Pod]:
        """The pods promised this node that `pod` must leave room for."""
        pods = self._by_node.get(node)
        return [p for p in pods.values() if p.priority >= pod.priority and p.key != pod.key] if pods else []

    def below(self, node: str, priority: int) -> list[Pod]:
        """The pods promised this node that have a lower priority."""
        return [pod for pod in self._by_node.get(node, {}).values() if pod.priority < priority]
