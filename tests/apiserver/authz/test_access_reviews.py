"""Reviews: the questions that may be asked, and their answers."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.errors import APIError
from pybernetes.apiserver.authz.chain import build_authorizer
from pybernetes.apiserver.authz.reviews import (
    review_local_subject_access,
    review_self_subject,
    review_self_subject_access,
    review_self_subject_rules,
    review_subject_access,
)
from pybernetes.apiserver.user import User
from tests.fakes.reader import MemoryReader

BOB = User("bob", ("system:authenticated",), "u1", {"scope": ("a",)})
LIST_NODES = {"verb": "list", "resource": "nodes"}


def status(review: Any) -> Any:
    return review["status"]


def test_subject_access(bootstrapped: MemoryReader) -> None:
    authorizer = build_authorizer(["Node", "RBAC"], bootstrapped)
    spec = {"user": "system:kube-scheduler", "resourceAttributes": LIST_NODES}
    assert status(review_subject_access({"spec": spec}, authorizer)) == {
        "allowed": True,
        "reason": 'RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" '
        'to User "system:kube-scheduler"',
    }
    assert status(review_subject_access({"spec": {**spec, "user": "bob"}}, authorizer)) == {"allowed": False}
    path = {"groups": ["system:authenticated"], "nonResourceAttributes": {"path": "/apis/apps", "verb": "get"}}
    assert status(review_subject_access({"spec": path}, authorizer))["allowed"]


def test_field_selectors_reach_the_authorizer(bootstrapped: MemoryReader) -> None:
    authorizer = build_authorizer(["Node"], bootstrapped)
    node = {"user": "system:node:n1", "groups": ["system:nodes"]}
    for selector, allowed in (
        ({"rawSelector": "spec.nodeName=n1"}, True),
        ({"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["n1"]}]}, True),
        ({"requirements": [{"key": "spec.nodeName", "operator": "NotIn", "values": ["n1"]}]}, False),
        ({"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["n1", "n2"]}]}, False),
    ):
        spec = {**node, "resourceAttributes": {"verb": "list", "resource": "pods", "fieldSelector": selector}}
        assert status(review_subject_access({"spec": spec}, authorizer))["allowed"] is allowed


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"user": "x"},
            "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes "
            "must be specified",
        ),
        (
            {"user": "x", "resourceAttributes": LIST_NODES, "nonResourceAttributes": {"path": "/"}},
            'spec.nonResourceAttributes: Invalid value: {"path":"/"}: cannot be specified in combination with '
            "resourceAttributes",
        ),
        (
            {"resourceAttributes": LIST_NODES},
            'spec.user: Invalid value: "": at least one of user or group must be specified',
        ),
    ],
)
def test_malformed(bootstrapped: MemoryReader, spec: Any, message: str) -> None:
    with pytest.raises(APIError) as caught:
        review_subject_access({"spec": spec}, build_authorizer(["RBAC"], bootstrapped))
    assert caught.value.code == 422
    assert caught.value.message == f'.authorization.k8s.io "" is invalid: {message}'


def test_local_subject_access_stays_in_its_namespace(bootstrapped: MemoryReader) -> None:
    authorizer = build_authorizer(["RBAC"], bootstrapped)
    attributes = {"verb": "get", "resource": "configmaps", "namespace": "kube-system"}
    name = {"name": "extension-apiserver-authentication"}
    spec = {"user": "system:kube-scheduler", "resourceAttributes": attributes | name}
    review = {"metadata": {"namespace": "kube-system"}, "spec": spec}
    assert status(review_local_subject_access(review, "kube-system", authorizer))["allowed"]
    with pytest.raises(APIError, match=r"must match metadata\.namespace"):
        review_local_subject_access({**review, "metadata": {"namespace": "shop"}}, "shop", authorizer)
    path = {"spec": {"user": "x", "nonResourceAttributes": {"path": "/"}}}
    with pytest.raises(APIError, match="disallowed on this kind of request"):
        review_local_subject_access(path, "shop", authorizer)


def test_metadata_must_be_empty(bootstrapped: MemoryReader) -> None:
    authorizer = build_authorizer(["RBAC"], bootstrapped)
    review = {"metadata": {"name": "n", "namespace": "shop"}, "spec": {"user": "x", "resourceAttributes": LIST_NODES}}
    with pytest.raises(APIError, match=r'metadata: Invalid value: .*: must be empty"?$'):
        review_subject_access(review, authorizer)
    with pytest.raises(APIError, match="must be empty except for namespace"):
        review_local_subject_access(review, "shop", authorizer)


@pytest.mark.parametrize(
    ("selectors", "told"),
    [
        ({"fieldSelector": {"rawSelector": "a=b"}, "labelSelector": {"rawSelector": "a in (b)"}}, None),
        ({"fieldSelector": {"rawSelector": "a=b,c"}}, "fieldSelector ignored due to parse error"),
        ({"labelSelector": {"rawSelector": "a in b"}}, "labelSelector ignored due to parse error"),
        (
            {
                "labelSelector": {
                    "requirements": [
                        {"key": "a", "operator": "Exists"},
                        {"key": "b", "operator": "Like", "values": ["c"]},
                    ]
                }
            },
            "labelSelector partially ignored due to parse error",
        ),
        (
            {"fieldSelector": {"requirements": [{"key": "a", "operator": "Exists"}]}},
            "fieldSelector ignored due to parse error",
        ),
    ],
)
def test_what_cannot_be_read_of_selectors_is_told(bootstrapped: MemoryReader, selectors: Any, told: str | None) -> None:
    spec = {"user": "x", "resourceAttributes": {**LIST_NODES, **selectors}}
    answer = status(review_subject_access({"spec": spec}, build_authorizer(["RBAC"], bootstrapped)))
    assert answer.get("evaluationError") == (told and f"spec.resourceAttributes.{told}")


def test_self_subject_access(bootstrapped: MemoryReader) -> None:
    authorizer = build_authorizer(["RBAC"], bootstrapped)
    spec = {
        "resourceAttributes": {
            "verb": "create",
            "group": "authorization.k8s.io",
            "resource": "selfsubjectaccessreviews",
        }
    }
    assert status(review_self_subject_access({"spec": spec}, BOB, authorizer))["allowed"]


def test_self_subject_rules(bootstrapped: MemoryReader) -> None:
    authorizer = build_authorizer(["Node", "RBAC"], bootstrapped)
    answer = status(review_self_subject_rules({"spec": {"namespace": "shop"}}, BOB, authorizer))
    assert {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]} in answer[
        "resourceRules"
    ]
    assert any("/openapi/*" in rule["nonResourceURLs"] for rule in answer["nonResourceRules"])
    assert answer["incomplete"] is False
    node = User("system:node:n1", ("system:nodes",))
    answer = status(review_self_subject_rules({"spec": {"namespace": "shop"}}, node, authorizer))
    assert answer["incomplete"] is True
    assert answer["evaluationError"] == "node authorizer does not support user rule resolution"
    with pytest.raises(APIError, match="no namespace on request"):
        review_self_subject_rules({"spec": {}}, BOB, authorizer)


def test_self_subject() -> None:
    answer = review_self_subject(BOB, "2026-01-01T00:00:00Z")
    assert answer["metadata"] == {"creationTimestamp": "2026-01-01T00:00:00Z"}
    assert status(answer) == {
        "userInfo": {"username": "bob", "uid": "u1", "groups": ["system:authenticated"], "extra": {"scope": ["a"]}}
    }
