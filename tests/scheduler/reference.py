"""kube-scheduler's default profile in plain Python: slow, one node and one pod at a time, nothing kept.

It reads the objects as the API shows them and shares only the parts of ``pybernetes.api`` with the scheduler, so
that both can be wrong in different ways. Used by the property tests: same nodes feasible, same reasons, same scores.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from pybernetes.api.core.node_affinity import preference, preferred_terms, required_node_affinity
from pybernetes.api.core.pod_resources import amounts, pod_requests
from pybernetes.api.core.taints import is_tolerated, untolerated_taint
from pybernetes.api.object import Json, controller_of, labels_of, name_of, namespace_of
from pybernetes.api.selectors import selector_from_object

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
WEIGHTS = {
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "NodeResourcesFit": 1,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    "NodeResourcesBalancedAllocation": 1,
    "ImageLocality": 1,
}
Scores = dict[str, int]


class Reference:
    """A cluster, and what kube-scheduler would say of a pod in it."""

    def __init__(self, nodes: list[Json], pods: list[Json], namespaces: list[Json], services: list[Json]):
        self.nodes = nodes
        self.placed = [pod for pod in pods if pod["spec"].get("nodeName")]
        self.namespaces = {name_of(namespace): labels_of(namespace) for namespace in namespaces}
        self.services = services
        self.by_name = {name_of(node): node for node in nodes}

    def on(self, node: Json) -> list[Json]:
        return [pod for pod in self.placed if pod["spec"]["nodeName"] == name_of(node)]

    # Filters: the reasons of the first that turns the node down, as (plugin, messages, hopeless)

    def filter(self, pod: Json, node: Json) -> tuple[str, list[str], bool] | None:
        for plugin, check in (
            ("NodeUnschedulable", self._unschedulable),
            ("TaintToleration", self._taints),
            ("NodeAffinity", self._node_affinity),
            ("NodePorts", self._ports),
            ("NodeResourcesFit", self._fit),
            ("PodTopologySpread", self._spread),
            ("InterPodAffinity", self._pod_affinity),
        ):
            found = check(pod, node)
            if found is not None:
                return plugin, found[0], found[1]
        return None

    def feasible(self, pod: Json) -> list[Json]:
        return [node for node in self.nodes if self.filter(pod, node) is None]

    def reasons(self, pod: Json) -> Counter[str]:
        found: Counter[str] = Counter()
        for node in self.nodes:
            turned_down = self.filter(pod, node)
            if turned_down is not None:
                found.update(turned_down[1])
        return found

    def _unschedulable(self, pod: Json, node: Json) -> tuple[list[str], bool] | None:
        taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        if node["spec"].get("unschedulable") and not is_tolerated(taint, pod["spec"].get("tolerations") or ()):
            return ["node(s) were unschedulable"], True
        return None

    def _taints(self, pod: Json, node: Json) -> tuple[list[str], bool] | None:
        found = untolerated_taint(node["spec"].get("taints") or (), pod["spec"].get("tolerations") or ())
        return (["node(s) had untolerated taint(s)"], True) if found else None

    def _node_affinity(self, pod: Json, node: Json) -> tuple[list[str], bool] | None:
        if required_node_affinity(pod).matches_node(node):
            return None
        return ["node(s) didn't match Pod's node affinity/selector"], True

    def _ports(self, pod: Json, node: Json) -> tuple[list[str], bool] | None:
        taken = [port for other in self.on(node) for port in _host_ports(other)]
        for ip, protocol, number in _host_ports(pod):
            for other_ip, other_protocol, other_number in taken:
                same_address = ip == other_ip or "0.0.0.0" in (ip, other_ip)
                if (protocol, number) == (other_protocol, other_number) and same_address:
                    return ["node(s) didn't have free ports for the requested pod ports"], False
        return None

    def _fit(self, pod: Json, node: Json) -> tuple[list[str], bool] | None:
        allocatable = amounts(node["status"]["allocatable"])
        used: Counter[str] = Counter()
        for other in self.on(node):
            used.update(pod_requests(other))
        reasons, hopeless = [], False
        if len(self.on(node)) + 1 > allocatable.get("pods", 0):
            reasons.append("Too many pods")
        for resource, wanted in pod_requests(pod).items():
            if wanted > 0 and wanted > allocatable.get(resource, 0) - used[resource]:
                reasons.append(f"Insufficient {resource}")
                hopeless = hopeless or wanted > allocatable.get(resource, 0)
        return (reasons, hopeless) if reasons else None

    def _counts_for(self, constraint: Json, pod: Json, node: Json) -> bool:
        if constraint.get("nodeAffinityPolicy", "Honor") == "Honor" and not required_node_affinity(pod).matches_node(
            node
        ):
            return False
        if constraint.get("nodeTaintsPolicy", "Ignore") == "Honor":
            return self._taints(pod, node) is None
        return True

    def _matching(self, constraint: Json, pod: Json, node: Json) -> int:
        selector = _spread_selector(constraint, pod)
        return sum(
            selector.matches(labels_of(other))
            for other in self.on(node)
            if namespace_of(other) == namespace_of(pod) and not other["metadata"].get("deletionTimestamp")
        )

    def _spread(self, pod: Json, node: Json) -> tuple[list[str], bool] | None:
        constraints = [
            c for c in pod["spec"].get("topologySpreadConstraints") or () if c["whenUnsatisfiable"] == "DoNotSchedule"
        ]
        keys = [constraint["topologyKey"] for constraint in constraints]
        for constraint in constraints:
            key = constraint["topologyKey"]
            if key not in labels_of(node):
                return ["node(s) didn't match pod topology spread constraints (missing required label)"], True
            counts: dict[str, int] = {}
            for other in self.nodes:
                if all(k in labels_of(other) for k in keys) and self._counts_for(constraint, pod, other):
                    value = labels_of(other)[key]
                    counts[value] = counts.get(value, 0) + self._matching(constraint, pod, other)
            least = min(counts.values()) if len(counts) >= constraint.get("minDomains", 1) else 0
            itself = int(_spread_selector(constraint, pod).matches(labels_of(pod)))
            if counts.get(labels_of(node)[key], 0) + itself - least > constraint["maxSkew"]:
                return ["node(s) didn't match pod topology spread constraints"], False
        return None

    def _selects(self, term: Json, owner: Json, pod: Json) -> bool:
        """Whether a term of the pod `owner` selects `pod`."""
        namespaces = term.get("namespaces") or ()
        chosen = term.get("namespaceSelector")
        inside = namespace_of(pod) in namespaces
        if not namespaces and chosen is None:
            inside = namespace_of(pod) == namespace_of(owner)
        if not inside and chosen is not None:
            inside = selector_from_object(chosen).matches(self.namespaces.get(namespace_of(pod), {}))
        if not inside or not selector_from_object(term.get("labelSelector")).matches(labels_of(pod)):
            return False
        own, others = labels_of(owner), labels_of(pod)
        if any(key in own and others.get(key) != own[key] for key in term.get("matchLabelKeys") or ()):
            return False
        return not any(key in own and others.get(key) == own[key] for key in term.get("mismatchLabelKeys") or ())

    def _pod_affinity(self, pod: Json, node: Json) -> tuple[list[str], bool] | None:
        labels = labels_of(node)
        near, away = _required(pod, "podAffinity"), _required(pod, "podAntiAffinity")
        if near:
            alike = [other for other in self.placed if all(self._selects(term, pod, other) for term in near)]
            known = [
                (term["topologyKey"], labels_of(self.by_name[o["spec"]["nodeName"]])[term["topologyKey"]])
                for o in alike
                for term in near
                if o["spec"]["nodeName"] in self.by_name
                and term["topologyKey"] in labels_of(self.by_name[o["spec"]["nodeName"]])
            ]
            if not all(term["topologyKey"] in labels for term in near):
                return ["node(s) didn't match pod affinity rules"], True
            satisfied = all((term["topologyKey"], labels[term["topologyKey"]]) in known for term in near)
            first = not known and all(self._selects(term, pod, pod) for term in near)
            if not satisfied and not first:
                return ["node(s) didn't match pod affinity rules"], True
        for term in away:
            if any(self._selects(term, pod, o) and self._same_domain(term, o, node) for o in self.placed):
                return ["node(s) didn't match pod anti-affinity rules"], False
        for other in self.placed:
            for term in _required(other, "podAntiAffinity"):
                if self._selects(term, other, pod) and self._same_domain(term, other, node):
                    return ["node(s) didn't satisfy existing pods anti-affinity rules"], False
        return None

    def _same_domain(self, term: Json, placed: Json, node: Json) -> bool:
        home = self.by_name.get(placed["spec"]["nodeName"])
        key = term["topologyKey"]
        return home is not None and key in labels_of(home) and labels_of(home)[key] == labels_of(node).get(key)

    # Scores, by plugin and node, already normalized

    def scores(self, pod: Json) -> dict[str, Scores]:
        nodes = self.feasible(pod)
        return {
            "TaintToleration": self._taint_scores(pod, nodes),
            "NodeAffinity": self._affinity_scores(pod, nodes),
            "NodeResourcesFit": {name_of(node): self._least_allocated(pod, node) for node in nodes},
            "PodTopologySpread": self._spread_scores(pod, nodes),
            "InterPodAffinity": self._pod_affinity_scores(pod, nodes),
            "NodeResourcesBalancedAllocation": {name_of(node): self._balanced(pod, node) for node in nodes},
            "ImageLocality": {name_of(node): self._images(pod, node) for node in nodes},
        }

    def totals(self, pod: Json) -> Scores:
        table = self.scores(pod)
        return {
            name_of(node): sum(WEIGHTS[plugin] * scores[name_of(node)] for plugin, scores in table.items())
            for node in self.feasible(pod)
        }

    def _taint_scores(self, pod: Json, nodes: list[Json]) -> Scores:
        bears = [t for t in pod["spec"].get("tolerations") or () if t.get("effect") in (None, "", "PreferNoSchedule")]
        raw = {}
        for node in nodes:
            soft = [t for t in node["spec"].get("taints") or () if t["effect"] == "PreferNoSchedule"]
            raw[name_of(node)] = sum(not is_tolerated(taint, bears) for taint in soft)
        most = max(raw.values(), default=0)
        return {name: 100 - (100 * score // most if most else 0) for name, score in raw.items()}

    def _affinity_scores(self, pod: Json, nodes: list[Json]) -> Scores:
        terms = preferred_terms(pod)
        raw = {name_of(node): preference(terms, labels_of(node), name_of(node)) for node in nodes}
        most = max(raw.values(), default=0)
        return {name: 100 * score // most if most else score for name, score in raw.items()}

    def _least_allocated(self, pod: Json, node: Json) -> int:
        allocatable = amounts(node["status"]["allocatable"])
        total = parts = 0
        for resource in ("cpu", "memory"):
            has = allocatable.get(resource, 0)
            if has == 0:
                continue
            used = sum(_scored(other)[resource] for other in (*self.on(node), pod))
            total += (has - used) * 100 // has if used <= has else 0
            parts += 1
        return total // parts if parts else 0

    def _balanced(self, pod: Json, node: Json) -> int:
        wanted = pod_requests(pod)
        if not wanted.get("cpu") and not wanted.get("memory"):
            return 0
        allocatable = amounts(node["status"]["allocatable"])
        used: Counter[str] = Counter()
        for other in self.on(node):
            used.update(pod_requests(other))

        def balance(extra: dict[str, int]) -> int:
            shares = [
                min(1.0, (used[r] + extra.get(r, 0)) / allocatable[r]) for r in ("cpu", "memory") if allocatable.get(r)
            ]
            deviation = abs((shares[0] - shares[1]) / 2) if len(shares) == 2 else 0.0
            return int((1 - deviation) * 100)

        return 50 + (50 + balance(wanted) - balance({})) // 2

    def _images(self, pod: Json, node: Json) -> int:
        sizes: dict[str, list[int]] = {}
        for other in self.nodes:
            for image in other["status"].get("images") or ():
                sizes.setdefault(image["names"][0], []).append(image["sizeBytes"])
        here = {image["names"][0] for image in node["status"].get("images") or ()}
        containers = pod["spec"]["containers"]
        total = 0
        for container in containers:
            image = container["image"]
            if image in here:
                total += int(max(sizes[image]) * (len(sizes[image]) / len(self.nodes)))
        least, most = 23 << 20, (1000 << 20) * len(containers)
        return 100 * (min(max(total, least), most) - least) // (most - least)

    def _soft_constraints(self, pod: Json) -> list[Json]:
        own = pod["spec"].get("topologySpreadConstraints")
        if own:
            return [constraint for constraint in own if constraint["whenUnsatisfiable"] == "ScheduleAnyway"]
        merged: dict[str, str] = {}
        for service in self.services:
            wanted = service["spec"].get("selector") or {}
            if wanted and namespace_of(service) == namespace_of(pod) and wanted.items() <= labels_of(pod).items():
                merged.update(wanted)
        assert controller_of(pod) is None
        if not merged:
            return []
        return [
            {"topologyKey": HOSTNAME, "maxSkew": 3, "labelSelector": {"matchLabels": merged}},
            {"topologyKey": ZONE, "maxSkew": 5, "labelSelector": {"matchLabels": merged}},
        ]

    def _spread_scores(self, pod: Json, nodes: list[Json]) -> Scores:
        constraints = self._soft_constraints(pod)
        if not constraints:
            return {name_of(node): 0 for node in nodes}
        explicit = bool(pod["spec"].get("topologySpreadConstraints"))
        keys = [constraint["topologyKey"] for constraint in constraints]

        def complete(node: Json) -> bool:
            return not explicit or all(key in labels_of(node) for key in keys)

        ignored = {name_of(node) for node in nodes if not complete(node)}
        raw = {name_of(node): 0.0 for node in nodes}
        for constraint in constraints:
            key = constraint["topologyKey"]
            values = {labels_of(node).get(key, "") for node in nodes if name_of(node) not in ignored}
            size = len(nodes) - len(ignored) if key == HOSTNAME else len(values)
            weight = math.log(size + 2)
            counts = dict.fromkeys(values, 0)
            for node in self.nodes:
                value = labels_of(node).get(key, "")
                if complete(node) and value in counts and self._counts_for(constraint, pod, node):
                    counts[value] += self._matching(constraint, pod, node)
            for node in nodes:
                if name_of(node) in ignored or key not in labels_of(node):
                    continue
                count = self._matching(constraint, pod, node) if key == HOSTNAME else counts[labels_of(node)[key]]
                raw[name_of(node)] += count * weight + (constraint["maxSkew"] - 1)
        rounded = {name: math.floor(score + 0.5) for name, score in raw.items()}
        considered = [score for name, score in rounded.items() if name not in ignored]
        most, least = max(considered, default=0), min(considered, default=0)
        return {
            name: 0 if name in ignored else (100 if most == 0 else 100 * (most + least - score) // most)
            for name, score in rounded.items()
        }

    def _pod_affinity_scores(self, pod: Json, nodes: list[Json]) -> Scores:
        weights: Counter[tuple[str, str]] = Counter()
        for other in self.placed:
            home = self.by_name.get(other["spec"]["nodeName"])
            if home is None:
                continue
            for term, weight, owner, subject in (
                *((t, w, pod, other) for t, w in _preferred(pod)),
                *((t, 1, other, pod) for t in _required(other, "podAffinity")),
                *((t, w, other, pod) for t, w in _preferred(other)),
            ):
                key = term["topologyKey"]
                if key in labels_of(home) and self._selects(term, owner, subject):
                    weights[key, labels_of(home)[key]] += weight
        raw = {name_of(n): sum(weights[pair] for pair in labels_of(n).items()) for n in nodes}
        least, most = min(raw.values(), default=0), max(raw.values(), default=0)
        return {
            name: int(100.0 * ((score - least) / (most - least))) if most > least else 0 for name, score in raw.items()
        }


def _host_ports(pod: Json) -> list[tuple[str, str, int]]:
    return [
        (port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", port["hostPort"])
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or ()
        if port.get("hostPort")
    ]


def _scored(pod: Json) -> dict[str, int]:
    total = {"cpu": 0, "memory": 0}
    for container in pod["spec"]["containers"]:
        own = amounts((container.get("resources") or {}).get("requests"))
        total["cpu"] += own.get("cpu", 100)
        total["memory"] += own.get("memory", 200 << 20)
    return total


def _spread_selector(constraint: Json, pod: Json) -> Any:
    selector = dict(constraint.get("labelSelector") or {})
    extra = {key: labels_of(pod)[key] for key in constraint.get("matchLabelKeys") or () if key in labels_of(pod)}
    if constraint.get("labelSelector") is None:
        return selector_from_object(None)
    expressions = [{"key": key, "operator": "In", "values": [value]} for key, value in extra.items()]
    return selector_from_object(
        {**selector, "matchExpressions": [*(selector.get("matchExpressions") or ()), *expressions]}
    )


def _required(pod: Json, part: str) -> list[Json]:
    affinity = (pod["spec"].get("affinity") or {}).get(part) or {}
    return list(affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ())


def _preferred(pod: Json) -> list[tuple[Json, int]]:
    found = []
    for part, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
        affinity = (pod["spec"].get("affinity") or {}).get(part) or {}
        for item in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            found.append((item["podAffinityTerm"], sign * item["weight"]))
    return found
