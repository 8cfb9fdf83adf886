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
    assert caught.value.message == f'SubjectAccessReview.authorization.k8s.io "" is invalid: {message}'


def test_local_subject_access_stays_in_its_namespace(bootstrapped: MemoryReader) -> None:
    authorizer = build_authorizer(["RBAC"], bootstrapped)
    attributes = {"verb": "get", "resource": "configmaps", "namespace": "kube-system"}
    name = {"name": "extension-apiserver-authentication"}
    spec = {"user": "system:kube-scheduler", "resourceAttributes": attributes | name}
    review = {"metadata": {"namespace": "kube-system"}, "spec": spec}
    assert status(review_local_subject_access(review, "kube-system", authorizer))["allowed"]
    with pytest.raises(APIError, match=r"must match metadata\.namespace"):
        review_local_subject_access({**review, "metadata": {"namespace": "shop"}}, "shop", authorizer)


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
    assert status(review_self_subject({}, BOB)) == {
        "userInfo": {"username": "bob", "uid": "u1", "groups": ["system:authenticated"], "extra": {"scope": ["a"]}}
    }
