"""The bootstrap policy makes sense, and components can do with it what they must."""

from __future__ import annotations

import itertools

import pytest

from pybernetes.api.object import Json, key_of, labels_of, name_of
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import AuthorizerChain, build_authorizer
from pybernetes.apiserver.authz.covering import break_down
from pybernetes.apiserver.bootstrap.bindings import cluster_role_bindings, role_bindings
from pybernetes.apiserver.bootstrap.namespace_roles import NAMESPACE_ROLES
from pybernetes.apiserver.bootstrap.objects import namespaces, priority_classes
from pybernetes.apiserver.bootstrap.roles import cluster_roles
from pybernetes.apiserver.user import User
from tests.fakes.reader import MemoryReader

GROUP = "rbac.authorization.k8s.io"
ROLES = {name_of(role): role for role in cluster_roles()}


@pytest.fixture(scope="module")
def authorizer() -> AuthorizerChain:
    reader = MemoryReader()
    for resource, objects in (
        ("clusterroles", cluster_roles()),
        ("roles", NAMESPACE_ROLES),
        ("clusterrolebindings", cluster_role_bindings()),
        ("rolebindings", role_bindings()),
    ):
        for obj in objects:
            reader.put(f"{resource}.{GROUP}", obj)
    return build_authorizer(["Node", "RBAC"], reader)


def steps_of(name: str) -> set[tuple[str, str, str]]:
    """(verb, group, resource) of a role."""
    steps = itertools.chain.from_iterable(break_down(rule) for rule in ROLES[name]["rules"])
    return {(one["verbs"][0], one["apiGroups"][0], one["resources"][0]) for one in steps if "resources" in one}


@pytest.mark.parametrize(
    "objects", [cluster_roles(), NAMESPACE_ROLES, cluster_role_bindings(), role_bindings()], ids=len
)
def test_every_object_is_well_formed(objects: tuple[Json, ...]) -> None:
    keys = [key_of(obj) for obj in objects]
    assert len(keys) == len(set(keys))
    for obj in objects:
        assert obj["apiVersion"] == f"{GROUP}/v1"
        assert labels_of(obj)["kubernetes.io/bootstrapping"] == "rbac-defaults"
        assert obj["metadata"]["annotations"] == {"rbac.authorization.kubernetes.io/autoupdate": "true"}
        for rule in obj.get("rules", ()):
            assert rule["verbs"]
            assert ("nonResourceURLs" in rule) != ("resources" in rule)
            assert bool(rule.get("apiGroups")) == bool(rule.get("resources"))


def test_every_binding_names_a_role_that_is_there() -> None:
    local = {key_of(role) for role in NAMESPACE_ROLES}
    for binding in cluster_role_bindings():
        assert binding["roleRef"]["name"] in ROLES
    for binding in role_bindings():
        assert f"{binding['metadata']['namespace']}/{binding['roleRef']['name']}" in local


def test_view_reads_and_shows_no_secrets() -> None:
    steps = steps_of("system:aggregate-to-view")
    assert {verb for verb, _, _ in steps} == {"get", "list", "watch"}
    assert not any(resource.startswith("secrets") for _, _, resource in steps)
    assert not any(group == GROUP for _, group, _ in steps)


def test_edit_touches_no_roles_and_admin_no_quota_or_namespace() -> None:
    assert not any(group == GROUP for _, group, _ in steps_of("system:aggregate-to-edit"))
    admin = steps_of("system:aggregate-to-admin") | steps_of("system:aggregate-to-edit")
    assert not any(resource in ("resourcequotas", "namespaces", "limitranges") for _, _, resource in admin)


@pytest.mark.parametrize(
    ("name", "aggregates", "into"), [("admin", "admin", None), ("edit", "edit", "admin"), ("view", "view", "edit")]
)
def test_aggregation(name: str, aggregates: str, into: str | None) -> None:
    role, prefix = ROLES[name], "rbac.authorization.k8s.io/aggregate-to-"
    (selector,) = role["aggregationRule"]["clusterRoleSelectors"]
    assert selector["matchLabels"] == {prefix + aggregates: "true"}
    assert {label.removeprefix(prefix) for label in labels_of(role) if label.startswith(prefix)} == (
        {into} if into else set()
    )
    assert role["rules"] == []


MANAGER, SCHEDULER = User("system:kube-controller-manager"), User("system:kube-scheduler")
PROXY, DNS = User("system:kube-proxy"), User("system:kube-dns")
DNS_POD = User("system:serviceaccount:kube-system:coredns")
NODE, ANYONE = User("system:node:n1", ("system:nodes", "system:authenticated")), User("a", ("system:authenticated",))
NOBODY = User("system:anonymous", ("system:unauthenticated",))
PROBER, POD = User("p", ("system:monitoring",)), User("system:serviceaccount:a:b", ("system:serviceaccounts",))


@pytest.mark.parametrize(
    ("user", "verb", "what", "namespace", "allowed"),
    [
        (MANAGER, "create", "pods", "shop", True),
        (MANAGER, "update", "apps/deployments/status", "shop", True),
        (MANAGER, "delete", "example.com/widgets", "shop", True),
        (MANAGER, "create", "core/serviceaccounts/token", "shop", True),
        (MANAGER, "update", "core/namespaces/finalize", "", True),
        (MANAGER, "update", "certificates.k8s.io/certificatesigningrequests/approval", "", True),
        (MANAGER, "escalate", "rbac.authorization.k8s.io/clusterroles", "", True),
        (MANAGER, "update", "coordination.k8s.io/leases", "kube-system", True),
        (MANAGER, "create", "core/endpoints/restricted", "shop", True),
        (MANAGER, "create", "rbac.authorization.k8s.io/clusterroles", "", False),
        (SCHEDULER, "create", "core/pods/binding", "shop", True),
        (SCHEDULER, "watch", "core/nodes", "", True),
        (SCHEDULER, "update", "core/persistentvolumeclaims", "shop", True),
        (SCHEDULER, "get", "core/secrets", "shop", False),
        (SCHEDULER, "create", "core/pods", "shop", False),
        (PROXY, "watch", "discovery.k8s.io/endpointslices", "", True),
        (PROXY, "list", "core/services", "", True),
        (PROXY, "create", "events.k8s.io/events", "shop", True),
        (PROXY, "get", "core/secrets", "shop", False),
        (DNS, "watch", "discovery.k8s.io/endpointslices", "", True),
        (DNS, "create", "core/services", "kube-system", True),
        (DNS, "create", "core/services", "default", False),
        (DNS_POD, "update", "discovery.k8s.io/endpointslices", "kube-system", True),
        (DNS_POD, "list", "core/namespaces", "", True),
        (DNS_POD, "list", "core/secrets", "", False),
        (NODE, "create", "core/nodes", "", True),
        (NODE, "list", "core/secrets", "", False),
        (ANYONE, "create", "authorization.k8s.io/selfsubjectaccessreviews", "", True),
        (ANYONE, "list", "core/pods", "default", False),
        (NOBODY, "create", "authorization.k8s.io/selfsubjectaccessreviews", "", False),
        (ANYONE, "get", "/openapi/v3", "", True),
        (ANYONE, "get", "/metrics", "", False),
        (NOBODY, "get", "/readyz", "", True),
        (NOBODY, "get", "/api", "", False),
        (PROBER, "get", "/metrics", "", True),
        (POD, "get", "/openid/v1/jwks", "", True),
    ],
)
def test_what_each_may_do(
    authorizer: AuthorizerChain, user: User, verb: str, what: str, namespace: str, allowed: bool
) -> None:
    if what.startswith("/"):
        asked = Attributes(user, verb, path=what)
    else:
        group, resource, subresource = (*(what if "/" in what else f"core/{what}").split("/"), "")[:3]
        group = "" if group == "core" else group
        asked = Attributes(user, verb, group, "v1", resource, subresource, namespace, "x")
    assert authorizer.authorize(asked).allowed is allowed


def test_namespaces_and_priority_classes() -> None:
    assert [name_of(one) for one in namespaces()] == ["default", "kube-system", "kube-public", "kube-node-lease"]
    assert {name_of(one): one["value"] for one in priority_classes()} == {
        "system-node-critical": 2000001000,
        "system-cluster-critical": 2000000000,
    }
