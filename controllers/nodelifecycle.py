"""Nodes that fall silent: told to be Unknown, tainted, and (through taints) emptied.

    leases, nodes (informers) ──► every 5 s: who has not spoken → conditions Unknown, pods not ready
                              ──► zones: how ill is each → how many nodes may get a NoExecute taint
    node changed              ──► NoSchedule taints as conditions say

Time is what this is about, so it looks at all nodes each period; what it looks at is in memory. Evicting pods is
`tainteviction`'s work. Counterpart: pkg/controller/nodelifecycle.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from pybernetes.api.core.pod_conditions import is_pod_ready
from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, condition_of, format_time, name_of, namespace_of, set_condition, uid_of
from pybernetes.client.events import NORMAL, WARNING
from pybernetes.client.reconciler import run_workers
from pybernetes.client.transport import TransportError
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.indices import NODE, index_by_node
from pybernetes.controllers.node_health import Health, grace_seconds, observe, ready_status, unknown_conditions
from pybernetes.controllers.node_taints import execute_key, execute_keys_on, with_no_execute, with_no_schedule
from pybernetes.controllers.zone_disruption import (
    TokenBucket,
    ZoneState,
    all_disrupted,
    evictions_per_second,
    zone_of,
    zone_state,
)

log = logging.getLogger(__name__)

_COMPONENT = "node-controller"
_LEASE_NAMESPACE = "kube-node-lease"
_TRIES = 5


class NodeLifecycleController:
    """See the module's docstring."""

    def __init__(self, context: Context):
        self._client, self._clock, self._options = context.client, context.clock, context.options
        self._recorder = context.recorder(_COMPONENT)
        self._queue = context.queue("node_lifecycle_controller")
        self._nodes = context.informers.informer("nodes")
        self._leases = context.informers.informer("leases.coordination.k8s.io", namespace=_LEASE_NAMESPACE)
        self._pods = index_by_node(context.informers.informer("pods"))
        self._health: dict[str, Health] = {}
        self._buckets: dict[str, TokenBucket] = {}
        self._all_disrupted = False
        self._nodes.add_handler(self._node_added, self._node_updated, self._node_deleted)

    async def run(self) -> None:
        await wait_synced(self._nodes, self._leases, self._pods)
        async with asyncio.TaskGroup() as group:
            group.create_task(run_workers(_COMPONENT, self._queue, self.reconcile), name="node taints")
            while True:
                await self.monitor()
                await self._clock.sleep(self._options.node_monitor_period)

    def _node_added(self, node: Json) -> None:
        self._queue.add(name_of(node))
        self._say(node, "RegisteredNode", f"Registered Node {name_of(node)} in Controller")

    def _node_updated(self, node: Json, old: Json) -> None:
        if _taint_causes(node) != _taint_causes(old):
            self._queue.add(name_of(node))

    def _node_deleted(self, node: Json) -> None:
        self._health.pop(name_of(node), None)
        self._say(node, "RemovingNode", f"Removing Node {name_of(node)} from Controller")

    def _say(self, node: Json, reason: str, what: str) -> None:
        self._recorder.event(node, NORMAL, reason, f"Node {name_of(node)} event: {what}")

    # NoSchedule taints

    async def reconcile(self, key: str) -> float | None:
        """Give a node the NoSchedule taints that its conditions ask for."""
        node = self._nodes.get(key)
        if node is not None:
            await self._change_taints(node, lambda fresh: with_no_schedule(fresh, format_time(self._clock.now())))
        return None

    async def _change_taints(self, node: Json, change: Callable[[Json], list[Json] | None]) -> None:
        """Write what `change` makes of the node's taints, from a fresh read when somebody else wrote meanwhile."""
        for attempt in range(1, _TRIES + 1):
            taints = change(node)
            if taints is None:
                return
            metadata = {"resourceVersion": node["metadata"]["resourceVersion"]}
            try:
                patch = {"metadata": metadata, "spec": {"taints": taints or None}}
                await self._client.patch("nodes", name_of(node), patch)
                return
            except APIError as error:
                if is_not_found(error):
                    return
                if attempt == _TRIES or not is_conflict(error):
                    raise
            node = await self._client.get("nodes", name_of(node))

    # Every period

    async def monitor(self) -> None:
        """Look at all nodes once. What cannot be written now is written next time."""
        nodes = []
        for node in self._nodes.items():
            try:
                nodes.append(await self._check(node))
            except (APIError, TransportError) as error:
                log.warning("node not checked", extra={"node": name_of(node), "error": str(error)})
                nodes.append(node)
        await self._limit_evictions(nodes)

    async def _check(self, node: Json) -> Json:
        """The node, with its conditions made Unknown when it has not spoken for too long."""
        name, now = name_of(node), self._clock.monotonic()
        lease = self._leases.get(f"{_LEASE_NAMESPACE}/{name}")
        health = self._health[name] = observe(self._health.get(name), node, lease, now, self._clock.now())
        grace = grace_seconds(node, self._options.node_monitor_grace_period, self._options.node_startup_grace_period)
        if now - health.spoke_at <= grace:
            return node
        conditions = unknown_conditions(node, self._clock.now())
        if conditions is None:
            return node
        was_ready = ready_status(node) == "True"
        node = await self._write_conditions(node, conditions)
        if was_ready:
            self._recorder.event(node, NORMAL, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
            await self._mark_pods_not_ready(name)
        return node

    async def _write_conditions(self, node: Json, conditions: list[Json]) -> Json:
        """Write the conditions unless the node turns out to have posted a status meanwhile."""
        try:
            status = {**(node.get("status") or {}), "conditions": conditions}
            return await self._client.update_status("nodes", {**node, "status": status})
        except APIError as error:
            if is_conflict(error):
                return await self._client.get("nodes", name_of(node))
            raise

    async def _mark_pods_not_ready(self, node_name: str) -> None:
        """Pods on a silent node are not ready: nobody can say that they are."""
        for pod in self._pods.by_index(NODE, node_name):
            if is_pod_ready(pod):
                await self._mark_not_ready(pod)
                self._recorder.event(pod, WARNING, "NodeNotReady", "Node is not ready")

    async def _mark_not_ready(self, pod: Json) -> None:
        for attempt in range(1, _TRIES + 1):
            status, ready = pod["status"], {**(condition_of(pod, "Ready") or {}), "status": "False"}
            conditions = set_condition(status.get("conditions") or (), ready, format_time(self._clock.now()))
            try:
                await self._client.update_status("pods", {**pod, "status": {**status, "conditions": conditions}})
                return
            except APIError as error:
                if is_not_found(error):
                    return
                if attempt == _TRIES or not is_conflict(error):
                    raise
            fresh = await self._client.get("pods", name_of(pod), namespace_of(pod))
            if uid_of(fresh) != uid_of(pod) or not is_pod_ready(fresh):
                return
            pod = fresh

    # NoExecute taints

    async def _limit_evictions(self, nodes: list[Json]) -> None:
        zones: dict[str, list[Json]] = {}
        for node in nodes:
            zones.setdefault(zone_of(node), []).append(node)
        threshold = self._options.unhealthy_zone_threshold
        states = {zone: zone_state(members, threshold) for zone, members in zones.items()}
        if self._note_disruption(all_disrupted(states)):
            for node in nodes:
                await self._set_execute(node, "")
            return
        for zone, members in zones.items():
            await self._taint_zone(zone, members, states[zone])

    def _note_disruption(self, disrupted: bool) -> bool:
        """When all were silent and some speak again, the trouble was ours: all get their whole grace period anew."""
        if disrupted != self._all_disrupted:
            text = "all nodes are not ready, evictions stop" if disrupted else "some nodes are ready again"
            log.warning(text)
            if not disrupted:
                now = self._clock.monotonic()
                self._health = {name: replace(health, spoke_at=now) for name, health in self._health.items()}
        self._all_disrupted = disrupted
        return disrupted

    async def _taint_zone(self, zone: str, nodes: list[Json], state: ZoneState) -> None:
        """Take taints off, and exchange them, at once; put new ones on only as fast as the zone's state allows."""
        rate = evictions_per_second(state, len(nodes), self._options)
        bucket = self._buckets.setdefault(zone, TokenBucket(self._clock.monotonic()))
        for node in nodes:
            key = execute_key(ready_status(node))
            if not key or execute_keys_on(node) or bucket.take(rate, self._clock.monotonic()):
                await self._set_execute(node, key)

    async def _set_execute(self, node: Json, key: str) -> None:
        try:
            await self._change_taints(node, lambda fresh: with_no_execute(fresh, key, format_time(self._clock.now())))
        except (APIError, TransportError) as error:
            log.info("taint not written yet", extra={"node": name_of(node), "error": str(error)})


def _taint_causes(node: Json) -> object:
    """All that NoSchedule taints depend on."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    spec = node.get("spec") or {}
    return [(c.get("type"), c.get("status")) for c in conditions], spec.get("unschedulable"), spec.get("taints")


def node_lifecycle(context: Context) -> NodeLifecycleController:
    return NodeLifecycleController(context)
