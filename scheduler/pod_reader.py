"""Reading pods as the API shows them into the scheduler's own form (`pod.py`).

A pod that arrives is read once and let go. Its requirements are written down as bytes (`PodClasses._key`); pods with
equal bytes get the same class, so that only the first of its kind is taken apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from pybernetes.api.core.node_affinity import preferred_terms, required_node_affinity
from pybernetes.api.core.pod_conditions import is_sidecar, is_terminal, pod_condition
from pybernetes.api.core.pod_resources import pod_requests
from pybernetes.api.object import Json, controller_of, key_of, labels_of, name_of, namespace_of, parse_time, uid_of
from pybernetes.api.selectors import Requirement, Selector, selector_from_object
from pybernetes.scheduler.pod import (
    ANY_ADDRESS,
    AffinityTerm,
    HeldTerm,
    HostPort,
    LocalRequirements,
    Pod,
    PodClass,
    SpreadConstraint,
)

DEFAULT_CPU_MILLI = 100  # what a container without a request counts as in scores, as Kubernetes has it
DEFAULT_MEMORY_BYTES = 200 << 20
HARD_AFFINITY_WEIGHT = 1  # score of a required affinity of an existing pod that matches the new one


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
        core=np.array([[requests.get("cpu", 0)], [requests.get("memory", 0)]], np.int64),
        core_scored=np.array([[scored[0]], [scored[1]]], np.int64),
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
