"""The network agent of a node: keeps CNI configuration, overlay and packet rules as the Node objects say.

    Nodes -> Informer -> wake -> reconcile: members -> conflist, plan, links.apply, masquerade -> sleep
                                   ^------------- every RESYNC_SECONDS, and after a failure -------'

One loop, one step: everything is computed from all Nodes and from what the kernel has now, so lost or doubled
events, a restart at any line, or somebody who deleted a route are all mended by the next round. A Node's heartbeat
does not wake it: only name, addresses and pod CIDRs are kept of each, and only their change counts.

Until the own Node has a pod CIDR there is no CNI configuration, and the runtime reports NetworkReady false. When it
appears: first the overlay and the rules, then the CNI configuration, so that the first pod has a network that works.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pybernetes.api.object import Json
from pybernetes.client.client import Client
from pybernetes.client.informer import Informer
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.network import masquerade
from pybernetes.network.cni import BRIDGE, conflist, write_conflist
from pybernetes.network.links import Links, NetworkCommandError
from pybernetes.network.vxlan import DEVICE, PORT, VNI, Members, Overlay, members, plan, pod_mtu, teardown

logger = logging.getLogger(__name__)

# How long somebody else's change to our routes or rules may last.
RESYNC_SECONDS = 60.0
# Failures are of the machine (a missing tool, a full table): 1, 2, 4 ... 30 s between tries.
RETRY_SECONDS = (1.0, 30.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a node's network needs to know besides the Node objects.

    `cluster_cidrs` are the ranges that all pod CIDRs are taken from, one an IP family. `prefix` runs the network
    tools elsewhere: ("nsenter", "--net=/run/netns/node-1"). `ipam_dir` must differ between nodes that share a
    file system ("" is host-local's own).
    """

    cluster_cidrs: tuple[str, ...]
    cni_conf_dir: Path
    ipam_dir: str = ""
    bridge: str = BRIDGE
    device: str = DEVICE
    vni: int = VNI
    port: int = PORT
    prefix: tuple[str, ...] = ()


async def run(client: Client, node_name: str, settings: Settings, clock: Clock = SYSTEM_CLOCK) -> None:
    """Be the network agent of a node until cancelled. What it made stays, so that a restart disturbs no pod."""
    nodes = Informer(client, "nodes", transform=network_part, clock=clock)
    wake = asyncio.Event()

    def changed(node: Json, old: Json) -> None:
        if node["spec"] != old["spec"] or node["status"] != old["status"]:
            wake.set()

    nodes.add_handler(on_add=lambda _: wake.set(), on_update=changed, on_delete=lambda _: wake.set())
    async with asyncio.TaskGroup() as group:
        group.create_task(nodes.run(), name="network: nodes informer")
        await nodes.wait_synced()
        await _reconcile_forever(nodes, node_name, settings, wake, clock)


def network_part(node: Json) -> Json:
    """What the network needs of a Node. Pure."""
    metadata, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    return {
        "metadata": {name: metadata[name] for name in ("name", "uid", "resourceVersion") if name in metadata},
        "spec": {name: spec[name] for name in ("podCIDR", "podCIDRs") if spec.get(name)},
        "status": {"addresses": [each for each in status.get("addresses") or () if each.get("type") == "InternalIP"]},
    }


async def reconcile(nodes: Sequence[Json], node_name: str, settings: Settings) -> bool:
    """Bring this node's network to what the Nodes say; False while the own Node has no pod CIDR or address.

    Raises NetworkCommandError or OSError; what could be done is done then.
    """
    known = members(nodes, node_name)
    if known.own is None:
        return False
    links = Links(settings.prefix)
    underlay_mtu = await links.mtu_of(known.own.address)
    families = {ipaddress.ip_network(cidr).version for cidr in known.own.pod_cidrs}
    await links.enable_forwarding(ipv6=6 in families)
    changes = plan(_overlay(known, settings, underlay_mtu), await links.read(settings.device))
    await links.apply(changes)
    for family in sorted(families):
        await masquerade.apply(
            family,
            _of_family(settings.cluster_cidrs, family),
            _of_family(known.own.pod_cidrs, family),
            settings.prefix,
        )
    config = conflist(
        known.own.pod_cidrs,
        pod_mtu(underlay_mtu, known.own.address),
        bridge=settings.bridge,
        data_dir=settings.ipam_dir,
    )
    wrote = write_conflist(settings.cni_conf_dir, config)
    if changes or wrote:
        logger.info("pod network of %s: %d changes, %d other nodes", node_name, len(changes), len(known.others))
    return True


async def remove(settings: Settings) -> None:
    """Take everything off this node that `run` put there, bridge included. For a node that is taken down."""
    links = Links(settings.prefix)
    await links.apply(teardown(settings.device, await links.read(settings.device)))
    await links.remove_link(settings.bridge)
    for family in {ipaddress.ip_network(cidr).version for cidr in settings.cluster_cidrs}:
        await masquerade.remove(family, settings.prefix)


async def _reconcile_forever(
    nodes: Informer, node_name: str, settings: Settings, wake: asyncio.Event, clock: Clock
) -> None:
    first, longest = RETRY_SECONDS
    retry = first
    while True:
        wake.clear()
        pause = RESYNC_SECONDS
        try:
            if not await reconcile(nodes.items(), node_name, settings):
                logger.info("node %s has no pod CIDR or no InternalIP yet: no pod network", node_name)
            retry = first
        except (NetworkCommandError, OSError) as error:
            logger.error("pod network of %s: %s; again in %.0f s", node_name, error, retry)
            pause, retry = retry, min(2 * retry, longest)
        await _wait(wake, pause, clock)


async def _wait(wake: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Until woken, or for a time, whichever is first."""
    tasks = {
        asyncio.create_task(wake.wait(), name="network: wait for a node to change"),
        asyncio.create_task(clock.sleep(seconds), name="network: wait for the next round"),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _overlay(known: Members, settings: Settings, underlay_mtu: int) -> Overlay:
    assert known.own is not None
    return Overlay(
        own=known.own,
        others=known.others,
        underlay_mtu=underlay_mtu,
        device=settings.device,
        vni=settings.vni,
        port=settings.port,
    )


def _of_family(cidrs: Sequence[str], family: int) -> list[str]:
    return [cidr for cidr in cidrs if ipaddress.ip_network(cidr).version == family]
