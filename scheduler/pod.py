"""What the scheduler needs of a pod: a few facts of its own, and the requirements it shares with its like.

A pod that arrives is read once (`read_pod`) and let go. What pods made from one template have in common is a
`PodClass`, kept once for all of them, so a bound pod costs a few hundred bytes. Classes are found by value: two
pods with equal requirements get the same object, and everything that the scheduler works out for one (masks,
scores, victims) is keyed by the class and serves the other.

`PodClass.local` names the part that plugins which look at one node at a time depend on; labels, namespace and
owner are not in it, so pods whose labels differ (an index, a pod's own name) still share that part.

A pod of a daemon set is pinned to its node by name in its node affinity. That name is taken out of the class and
kept with the pod (`Pod.pinned`), or each such pod would be a class of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from pybernetes.api.core.node_affinity import RequiredNodeAffinity, Term, preferred_terms, required_node_affinity
from pybernetes.api.core.pod_conditions import is_sidecar, is_terminal, pod_condition
from pybernetes.api.core.pod_resources import pod_requests
from pybernetes.api.object import Json, controller_of, key_of, labels_of, name_of, namespace_of, parse_time, uid_of
from pybernetes.api.selectors import Requirement, Selector, selector_from_object

DEFAULT_CPU_MILLI = 100  # what a container without a request counts as in scores, as Kubernetes has it
DEFAULT_MEMORY_BYTES = 200 << 20
HARD_AFFINITY_WEIGHT = 1  # score of a required affinity of an existing pod that matches the new one
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


class PodClasses:
    """Finds the one class of each set of requirements.

    A class is kept while it is among the `limit` classes used last; pods hold their own class, so forgetting one
    costs a second copy and nothing else.
    """

    def __init__(self, limit: int = 20_000):
        self._limit = limit
        self._classes: dict[bytes, PodClass] = {}
        self._locals: dict[LocalRequirements, LocalRequirements] = {}

    def read(self, pod: Json) -> Pod:
        """The scheduler's view of a pod."""
        spec, status = pod.get("spec") or {}, pod.get("status") or {}
        affinity = spec.get("affinity") or {}
        node_affinity, pinned = _unpin(affinity.get("nodeAffinity"))
        key = self._key(pod, spec, status, node_affinity, affinity)
        cls = self._classes.get(key)
        if cls is None:
            if len(self._classes) >= self._limit:
                self._classes.clear()
                self._locals.clear()
            cls = self._classes[key] = self._make(pod, spec, node_affinity, affinity)
        meta = pod["metadata"]
        disruption = pod_condition(pod, "DisruptionTarget") or {}
        scheduled = pod_condition(pod, "PodScheduled")
        return Pod(
            key=key_of(pod),
            uid=uid_of(pod),
            version=str(meta.get("resourceVersion") or ""),
            cls=cls,
            node=str(spec.get("nodeName") or ""),
            nominated=str(status.get("nominatedNodeName") or ""),
            terminating=bool(meta.get("deletionTimestamp")),
            finished=is_terminal(pod),
            generation=int(meta.get("generation") or 0),
            preempted=disruption.get("status") == "True" and disruption.get("reason") == "PreemptionByScheduler",
            started=_seconds(status.get("startTime")),
            created=_seconds(meta.get("creationTimestamp")),
            scheduler=str(spec.get("schedulerName") or "default-scheduler"),
            gates=tuple(gate["name"] for gate in spec.get("schedulingGates") or ()),
            pinned=pinned,
            claims=_claims(pod, spec),
            rejected=(scheduled.get("reason", ""), scheduled.get("message", ""))
            if scheduled and scheduled.get("status") == "False"
            else None,
        )

    def _key(self, pod: Json, spec: Json, status: Json, node_affinity: Any, affinity: Json) -> bytes:
        """The requirements as bytes. Only fields that some plugin reads are in it."""
        containers = [
            (c.get("image"), (c.get("resources") or {}).get("requests"), c.get("ports"), c.get("restartPolicy"))
            for c in (*(spec.get("containers") or ()), None, *(spec.get("initContainers") or ()))
            if c is not None
        ]
        resized = [
            (c.get("name"), c.get("resources"), c.get("allocatedResources"))
            for c in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ()))
            if c.get("allocatedResources") or c.get("resources")
        ]
        owner = controller_of(pod) or {}
        parts = (
            namespace_of(pod),
            labels_of(pod),
            len(spec.get("initContainers") or ()),
            containers,
            resized,
            spec.get("resources"),
            spec.get("overhead"),
            spec.get("nodeSelector"),
            node_affinity,
            affinity.get("podAffinity"),
            affinity.get("podAntiAffinity"),
            spec.get("tolerations"),
            spec.get("topologySpreadConstraints"),
            spec.get("priority"),
            spec.get("preemptionPolicy"),
            (owner.get("kind"), owner.get("name")),
            _image_volumes(spec),
        )
        return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)

    def _make(self, pod: Json, spec: Json, node_affinity: Any, affinity: Json) -> PodClass:
        namespace, labels = namespace_of(pod), labels_of(pod)
        local = _local(pod, spec, node_affinity)
        local = self._locals.setdefault(local, local)
        attract = _terms(affinity.get("podAffinity"), namespace, labels)
        repel = _terms(affinity.get("podAntiAffinity"), namespace, labels)
        preferred = (
            *_weighted(affinity.get("podAffinity"), namespace, labels, 1),
            *_weighted(affinity.get("podAntiAffinity"), namespace, labels, -1),
        )
        held = (
            *(HeldTerm(term, 0) for term in repel),
            *(HeldTerm(term, HARD_AFFINITY_WEIGHT) for term in attract),
            *(HeldTerm(term, weight) for term, weight in preferred),
        )
        constraints = spec.get("topologySpreadConstraints") or ()
        owner = controller_of(pod) or {}
        return PodClass(
            namespace=namespace,
            labels=dict(labels),
            labels_key=(namespace, orjson.dumps(labels, option=orjson.OPT_SORT_KEYS)),
            priority=int(spec.get("priority") or 0),
            preempts=spec.get("preemptionPolicy") != "Never",
            owner=(str(owner.get("kind") or ""), str(owner.get("name") or "")),
            local=local,
            spread=tuple(_spread(item, labels) for item in constraints) if constraints else None,
            affinity=attract,
            anti_affinity=repel,
            preferred=preferred,
            held=held,
        )


def _local(pod: Json, spec: Json, node_affinity: Any) -> LocalRequirements:
    affinity_only = {"spec": {"nodeSelector": spec.get("nodeSelector"), "affinity": {"nodeAffinity": node_affinity}}}
    requests = pod_requests(pod, use_status=True)
    scored = _scored_requests(pod)
    tolerations = tuple(spec.get("tolerations") or ())
    images = [c.get("image") or "" for c in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))]
    placement = [spec.get("nodeSelector"), node_affinity, tolerations]
    return LocalRequirements(
        requests=tuple(sorted((name, value) for name, value in requests.items() if value > 0)),
        scored_cpu=scored[0],
        scored_memory=scored[1],
        ports=_host_ports(spec),
        images=tuple(normalized_image(image) for image in (*images, *_image_volumes(spec))),
        image_count=len(images),
        placement=orjson.dumps(placement, option=orjson.OPT_SORT_KEYS),
        required=required_node_affinity(affinity_only),
        preferred=tuple(preferred_terms(affinity_only)),
        tolerations=tolerations,
    )


def _scored_requests(pod: Json) -> tuple[int, int]:
    """(cpu in milli, bytes of memory), a container without a request counting as a small one."""
    spec = pod["spec"]

    def defaulted(container: Json) -> Json:
        resources = container.get("resources") or {}
        requests = {"cpu": f"{DEFAULT_CPU_MILLI}m", "memory": str(DEFAULT_MEMORY_BYTES)}
        return {**container, "resources": {**resources, "requests": {**requests, **(resources.get("requests") or {})}}}

    filled = {part: [defaulted(c) for c in spec[part]] for part in ("containers", "initContainers") if spec.get(part)}
    total = pod_requests({**pod, "spec": {**spec, **filled}}, use_status=True)
    return total.get("cpu", 0), total.get("memory", 0)


def _host_ports(spec: Json) -> tuple[HostPort, ...]:
    containers = [*(spec.get("containers") or ()), *filter(is_sidecar, spec.get("initContainers") or ())]
    found = [
        HostPort(port.get("hostIP") or ANY_ADDRESS, port.get("protocol") or "TCP", int(port["hostPort"]))
        for container in containers
        for port in container.get("ports") or ()
        if port.get("hostPort")
    ]
    return tuple(dict.fromkeys(found))


def _image_volumes(spec: Json) -> list[str]:
    return [volume["image"].get("reference") or "" for volume in spec.get("volumes") or () if volume.get("image")]


def normalized_image(image: str) -> str:
    """The name with a tag, as nodes report it."""
    return image if image.rfind(":") > image.rfind("/") else f"{image}:latest"


def _claims(pod: Json, spec: Json) -> tuple[tuple[str, bool], ...]:
    """(claim's name, whether it is made for this pod) of each volume that is a claim."""
    found = []
    for volume in spec.get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            found.append((str(volume["persistentVolumeClaim"].get("claimName") or ""), False))
        elif volume.get("ephemeral"):
            found.append((f"{name_of(pod)}-{volume['name']}", True))
    return tuple(found)


def _terms(part: Json | None, namespace: str, labels: Mapping[str, str]) -> tuple[AffinityTerm, ...]:
    required = (part or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    return tuple(_term(term, namespace, labels) for term in required)


def _weighted(
    part: Json | None, namespace: str, labels: Mapping[str, str], sign: int
) -> list[tuple[AffinityTerm, int]]:
    preferred = (part or {}).get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return [
        (_term(item.get("podAffinityTerm") or {}, namespace, labels), sign * int(item.get("weight") or 0))
        for item in preferred
        if item.get("weight")
    ]


def _term(term: Json, namespace: str, labels: Mapping[str, str]) -> AffinityTerm:
    selector = selector_from_object(term.get("labelSelector"))
    if not selector.nothing:
        selector = _with_keys(selector, term.get("matchLabelKeys"), labels, "in")
        selector = _with_keys(selector, term.get("mismatchLabelKeys"), labels, "notin")
    namespaces = frozenset(term.get("namespaces") or ())
    chosen = term.get("namespaceSelector")
    if not namespaces and chosen is None:
        namespaces = frozenset((namespace,))
    return AffinityTerm(
        str(term.get("topologyKey") or ""),
        selector,
        namespaces,
        None if chosen is None else selector_from_object(chosen),
    )


def _with_keys(selector: Selector, keys: Sequence[str] | None, labels: Mapping[str, str], operator: str) -> Selector:
    """The selector narrowed to the pod's own values of these labels (matchLabelKeys). Doing it twice is harmless."""
    added = tuple(Requirement(key, operator, frozenset((labels[key],))) for key in keys or () if key in labels)
    return Selector(selector.requirements + added) if added else selector


def _spread(constraint: Json, labels: Mapping[str, str]) -> SpreadConstraint:
    selector = selector_from_object(constraint.get("labelSelector"))
    if not selector.nothing:
        selector = _with_keys(selector, constraint.get("matchLabelKeys"), labels, "in")
    return SpreadConstraint(
        topology_key=constraint["topologyKey"],
        selector=selector,
        max_skew=int(constraint["maxSkew"]),
        min_domains=int(constraint.get("minDomains") or 1),
        hard=constraint.get("whenUnsatisfiable") == "DoNotSchedule",
        honor_affinity=(constraint.get("nodeAffinityPolicy") or "Honor") == "Honor",
        honor_taints=(constraint.get("nodeTaintsPolicy") or "Ignore") == "Honor",
    )


def _unpin(node_affinity: Json | None) -> tuple[Json | None, frozenset[str] | None]:
    """Take the node's name out of an affinity all of whose terms ask for the same one: (what is left, the names)."""
    required = (node_affinity or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    terms = (required or {}).get("nodeSelectorTerms") or []
    fields = [term.get("matchFields") or [] for term in terms]
    if not terms or len(fields[0]) != 1 or any(field != fields[0] for field in fields):
        return node_affinity, None
    wanted = fields[0][0]
    if wanted.get("key") != "metadata.name" or wanted.get("operator") != "In":
        return node_affinity, None
    rest = [{"matchExpressions": term["matchExpressions"]} for term in terms if term.get("matchExpressions")]
    left = dict(node_affinity or {})
    del left["requiredDuringSchedulingIgnoredDuringExecution"]
    if len(rest) == len(terms):
        left["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": rest}
    return left or None, frozenset(wanted.get("values") or ())


def _seconds(text: str | None) -> float:
    """A time of the API in seconds since the epoch; 0 when there is none."""
    return parse_time(text).timestamp() if text else 0.0


def earliest(pods: Sequence[Pod], now: datetime) -> float:
    """When the first of the most important of these pods started; one that has not, starts now."""
    highest = max(pod.priority for pod in pods)
    return min(pod.started or now.timestamp() for pod in pods if pod.priority == highest)
