"""One file a plugin; the lists here say which run, in which order, and how much each score weighs.

Filters run in this order and a node's reason is that of the first that turns it down, so the order is part of what
users see. It is kube-scheduler's: first what looks at one node, then what looks across nodes. To add a plugin:
write its file, put it into a list here, say in `scheduler/hints.py` which events may help the pods it turns down.

Of kube-scheduler's plugins, PrioritySort and SchedulingGates are how `scheduler/queue.py` works, DefaultPreemption is
`scheduler/preemption.py`, DefaultBinder `scheduler/binding.py`, and NodeName has nothing to decide: a pod that names
its node never waits.
"""

from __future__ import annotations

from pybernetes.scheduler.plugins import (
    inter_pod_affinity,
    node_affinity,
    node_ports,
    node_resources_balanced_allocation,
    node_resources_fit,
    node_unschedulable,
    pod_topology_spread,
    taint_toleration,
)
from pybernetes.scheduler.plugins.interface import (
    ClusterPlugin,
    LocalFilter,
    LocalScorer,
    fewer_is_better,
    scaled_to_largest,
)

LOCAL_FILTERS: tuple[LocalFilter, ...] = (
    LocalFilter(node_unschedulable.NAME, node_unschedulable.reject, on_node=True),
    LocalFilter(taint_toleration.NAME, taint_toleration.reject, on_node=True),
    LocalFilter(node_affinity.NAME, node_affinity.reject, on_node=True),
    LocalFilter(node_ports.NAME, node_ports.reject, on_node=False),
    LocalFilter(node_resources_fit.NAME, node_resources_fit.reject, on_node=False),
)
CLUSTER_PLUGINS: tuple[ClusterPlugin, ...] = (
    ClusterPlugin(pod_topology_spread.NAME, 2, pod_topology_spread.prepare),
    ClusterPlugin(inter_pod_affinity.NAME, 2, inter_pod_affinity.prepare),
)
NORMALIZED_SCORERS: tuple[LocalScorer, ...] = (
    LocalScorer(taint_toleration.NAME, 3, taint_toleration.score, fewer_is_better),
    LocalScorer(node_affinity.NAME, 2, node_affinity.score, scaled_to_largest),
)
LOCAL_SCORERS: tuple[LocalScorer, ...] = (
    LocalScorer(node_resources_fit.NAME, 1, node_resources_fit.score),
    LocalScorer(node_resources_balanced_allocation.NAME, 1, node_resources_balanced_allocation.score),
)
IMAGE_WEIGHT = 1
