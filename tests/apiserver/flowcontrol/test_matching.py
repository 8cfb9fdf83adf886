"""Which flow schema a request belongs to."""

from __future__ import annotations

import pytest

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.bootstrap.flow_schemas import mandatory_schemas, suggested_schemas
from pybernetes.apiserver.flowcontrol.matching import first_match, schemas_of
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, MASTERS_GROUP, NODES_GROUP, SERVICE_ACCOUNTS_GROUP, User

SCHEMAS = schemas_of((*mandatory_schemas(), *suggested_schemas()))
NODE = User("system:node:a", (NODES_GROUP, AUTHENTICATED_GROUP))
ADMIN = User("admin", (MASTERS_GROUP, AUTHENTICATED_GROUP))
ALICE = User("alice", (AUTHENTICATED_GROUP,))
MANAGER = User("system:kube-controller-manager", (AUTHENTICATED_GROUP,))


def account(namespace: str, name: str) -> User:
    return User(f"system:serviceaccount:{namespace}:{name}", (SERVICE_ACCOUNTS_GROUP, AUTHENTICATED_GROUP))


def lease(user: User, verb: str, namespace: str = "kube-system") -> Attributes:
    return Attributes(user, verb, "coordination.k8s.io", "v1", "leases", "", namespace, "x")


@pytest.mark.parametrize(
    ("attributes", "schema", "flow"),
    [
        (Attributes(ADMIN, "get", "", "v1", "pods", "", "default", "web"), "exempt", ""),
        (Attributes(ALICE, "get", path="/healthz"), "probes", ""),
        (Attributes(ALICE, "get", path="/version"), "global-default", "alice"),
        (Attributes(ALICE, "list", "", "v1", "pods"), "global-default", "alice"),
        (Attributes(NODE, "patch", "", "v1", "nodes", "status", "", "a"), "system-node-high", "system:node:a"),
        (Attributes(NODE, "get", "", "v1", "pods", "", "default", "web"), "system-nodes", "system:node:a"),
        (lease(NODE, "update", "kube-node-lease"), "system-node-high", "system:node:a"),
        (lease(MANAGER, "update"), "system-leader-election", MANAGER.name),
        (lease(MANAGER, "delete"), "kube-controller-manager", "kube-system"),
        (Attributes(MANAGER, "create", "", "v1", "endpoints", "", "shop"), "endpoint-controller", MANAGER.name),
        (
            Attributes(account("kube-system", "dns"), "get", "", "v1", "configmaps", "", "shop", "x"),
            "workload-leader-election",
            "system:serviceaccount:kube-system:dns",
        ),
        (
            Attributes(account("kube-system", "dns"), "list", "", "v1", "services", "", "shop"),
            "kube-system-service-accounts",
            "shop",
        ),
        (
            Attributes(account("shop", "till"), "list", "", "v1", "services", "", "shop"),
            "service-accounts",
            "system:serviceaccount:shop:till",
        ),
        (Attributes(User("nobody"), "list", "", "v1", "services"), None, None),
    ],
)
def test_a_request_goes_to_the_first_schema_that_matches(
    attributes: Attributes, schema: str | None, flow: str | None
) -> None:
    found = first_match(SCHEMAS, attributes)
    assert (found.name if found else None, found.flow_of(attributes) if found else None) == (schema, flow)


def schema_for(rule: dict[str, object], user: str = "*") -> dict[str, object]:
    return {
        "metadata": {"name": "mine"},
        "spec": {
            "priorityLevelConfiguration": {"name": "l"},
            "rules": [{"subjects": [{"kind": "User", "user": {"name": user}}], "resourceRules": [rule]}],
        },
    }


@pytest.mark.parametrize(
    ("rule", "attributes", "matches"),
    [
        ({"namespaces": ["a"]}, Attributes(ALICE, "get", "", "v1", "pods", "", "a", "x"), True),
        ({"namespaces": ["a"]}, Attributes(ALICE, "get", "", "v1", "pods", "", "b", "x"), False),
        ({"namespaces": ["*"]}, Attributes(ALICE, "list", "", "v1", "pods"), False),
        ({"clusterScope": True}, Attributes(ALICE, "list", "", "v1", "pods"), True),
        ({"clusterScope": True}, Attributes(ALICE, "list", "", "v1", "pods", "", "a"), False),
        (
            {"resources": ["pods"], "namespaces": ["*"]},
            Attributes(ALICE, "get", "", "v1", "pods", "log", "a", "x"),
            False,
        ),
        ({"apiGroups": ["apps"], "clusterScope": True}, Attributes(ALICE, "list", "", "v1", "pods"), False),
        ({"verbs": ["get"], "clusterScope": True}, Attributes(ALICE, "list", "", "v1", "pods"), False),
    ],
)
def test_a_resource_rule(rule: dict[str, object], attributes: Attributes, matches: bool) -> None:
    full = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], **rule}
    assert (first_match(schemas_of([schema_for(full)]), attributes) is not None) is matches


def test_precedence_then_name_decides() -> None:
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True}
    objects = []
    for name, precedence in (("c", 5), ("b", 7), ("a", 7)):
        obj = schema_for(everything)
        obj["metadata"] = {"name": name}
        obj["spec"]["matchingPrecedence"] = precedence  # type: ignore[index]
        objects.append(obj)
    assert [schema.name for schema in schemas_of(objects)] == ["c", "a", "b"]
