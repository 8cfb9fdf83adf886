"""RBAC: tables of rules and requests, reasons, changes, and the index against a naive evaluation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.rbac import RbacAuthorizer
from pybernetes.apiserver.user import User
from tests.fakes.reader import MemoryReader

GROUP = "rbac.authorization.k8s.io"
CLUSTER_ROLES, ROLES = f"clusterroles.{GROUP}", f"roles.{GROUP}"
CLUSTER_BINDINGS, BINDINGS = f"clusterrolebindings.{GROUP}", f"rolebindings.{GROUP}"


def role(name: str, *rules: Json, namespace: str = "") -> Json:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"metadata": metadata, "rules": list(rules)}


def binding(name: str, role_kind: str, role_name: str, *subjects: Json, namespace: str = "") -> Json:
    made = role(name, namespace=namespace)
    return {**made, "subjects": list(subjects), "roleRef": {"kind": role_kind, "name": role_name, "apiGroup": GROUP}}


def rule(verbs: str, groups: Sequence[str], resources: str, names: str = "") -> Json:
    made: Json = {"verbs": verbs.split(), "apiGroups": list(groups), "resources": resources.split()}
    return {**made, "resourceNames": names.split()} if names else made


def user_subject(name: str) -> Json:
    return {"kind": "User", "name": name, "apiGroup": GROUP}


def group_subject(name: str) -> Json:
    return {"kind": "Group", "name": name, "apiGroup": GROUP}


BOB = User("bob", ("team", "system:authenticated"))


def cluster(rules: Sequence[Json], *, subject: Json | None = None) -> RbacAuthorizer:
    subject = subject or user_subject("bob")
    return RbacAuthorizer(
        MemoryReader(
            [
                (CLUSTER_ROLES, role("r", *rules)),
                (CLUSTER_BINDINGS, binding("b", "ClusterRole", "r", subject)),
            ]
        )
    )


@pytest.mark.parametrize(
    ("made", "asked", "allowed"),
    [
        (rule("get", [""], "pods"), {"verb": "get", "resource": "pods"}, True),
        (rule("get", [""], "pods"), {"verb": "list", "resource": "pods"}, False),
        (rule("*", [""], "pods"), {"verb": "anything", "resource": "pods"}, True),
        (rule("get", ["apps"], "pods"), {"verb": "get", "resource": "pods"}, False),
        (rule("get", ["*"], "pods"), {"verb": "get", "group": "metrics.k8s.io", "resource": "pods"}, True),
        (rule("get", [""], "pods"), {"verb": "get", "resource": "pods", "subresource": "log"}, False),
        (rule("get", [""], "pods/log"), {"verb": "get", "resource": "pods", "subresource": "log"}, True),
        (rule("get", [""], "pods/log"), {"verb": "get", "resource": "pods"}, False),
        (
            rule("get", ["*"], "*/scale"),
            {"verb": "get", "group": "apps", "resource": "x", "subresource": "scale"},
            True,
        ),
        (rule("get", ["*"], "*/scale"), {"verb": "get", "resource": "x", "subresource": "status"}, False),
        (rule("get", ["*"], "*/scale"), {"verb": "get", "resource": "scale"}, False),
        (rule("get", [""], "*"), {"verb": "get", "resource": "pods", "subresource": "log"}, True),
        (rule("get", [""], "secrets", "one two"), {"verb": "get", "resource": "secrets", "name": "two"}, True),
        (rule("get", [""], "secrets", "one two"), {"verb": "get", "resource": "secrets", "name": "three"}, False),
        (rule("list", [""], "secrets", "one"), {"verb": "list", "resource": "secrets"}, False),
        (rule("get", [""], "pods"), {"verb": "get", "path": "/healthz"}, False),
        ({"verbs": ["get"], "nonResourceURLs": ["/healthz"]}, {"verb": "get", "path": "/healthz"}, True),
        ({"verbs": ["get"], "nonResourceURLs": ["/healthz"]}, {"verb": "get", "path": "/healthz/etcd"}, False),
        ({"verbs": ["get"], "nonResourceURLs": ["/healthz/*"]}, {"verb": "get", "path": "/healthz/etcd"}, True),
        ({"verbs": ["get"], "nonResourceURLs": ["/healthz/*"]}, {"verb": "get", "path": "/healthz"}, False),
        ({"verbs": ["get"], "nonResourceURLs": ["/api*"]}, {"verb": "get", "path": "/apis/x"}, True),
        ({"verbs": ["*"], "nonResourceURLs": ["*"]}, {"verb": "post", "path": "/x"}, True),
        ({"verbs": ["get"], "nonResourceURLs": ["/*/x"]}, {"verb": "get", "path": "/a/x"}, False),
        ({"verbs": ["get"], "nonResourceURLs": ["*"]}, {"verb": "get", "resource": "pods"}, False),
    ],
)
def test_rules(made: Json, asked: dict[str, Any], allowed: bool) -> None:
    assert cluster([made]).authorize(Attributes(BOB, **asked)).allowed is allowed


@pytest.mark.parametrize(
    ("subject", "requester", "reason"),
    [
        (user_subject("bob"), BOB, 'ClusterRoleBinding "b" of ClusterRole "r" to User "bob"'),
        (group_subject("team"), BOB, 'ClusterRoleBinding "b" of ClusterRole "r" to Group "team"'),
        (user_subject("team"), BOB, None),
        (group_subject("bob"), BOB, None),
        (
            {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
            User("system:serviceaccount:shop:web"),
            'ClusterRoleBinding "b" of ClusterRole "r" to ServiceAccount "web/shop"',
        ),
        (
            {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
            User("system:serviceaccount:other:web"),
            None,
        ),
    ],
)
def test_subjects_and_reasons(subject: Json, requester: User, reason: str | None) -> None:
    decision = cluster([rule("get", [""], "pods")], subject=subject).authorize(
        Attributes(requester, "get", resource="pods", namespace="default", name="x")
    )
    assert decision.allowed is (reason is not None)
    assert decision.reason == (f"RBAC: allowed by {reason}" if reason else "")


def test_role_binding_holds_in_its_namespace_only() -> None:
    reader = MemoryReader(
        [
            (CLUSTER_ROLES, role("edit", rule("*", [""], "pods"), {"verbs": ["get"], "nonResourceURLs": ["/x"]})),
            (ROLES, role("local", rule("get", [""], "secrets"), namespace="shop")),
            (ROLES, role("local", rule("*", ["*"], "*"), namespace="other")),
            (BINDINGS, binding("a", "ClusterRole", "edit", user_subject("bob"), namespace="shop")),
            (BINDINGS, binding("b", "Role", "local", user_subject("bob"), namespace="shop")),
        ]
    )
    authorizer = RbacAuthorizer(reader)

    def ask(verb: str, resource: str, namespace: str = "", path: str = "") -> tuple[bool, str]:
        decision = authorizer.authorize(Attributes(BOB, verb, resource=resource, namespace=namespace, path=path))
        return decision.allowed, decision.reason

    assert ask("list", "pods", "shop") == (
        True,
        'RBAC: allowed by RoleBinding "a/shop" of ClusterRole "edit" to User "bob"',
    )
    assert ask("get", "secrets", "shop") == (
        True,
        'RBAC: allowed by RoleBinding "b/shop" of Role "local" to User "bob"',
    )
    assert ask("list", "pods", "other") == (False, "")
    assert ask("list", "pods") == (False, "")
    assert ask("get", "", path="/x") == (False, "")


def test_missing_roles_are_told() -> None:
    reader = MemoryReader(
        [
            (CLUSTER_BINDINGS, binding("a", "ClusterRole", "gone", user_subject("bob"))),
            (BINDINGS, binding("b", "Role", "away", user_subject("bob"), namespace="shop")),
        ]
    )
    authorizer = RbacAuthorizer(reader)
    first = 'clusterrole.rbac.authorization.k8s.io "gone" not found'
    assert authorizer.authorize(Attributes(BOB, "get", resource="pods")).reason == f"RBAC: {first}"
    both = f'RBAC: [{first}, role.rbac.authorization.k8s.io "away" not found]'
    assert authorizer.authorize(Attributes(BOB, "get", resource="pods", namespace="shop")).reason == both
    assert authorizer.rules_for(BOB, "").errors == (first,)


def test_earlier_binding_for_a_name_explains_that_name() -> None:
    reader = MemoryReader(
        [
            (CLUSTER_ROLES, role("one", rule("get", [""], "secrets", "a"))),
            (CLUSTER_ROLES, role("all", rule("get", [""], "secrets"))),
            (CLUSTER_BINDINGS, binding("1", "ClusterRole", "one", user_subject("bob"))),
            (CLUSTER_BINDINGS, binding("2", "ClusterRole", "all", user_subject("bob"))),
        ]
    )
    authorizer = RbacAuthorizer(reader)
    for name, by in (("a", "1"), ("b", "2"), ("", "2"), ("a", "1")):
        decision = authorizer.authorize(Attributes(BOB, "get", resource="secrets", name=name))
        assert decision.allowed
        assert f'ClusterRoleBinding "{by}"' in decision.reason


def test_every_change_counts_at_once() -> None:
    reader = MemoryReader()
    authorizer = RbacAuthorizer(reader)
    asked = Attributes(BOB, "get", resource="pods")

    def allowed() -> bool:
        return authorizer.authorize(asked).allowed

    assert not allowed()
    reader.put(CLUSTER_BINDINGS, binding("b", "ClusterRole", "r", group_subject("team")))
    assert not allowed()
    reader.put(CLUSTER_ROLES, role("r", rule("get", [""], "pods")))
    assert allowed()
    reader.put(CLUSTER_ROLES, role("r", rule("get", [""], "secrets")))
    assert not allowed()
    reader.put(CLUSTER_ROLES, role("r", rule("get", [""], "pods")))
    assert allowed()
    reader.put(CLUSTER_BINDINGS, binding("b", "ClusterRole", "r", group_subject("others")))
    assert not allowed()
    reader.put(CLUSTER_BINDINGS, binding("b", "ClusterRole", "r", group_subject("others"), user_subject("bob")))
    assert allowed()
    reader.delete(CLUSTER_BINDINGS, "b")
    assert not allowed()
    reader.put(CLUSTER_BINDINGS, binding("b", "ClusterRole", "r", user_subject("bob")))
    reader.delete(CLUSTER_ROLES, "r")
    assert not allowed()


def test_verdicts_are_bounded_and_names_take_no_room() -> None:
    authorizer = RbacAuthorizer(MemoryReader(), verdict_limit=10)
    for number in range(50):
        authorizer.authorize(Attributes(BOB, "get", resource="pods", name=f"p{number}"))
    assert len(authorizer._verdicts) == 1
    for number in range(50):
        authorizer.authorize(Attributes(BOB, "get", resource=f"r{number}"))
    assert len(authorizer._verdicts) == 10


# The index against the plain reading of the objects, over random clusters and random changes.

VERBS, GROUPS, RESOURCES = ("get", "list", "*"), ("", "apps", "*"), ("pods", "pods/log", "*/log", "deployments", "*")
NAMESPACES, NAMES, USERS = ("", "a", "b"), ("x", "y"), ("u1", "u2", "system:serviceaccount:a:s")
USER_GROUPS = ("g1", "g2")


def some(values: Sequence[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


random_rules = st.one_of(
    st.builds(
        lambda verbs, groups, resources, names: {
            "verbs": verbs,
            "apiGroups": groups,
            "resources": resources,
            "resourceNames": names,
        },
        some(VERBS),
        some(GROUPS),
        some(RESOURCES),
        st.one_of(st.just([]), some(NAMES)),
    ),
    st.builds(
        lambda verbs, urls: {"verbs": verbs, "nonResourceURLs": urls}, some(VERBS), some(("/x", "/x/*", "*", "/y"))
    ),
)
random_subjects = st.one_of(
    st.builds(user_subject, st.sampled_from(USERS)),
    st.builds(group_subject, st.sampled_from(USER_GROUPS)),
    st.builds(
        lambda name, namespace: {"kind": "ServiceAccount", "name": name, "namespace": namespace},
        st.sampled_from(("s", "t")),
        st.sampled_from(("a", "b")),
    ),
)
random_role = st.builds(
    lambda name, rules, namespace: (ROLES if namespace else CLUSTER_ROLES, role(name, *rules, namespace=namespace)),
    st.sampled_from(("r1", "r2")),
    st.lists(random_rules, max_size=3),
    st.sampled_from(NAMESPACES),
)
random_binding = st.builds(
    lambda name, kind, role_name, subjects, namespace: (
        BINDINGS if namespace else CLUSTER_BINDINGS,
        binding(name, kind if namespace else "ClusterRole", role_name, *subjects, namespace=namespace),
    ),
    st.sampled_from(("b1", "b2")),
    st.sampled_from(("ClusterRole", "Role")),
    st.sampled_from(("r1", "r2")),
    st.lists(random_subjects, max_size=3),
    st.sampled_from(NAMESPACES),
)
changes = st.lists(st.tuples(st.one_of(random_role, random_binding), st.booleans()), max_size=12)
requests = st.lists(
    st.one_of(
        st.builds(
            lambda user, groups, verb, group, resource, subresource, namespace, name: Attributes(
                User(user, tuple(groups)), verb, group, "v1", resource, subresource, namespace, name
            ),
            st.sampled_from((*USERS, "u3")),
            st.lists(st.sampled_from(USER_GROUPS), unique=True),
            st.sampled_from(("get", "list")),
            st.sampled_from(("", "apps")),
            st.sampled_from(("pods", "deployments")),
            st.sampled_from(("", "log")),
            st.sampled_from(NAMESPACES),
            st.sampled_from(("", *NAMES, "z")),
        ),
        st.builds(
            lambda user, verb, path: Attributes(User(user, ("g1",)), verb, path=path),
            st.sampled_from(USERS),
            st.sampled_from(("get", "post")),
            st.sampled_from(("/x", "/x/1", "/y", "/z")),
        ),
    ),
    min_size=1,
    max_size=6,
)


def naively_allowed(reader: MemoryReader, asked: Attributes) -> bool:
    """What the objects say, read one after the other."""
    bindings = list(reader.list(CLUSTER_BINDINGS))
    if asked.namespace:
        bindings += reader.list(BINDINGS, asked.namespace)
    return any(
        _names(subject, asked.user) and _rules_allow(reader, one, asked)
        for one in bindings
        for subject in one["subjects"]
    )


def _names(subject: Json, user: User) -> bool:
    if subject["kind"] == "ServiceAccount":
        return user.name == f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return user.name == subject["name"] if subject["kind"] == "User" else subject["name"] in user.groups


def _rules_allow(reader: MemoryReader, one: Json, asked: Attributes) -> bool:
    reference, namespace = one["roleRef"], one["metadata"].get("namespace", "")
    if reference["kind"] == "ClusterRole":
        found = reader.get(CLUSTER_ROLES, reference["name"])
    else:
        found = reader.get(ROLES, reference["name"], namespace)
    return any(_allows(rule, asked) for rule in (found or {}).get("rules") or ())


def _allows(rule: Json, asked: Attributes) -> bool:
    if not {asked.verb, "*"} & set(rule["verbs"]):
        return False
    if asked.path:
        patterns = [re.escape(url).replace(r"\*", ".*") for url in rule.get("nonResourceURLs", ())]
        return any(re.fullmatch(pattern, asked.path) for pattern in patterns)
    if not {asked.group, "*"} & set(rule.get("apiGroups", ())):
        return False
    names = (
        {f"{asked.resource}/{asked.subresource}", f"*/{asked.subresource}"} if asked.subresource else {asked.resource}
    )
    if not (names | {"*"}) & set(rule.get("resources", ())):
        return False
    return not rule["resourceNames"] or asked.name in rule["resourceNames"]


@given(changes=changes, requests=requests)
@settings(max_examples=300, deadline=None)
def test_index_agrees_with_a_naive_evaluation(
    changes: list[tuple[tuple[str, Json], bool]], requests: list[Attributes]
) -> None:
    reader = MemoryReader()
    authorizer = RbacAuthorizer(reader)
    for (resource, obj), keep in changes:
        reader.put(resource, obj)
        if not keep:
            reader.delete(resource, obj["metadata"]["name"], obj["metadata"].get("namespace", ""))
        for asked in requests:
            assert authorizer.authorize(asked).allowed is naively_allowed(reader, asked)
