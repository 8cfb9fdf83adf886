"""Runs the control loops: which there are, what they share, and how they start and stop together.

    run(): lead (if asked to) → make every enabled controller → start caches, event recorders and loops in one group

Every loop is a task of one group: one that fails ends them all, and the process is started anew, rather than
living on with a part of it dead. Counterpart: cmd/kube-controller-manager.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pybernetes.client.client import Client
from pybernetes.client.informer import InformerFactory
from pybernetes.client.leaderelection import run_as_leader
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.controllers import (
    clusterroleaggregation,
    endpoints,
    endpointslice,
    endpointslicemirroring,
    garbagecollector,
    namespace,
    nodeipam,
    nodelifecycle,
    podgc,
    replication,
    resourcequota,
    rootca,
    serviceaccount,
    serviceaccount_token,
    servicecidrs,
    tainteviction,
    volume_protection,
)
from pybernetes.controllers.certificates import approver, cleaner, signer
from pybernetes.controllers.context import Context, Controller
from pybernetes.controllers.deployment import controller as deployment
from pybernetes.controllers.options import Options

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A controller by the name that ``--controllers`` knows it by. `wanted`: whether the options give it work."""

    name: str
    make: Callable[[Context], Controller]
    wanted: Callable[[Options], bool] = lambda options: True


CONTROLLERS: tuple[Entry, ...] = (
    Entry("namespace-controller", namespace.namespaces),
    Entry("serviceaccount-controller", serviceaccount.service_accounts),
    Entry(
        "serviceaccount-token-controller",
        serviceaccount_token.service_account_tokens,
        lambda options: bool(options.service_account_private_key_file),
    ),
    Entry("root-ca-certificate-publisher-controller", rootca.root_ca, lambda options: bool(options.root_ca)),
    Entry("replicationcontroller-controller", replication.replication_controllers),
    Entry("replicaset-controller", replication.replica_sets),
    Entry("deployment-controller", deployment.deployments),
    Entry("endpoints-controller", endpoints.endpoints),
    Entry("endpointslice-controller", endpointslice.endpoint_slices),
    Entry("endpointslice-mirroring-controller", endpointslicemirroring.endpoint_slice_mirroring),
    Entry("node-lifecycle-controller", nodelifecycle.node_lifecycle),
    Entry("taint-eviction-controller", tainteviction.taint_eviction),
    Entry("node-ipam-controller", nodeipam.node_ipam, lambda options: options.allocate_node_cidrs),
    Entry("pod-garbage-collector-controller", podgc.pod_garbage_collector),
    Entry("resourcequota-controller", resourcequota.resource_quota),
    Entry("persistentvolumeclaim-protection-controller", volume_protection.claim_protection),
    Entry("persistentvolume-protection-controller", volume_protection.volume_protection),
    Entry("service-cidr-controller", servicecidrs.service_cidrs),
    Entry("clusterrole-aggregation-controller", clusterroleaggregation.cluster_role_aggregation),
    Entry(
        "certificatesigningrequest-signing-controller",
        signer.signing,
        lambda options: bool(signer.authorities(options)),
    ),
    Entry("certificatesigningrequest-approving-controller", approver.approving),
    Entry("certificatesigningrequest-cleaner-controller", cleaner.cleaning),
    # Last, so that it shares the caches that the others have asked for.
    Entry("garbage-collector-controller", garbagecollector.garbage_collector),
)


async def run(client: Client, options: Options, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Run the enabled controllers until cancelled, or until leadership is lost (which raises)."""
    if options.root_ca_file and not options.root_ca:
        options = replace(options, root_ca=await asyncio.to_thread(Path(options.root_ca_file).read_text))

    async def work() -> None:
        await run_controllers(client, options, clock=clock)

    if not options.leader_elect:
        await work()
        return
    await run_as_leader(
        client,
        options.leader_elect_resource_name,
        f"{socket.gethostname()}_{uuid.uuid4()}",
        work,
        namespace=options.leader_elect_resource_namespace,
        times=options.leader_elect_times,
        clock=clock,
    )


async def run_controllers(client: Client, options: Options, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Run them as the one that acts."""
    context = Context(client, InformerFactory(client, clock=clock), options, clock)
    chosen = [entry for entry in CONTROLLERS if options.is_enabled(entry.name) and entry.wanted(options)]
    made = {entry.name: entry.make(context) for entry in chosen}
    log.info("controllers start", extra={"controllers": list(made)})
    async with asyncio.TaskGroup() as group:
        group.create_task(context.informers.run(), name="informers")
        for component, recorder in context.recorders.items():
            group.create_task(recorder.run(), name=f"events of {component}")
        for name, controller in made.items():
            group.create_task(controller.run(), name=name)
