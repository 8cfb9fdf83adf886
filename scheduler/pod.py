"""What the scheduler needs of a pod: a few facts of its own, and the requirements it shares with its like.

What pods made from one template have in common is a `PodClass`, kept once for all of them, so a bound pod costs a
few hundred bytes. Two pods with equal requirements have the same class object, and everything that the scheduler
works out for one (masks, scores, victims) is keyed by the class and serves the other. `pod_reader.py` makes them.

`PodClass.local` names the part that plugins which look at one node at a time depend on; labels, namespace and
owner are not in it, so pods whose labels differ (an index, a pod's own name) still share that part.

A pod of a daemon set is pinned to its node by name in its node affinity. That name is taken out of the class and
kept with the pod (`Pod.pinned`), or each such pod would be a class of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pybernetes.api.core.node_affinity import RequiredNodeAffinity, Term
from pybernetes.api.object import Json
from pybernetes.api.selectors import Selector

ANY_ADDRESS = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class HostPort:
    """A port that a pod takes on its node."""

    address: str
    protocol: str
    port: int

    def conflicts(self, other: HostPort) -> bool:
        same = self.port == other.port and self.protocol == other.protocol
        return same and (self.address == other.address or ANY_ADDRESS in (self.address, other.address))


@dataclass(frozen=True, slots=True)
class AffinityTerm:
    """Pods that a term selects, and the label that says which nodes count as one place."""

    topology_key: str
    selector: Selector
    namespaces: frozenset[str]
    namespace_selector: Selector | None

    def matches(
        self, namespace: str, labels: Mapping[str, str], namespace_labels: Mapping[str, Mapping[str, str]]
    ) -> bool:
        """Whether a pod with these labels in that namespace is one of them."""
        if namespace not in self.namespaces:
            if self.namespace_selector is None:
                return False
            if not self.namespace_selector.matches(namespace_labels.get(namespace, {})):
                return False
        return self.selector.matches(labels)


@dataclass(frozen=True, slots=True)
class HeldTerm:
    """A term of a pod that bears on others once the pod is on a node.

    With weight 0 it is a required anti-affinity, which keeps matching pods away; else it adds to their score.
    """

    term: AffinityTerm
    weight: int


@dataclass(frozen=True, slots=True)
class SpreadConstraint:
    topology_key: str
    selector: Selector
    max_skew: int
    min_domains: int = 1
    hard: bool = True
    honor_affinity: bool = True
    honor_taints: bool = False


@dataclass(frozen=True, slots=True)
class LocalRequirements:
    """What decides, for one node by itself, whether the pod may go there and how well."""

    requests: tuple[tuple[str, int], ...]
    scored_cpu: int
    scored_memory: int
    core: NDArray[np.int64] = field(compare=False, hash=False, repr=False)  # [[cpu], [memory]] requested
    core_scored: NDArray[np.int64] = field(compare=False, hash=False, repr=False)
    ports: tuple[HostPort, ...]
    images: tuple[str, ...]
    image_count: int
    placement: bytes  # node selector, node affinity, tolerations and node name, as canonical JSON
    required: RequiredNodeAffinity = field(compare=False, hash=False)
    preferred: tuple[tuple[Term, int], ...] = field(compare=False, hash=False)
    tolerations: tuple[Json, ...] = field(compare=False, hash=False)


@dataclass(frozen=True, slots=True, eq=False)
class PodClass:
    """Requirements that pods have in common. Compared by identity: `PodClasses` makes one for each value."""

    namespace: str
    labels: Mapping[str, str]
    labels_key: tuple[str, bytes]
    priority: int
    preempts: bool
    owner: tuple[str, str]
    local: LocalRequirements
    spread: tuple[SpreadConstraint, ...] | None
    affinity: tuple[AffinityTerm, ...]
    anti_affinity: tuple[AffinityTerm, ...]
    preferred: tuple[tuple[AffinityTerm, int], ...]
    held: tuple[HeldTerm, ...]


@dataclass(slots=True)
class Pod:
    """One pod. Replaced, never changed, when the API shows a new version."""

    key: str
    uid: str
    version: str
    cls: PodClass
    node: str = ""
    nominated: str = ""
    terminating: bool = False
    finished: bool = False
    generation: int = 0
    preempted: bool = False
    started: float = 0.0
    created: float = 0.0
    scheduler: str = ""
    gates: tuple[str, ...] = ()
    pinned: frozenset[str] | None = None
    claims: tuple[tuple[str, bool], ...] = ()
    rejected: tuple[str, str] | None = None

    @property
    def namespace(self) -> str:
        return self.cls.namespace

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def priority(self) -> int:
        return self.cls.priority

    def on(self, node: str) -> Pod:
        """The same pod, on a node."""
        other = object.__new__(Pod)
        for name in Pod.__slots__:  # a fifth of what dataclasses.replace takes, and done for every pod
            setattr(other, name, getattr(self, name))
        other.node = node
        return other
