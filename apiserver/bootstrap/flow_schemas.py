"""The flow schemas and priority levels of every cluster.

Four are mandatory, so that there is always a level for whoever repairs the cluster and one for whatever no schema
names; the others are suggested: nodes that report their health, leader election, controllers, service accounts and
everybody else each have a part of their own.

Counterpart: apiserver/pkg/apis/flowcontrol/bootstrap.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.object import Json
from pybernetes.apiserver.bootstrap.policy_rule import rule
from pybernetes.apiserver.user import (
    AUTHENTICATED_GROUP,
    MASTERS_GROUP,
    NODES_GROUP,
    SERVICE_ACCOUNTS_GROUP,
    UNAUTHENTICATED_GROUP,
)

AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec"
EXEMPT, CATCH_ALL = "exempt", "catch-all"
_VERSION = "flowcontrol.apiserver.k8s.io/v1"
_BY_USER, _BY_NAMESPACE = "ByUser", "ByNamespace"
_EVERYBODY = (UNAUTHENTICATED_GROUP, AUTHENTICATED_GROUP)
_CONTROLLER_MANAGER, _SCHEDULER = "system:kube-controller-manager", "system:kube-scheduler"
_LEASES = ("get create update", "coordination.k8s.io", "leases")


def mandatory_levels() -> tuple[Json, ...]:
    exempt = {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    return (_object("PriorityLevelConfiguration", EXEMPT, exempt), _level(CATCH_ALL, 5, 0))


def suggested_levels() -> tuple[Json, ...]:
    return (
        _level("system", 30, 33, queues=64),
        _level("node-high", 40, 25, queues=64),
        _level("leader-election", 10, 0, queues=16, hand=4),
        _level("workload-high", 40, 50, queues=128),
        _level("workload-low", 100, 90, queues=128),
        _level("global-default", 20, 50, queues=128),
    )


def mandatory_schemas() -> tuple[Json, ...]:
    return (
        _schema(EXEMPT, EXEMPT, 1, "", _anything(_groups(MASTERS_GROUP))),
        _schema(CATCH_ALL, CATCH_ALL, 10000, _BY_USER, _anything(_groups(*_EVERYBODY))),
    )


def suggested_schemas() -> tuple[Json, ...]:
    probes = [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}]
    system_accounts = _accounts("*")
    endpoints = [*_users(_CONTROLLER_MANAGER), *_accounts("endpoint-controller", "endpointslicemirroring-controller")]
    elected = [_everywhere("get create update", "core", "endpoints configmaps"), _everywhere(*_LEASES)]
    node_health = [_everywhere("*", "core", "nodes nodes/status", cluster=True), _everywhere("*", *_LEASES[1:])]
    return (
        _schema("system-nodes", "system", 500, _BY_USER, _anything(_groups(NODES_GROUP))),
        _schema("system-node-high", "node-high", 400, _BY_USER, _rule(_groups(NODES_GROUP), node_health)),
        _schema("probes", EXEMPT, 2, "", _rule(_groups(*_EVERYBODY), paths=probes)),
        _schema(
            "system-leader-election",
            "leader-election",
            100,
            _BY_USER,
            _rule([*_users(_CONTROLLER_MANAGER, _SCHEDULER), *system_accounts], [_everywhere(*_LEASES)]),
        ),
        _schema(
            "endpoint-controller",
            "workload-high",
            150,
            _BY_USER,
            _rule(endpoints, [_everywhere("get create update", "core", "endpoints")]),
        ),
        _schema("workload-leader-election", "leader-election", 200, _BY_USER, _rule(system_accounts, elected)),
        _schema("kube-controller-manager", "workload-high", 800, _BY_NAMESPACE, _anything(_users(_CONTROLLER_MANAGER))),
        _schema("kube-scheduler", "workload-high", 800, _BY_NAMESPACE, _anything(_users(_SCHEDULER))),
        _schema("kube-system-service-accounts", "workload-high", 900, _BY_NAMESPACE, _anything(system_accounts)),
        _schema("service-accounts", "workload-low", 9000, _BY_USER, _anything(_groups(SERVICE_ACCOUNTS_GROUP))),
        _schema("global-default", "global-default", 9900, _BY_USER, _anything(_groups(*_EVERYBODY))),
    )


def _object(kind: str, name: str, spec: Json) -> Json:
    metadata = {"name": name, "annotations": {AUTOUPDATE: "true"}}
    return {"apiVersion": _VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _level(name: str, shares: int, lendable: int, *, queues: int = 0, hand: int = 6) -> Json:
    response: Json = {"type": "Reject"}
    if queues:
        queuing = {"queues": queues, "handSize": hand, "queueLengthLimit": 50}
        response = {"type": "Queue", "queuing": queuing}
    limited = {"nominalConcurrencyShares": shares, "limitResponse": response, "lendablePercent": lendable}
    return _object("PriorityLevelConfiguration", name, {"type": "Limited", "limited": limited})


def _schema(name: str, level: str, precedence: int, distinguisher: str, *rules: Json) -> Json:
    spec: Json = {"priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence}
    if distinguisher:
        spec["distinguisherMethod"] = {"type": distinguisher}
    return _object("FlowSchema", name, {**spec, "rules": list(rules)})


def _rule(subjects: Sequence[Json], resources: Sequence[Json] = (), paths: Sequence[Json] = ()) -> Json:
    made: Json = {"subjects": list(subjects)}
    if resources:
        made["resourceRules"] = list(resources)
    if paths:
        made["nonResourceRules"] = list(paths)
    return made


def _anything(subjects: Sequence[Json]) -> Json:
    everything = _everywhere("*", "*", "*", cluster=True)
    return _rule(subjects, [everything], [{"verbs": ["*"], "nonResourceURLs": ["*"]}])


def _everywhere(verbs: str, groups: str, resources: str, *, cluster: bool = False) -> Json:
    made = {**rule(verbs, groups, resources), "namespaces": ["*"]}
    return {**made, "clusterScope": True} if cluster else made


def _groups(*names: str) -> list[Json]:
    return [{"kind": "Group", "group": {"name": name}} for name in names]


def _users(*names: str) -> list[Json]:
    return [{"kind": "User", "user": {"name": name}} for name in names]


def _accounts(*names: str) -> list[Json]:
    return [{"kind": "ServiceAccount", "serviceAccount": {"name": name, "namespace": "kube-system"}} for name in names]
