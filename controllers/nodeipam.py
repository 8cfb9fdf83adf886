"""Each node gets a part of the cluster's pod addresses (spec.podCIDR), one of each address family.

What nodes have already is taken first, so that nothing is given twice after a restart; what was given is
remembered, so that a stale cache does not give it twice either. Counterpart: the range allocator of
pkg/controller/nodeipam.
"""

from __future__ import annotations

import ipaddress
import logging

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, is_deleting, name_of
from pybernetes.client.events import NORMAL
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.cidr_set import CIDRSet, CIDRSetError
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.options import Options

log = logging.getLogger(__name__)

_COMPONENT = "cidrAllocator"
_NONE_LEFT_SECONDS = 30.0


def cidr_sets(options: Options) -> list[CIDRSet]:
    """One set for each range of --cluster-cidr, with the addresses of services taken out. Raises ValueError."""
    sets = []
    for cluster in options.cluster_cidr.split(","):
        is_ipv4 = ipaddress.ip_network(cluster.strip()).version == 4
        mask_size = options.node_cidr_mask_size if is_ipv4 else options.node_cidr_mask_size_ipv6
        sets.append(CIDRSet(cluster.strip(), mask_size))
    for services in filter(None, options.service_cluster_ip_range.split(",")):
        for part in sets:
            _occupy_if_inside(part, services.strip())
    return sets


def _occupy_if_inside(part: CIDRSet, cidr: str) -> None:
    try:
        part.occupy(cidr)
    except CIDRSetError:
        return  # another family, or other addresses: nothing to keep free here


def pod_cidrs(node: Json) -> list[str]:
    spec = node.get("spec") or {}
    return list(spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else []))


class NodeIPAMController:
    """Keys are nodes."""

    def __init__(self, context: Context):
        self._client = context.client
        self._recorder = context.recorder(_COMPONENT)
        self._sets = cidr_sets(context.options)
        self._given: dict[str, list[str]] = {}
        self._queue = context.queue("cidrallocator_node")
        self._nodes = context.informers.informer("nodes")
        self._nodes.add_handler(self._node_changed, lambda new, old: self._node_changed(new), self._node_deleted)

    async def run(self) -> None:
        await wait_synced(self._nodes)
        await run_workers(_COMPONENT, self._queue, self.reconcile)

    def _node_changed(self, node: Json) -> None:
        cidrs = pod_cidrs(node)
        if not cidrs:
            self._queue.add(name_of(node))
        elif self._given.get(name_of(node)) != cidrs:
            self._give_back(name_of(node))
            self._occupy(name_of(node), cidrs)

    def _node_deleted(self, node: Json) -> None:
        self._give_back(name_of(node))

    def _occupy(self, name: str, cidrs: list[str]) -> None:
        for cidr, part in zip(cidrs, self._sets, strict=False):
            try:
                part.occupy(cidr)
            except (CIDRSetError, ValueError) as error:
                log.warning("pod addresses of a node are not ours", extra={"node": name, "error": str(error)})
        self._given[name] = cidrs

    def _give_back(self, name: str) -> None:
        for cidr, part in zip(self._given.pop(name, ()), self._sets, strict=False):
            try:
                part.give_back(cidr)
            except (CIDRSetError, ValueError) as error:
                log.info("pod addresses were not ours", extra={"node": name, "error": str(error)})

    async def reconcile(self, key: str) -> float | None:
        """Give the node its addresses if it has none."""
        node = self._nodes.get(key)
        if node is None or is_deleting(node) or pod_cidrs(node):
            return None
        cidrs = self._given.get(key) or self._take(node)
        if not cidrs:
            self._tell(node, "CIDRNotAvailable")
            log.warning("no pod addresses are left", extra={"node": key})
            return _NONE_LEFT_SECONDS
        try:
            await self._client.patch("nodes", key, {"spec": {"podCIDR": cidrs[0], "podCIDRs": cidrs}})
        except APIError:
            self._tell(node, "CIDRAssignmentFailed")
            raise
        return None

    def _take(self, node: Json) -> list[str]:
        taken = [(part, part.take()) for part in self._sets]
        cidrs = [cidr for _, cidr in taken if cidr is not None]
        if len(cidrs) == len(self._sets):
            self._given[name_of(node)] = cidrs
            return cidrs
        for part, cidr in taken:
            if cidr is not None:
                part.give_back(cidr)
        return []

    def _tell(self, node: Json, reason: str) -> None:
        self._recorder.event(node, NORMAL, reason, f"Node {name_of(node)} status is now: {reason}")


def node_ipam(context: Context) -> NodeIPAMController:
    return NodeIPAMController(context)
