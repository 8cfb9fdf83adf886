"""Random clusters for property tests: few distinct values, so that things meet, clash and tie."""

from __future__ import annotations

import random
from typing import Any

from pybernetes.api.object import Json
from tests.scheduler.cluster_objects import HOSTNAME, ZONE, a_node, a_pod

_APPS = ["web", "db", "cache"]
_NAMESPACES = ["default", "team"]
_KEYS = [HOSTNAME, ZONE, "rack"]


def random_cluster(r: random.Random) -> tuple[list[Json], list[Json], list[Json], list[Json]]:
    """(nodes, pods, namespaces, services). About half of the pods are on nodes, one of which may be unknown."""
    nodes = [_node(r, i) for i in range(r.randrange(1, 9))]
    names = [node["metadata"]["name"] for node in nodes]
    pods = [_pod(r, i, r.choice([*names, "gone"]) if r.random() < 0.6 else "") for i in range(r.randrange(4, 24))]
    namespaces = [{"metadata": {"name": name, "labels": {"team": name}}} for name in _NAMESPACES]
    services = [
        {"metadata": {"name": app, "namespace": "default"}, "spec": {"selector": {"app": app}}}
        for app in _APPS
        if r.random() < 0.4
    ]
    return nodes, pods, namespaces, services


def _node(r: random.Random, number: int) -> Json:
    effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
    taints = [
        {"key": r.choice("ab"), "value": r.choice("xy"), "effect": r.choice(effects)}
        for _ in range(r.choice([0, 0, 0, 1, 2]))
    ]
    labels = {"rack": r.choice("12")} if r.random() < 0.7 else {}
    if r.random() < 0.5:
        labels |= {"disk": r.choice(["ssd", "hdd"]), "size": r.choice("123")}
    node = a_node(
        f"n{number}",
        cpu=r.choice(["2", "4", "3500m"]),
        memory=r.choice(["4Gi", "8Gi", "6000M"]),
        pods=r.choice(["3", "10", "110"]),
        zone=r.choice(["z1", "z2", "z3", ""]),
        labels=labels,
        taints=taints,
        unschedulable=r.random() < 0.1,
        images={image: r.choice([50, 400, 2000]) << 20 for image in ("app:v1", "app:v2") if r.random() < 0.4},
        **({"example.com_gpu": r.choice("124")} if r.random() < 0.4 else {}),
    )
    if r.random() < 0.1:
        del node["metadata"]["labels"][HOSTNAME]
    return node


def _pod(r: random.Random, number: int, node: str) -> Json:
    requests = {"example.com/gpu": r.choice("12")} if r.random() < 0.1 else {}
    spec: dict[str, Any] = {}
    if r.random() < 0.3:
        spec["tolerations"] = [_toleration(r)]
    if r.random() < 0.15:
        spec["nodeSelector"] = {"disk": r.choice(["ssd", "hdd"])}
    affinity = {
        **({"nodeAffinity": _node_affinity(r)} if r.random() < 0.25 else {}),
        **({"podAffinity": _pod_affinity(r)} if r.random() < 0.25 else {}),
        **({"podAntiAffinity": _pod_affinity(r)} if r.random() < 0.3 else {}),
    }
    if affinity:
        spec["affinity"] = affinity
    if r.random() < 0.3:
        keys = r.sample(_KEYS, r.choice([1, 1, 2]))
        spec["topologySpreadConstraints"] = [_constraint(r, key) for key in keys]
    ports = [{"hostPort": r.choice([80, 81]), "containerPort": 80}] if r.random() < 0.15 else None
    if ports and r.random() < 0.4:
        ports[0]["hostIP"] = r.choice(["10.0.0.1", "10.0.0.2"])
    leaving = {"deletionTimestamp": "2026-01-01T00:00:00Z"} if node and r.random() < 0.1 else {}
    return a_pod(
        f"p{number}",
        namespace=r.choice(_NAMESPACES),
        cpu=r.choice(["", "100m", "500m", "1", "2"]),
        memory=r.choice(["", "128Mi", "1Gi", "2Gi"]),
        requests=requests,
        labels={"app": r.choice(_APPS), **({"tier": r.choice("ab")} if r.random() < 0.5 else {})},
        node=node,
        priority=r.choice([0, 0, 10, 100]),
        image=r.choice(["app:v1", "app:v2", "app:v3"]),
        ports=ports,
        metadata=leaving,
        status={"startTime": f"2026-01-01T00:00:0{r.randrange(10)}Z"} if node and r.random() < 0.8 else {},
        **spec,
    )


def _toleration(r: random.Random) -> Json:
    toleration = {"operator": r.choice(["Exists", "Equal"]), "key": r.choice("ab")}
    if toleration["operator"] == "Equal":
        toleration["value"] = r.choice("xy")
    if r.random() < 0.6:
        toleration["effect"] = r.choice(["NoSchedule", "PreferNoSchedule", "NoExecute"])
    return toleration


def _selector(r: random.Random) -> Json:
    if r.random() < 0.7:
        return {"matchLabels": {"app": r.choice(_APPS)}}
    operator = r.choice(["In", "NotIn", "Exists", "DoesNotExist"])
    values = {"values": ["a"]} if operator in ("In", "NotIn") else {}
    return {"matchExpressions": [{"key": "tier", "operator": operator, **values}]}


def _node_affinity(r: random.Random) -> Json:
    def term() -> Json:
        operator = r.choice(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])
        if operator in ("Gt", "Lt"):
            return {"matchExpressions": [{"key": "size", "operator": operator, "values": ["2"]}]}
        values = {"values": ["ssd"]} if operator in ("In", "NotIn") else {}
        return {"matchExpressions": [{"key": "disk", "operator": operator, **values}]}

    affinity: Json = {}
    if r.random() < 0.6:
        terms = [term() for _ in range(r.choice([1, 2]))]
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms}
    if r.random() < 0.6:
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"weight": r.randrange(1, 100), "preference": term()} for _ in range(r.choice([1, 2]))
        ]
    return affinity


def _pod_affinity(r: random.Random) -> Json:
    def term() -> Json:
        found: Json = {"topologyKey": r.choice(_KEYS), "labelSelector": _selector(r)}
        if r.random() < 0.2:
            found["namespaces"] = [r.choice(_NAMESPACES)]
        if r.random() < 0.2:
            found["namespaceSelector"] = r.choice([{}, {"matchLabels": {"team": "team"}}])
        if r.random() < 0.15:
            found[r.choice(["matchLabelKeys", "mismatchLabelKeys"])] = ["tier"]
        return found

    affinity: Json = {}
    if r.random() < 0.6:
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = [term() for _ in range(r.choice([1, 1, 2]))]
    if r.random() < 0.6:
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"weight": r.randrange(1, 100), "podAffinityTerm": term()}
        ]
    return affinity


def _constraint(r: random.Random, key: str) -> Json:
    constraint: Json = {
        "topologyKey": key,
        "maxSkew": r.choice([1, 1, 2]),
        "whenUnsatisfiable": r.choice(["DoNotSchedule", "ScheduleAnyway"]),
        "labelSelector": _selector(r),
    }
    if constraint["whenUnsatisfiable"] == "DoNotSchedule" and r.random() < 0.3:
        constraint["minDomains"] = r.choice([2, 4])
    if r.random() < 0.3:
        constraint["nodeAffinityPolicy"] = r.choice(["Honor", "Ignore"])
    if r.random() < 0.3:
        constraint["nodeTaintsPolicy"] = r.choice(["Honor", "Ignore"])
    if r.random() < 0.2:
        constraint["matchLabelKeys"] = ["tier"]
    return constraint
