"""Which rule of a policy a request falls under, and what a policy file may not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.audit.policy import PolicyError, policy_of, read_policy
from pybernetes.apiserver.user import User

ALICE = User("alice", ("staff", "system:authenticated"))


def policy(*rules: Any, **more: Any) -> Any:
    return {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": list(rules), **more}


def pods(verb: str = "get", subresource: str = "", namespace: str = "shop", name: str = "web") -> Attributes:
    return Attributes(ALICE, verb, "", "v1", "pods", subresource, namespace, name, "/api/v1/…")


@pytest.mark.parametrize(
    ("rule", "attributes", "matches"),
    [
        ({}, pods(), True),
        ({"users": ["alice"]}, pods(), True),
        ({"users": ["bob"]}, pods(), False),
        ({"userGroups": ["staff", "none"]}, pods(), True),
        ({"userGroups": ["none"]}, pods(), False),
        ({"verbs": ["list"]}, pods(), False),
        ({"namespaces": ["shop"]}, pods(), True),
        ({"namespaces": [""]}, pods(), False),
        ({"namespaces": [""]}, pods(namespace=""), True),
        ({"namespaces": ["shop"]}, Attributes(ALICE, "get", path="/healthz"), False),
        ({"resources": [{"group": ""}]}, pods(), True),
        ({"resources": [{"group": "apps"}]}, pods(), False),
        ({"resources": [{"group": "", "resources": ["pods"]}]}, pods(subresource="log"), False),
        ({"resources": [{"group": "", "resources": ["pods/log"]}]}, pods(subresource="log"), True),
        ({"resources": [{"group": "", "resources": ["pods/*"]}]}, pods(subresource="log"), True),
        ({"resources": [{"group": "", "resources": ["*/log"]}]}, pods(subresource="log"), True),
        ({"resources": [{"group": "", "resources": ["*/status"]}]}, pods(subresource="log"), False),
        ({"resources": [{"group": "", "resources": ["*"]}]}, pods(subresource="log"), True),
        ({"resources": [{"group": "", "resources": ["pods"], "resourceNames": ["web"]}]}, pods(), True),
        ({"resources": [{"group": "", "resources": ["pods"], "resourceNames": ["db"]}]}, pods(), False),
        ({"nonResourceURLs": ["/healthz*"]}, Attributes(ALICE, "get", path="/healthz/etcd"), True),
        ({"nonResourceURLs": ["/healthz"]}, Attributes(ALICE, "get", path="/healthz/etcd"), False),
        ({"nonResourceURLs": ["*"]}, pods(), False),
    ],
)
def test_a_rule(rule: Any, attributes: Attributes, matches: bool) -> None:
    verdict = policy_of(policy({"level": "Metadata", **rule})).verdict(attributes, ALICE)
    assert (verdict.level == "Metadata") is matches


def test_the_first_rule_that_matches_decides() -> None:
    rules = [{"level": "None", "verbs": ["get"]}, {"level": "Request", "omitStages": ["RequestReceived"]}]
    found = policy_of(policy(*rules, omitStages=["ResponseStarted"], omitManagedFields=True))
    assert found.verdict(pods("get"), ALICE).level == "None"
    verdict = found.verdict(pods("list"), ALICE)
    assert (verdict.level, verdict.omits_managed_fields) == ("Request", True)
    assert verdict.omitted_stages == {"RequestReceived", "ResponseStarted"}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({}, "not an audit"),
        (policy(), "rules: at least one is needed"),
        (policy({"level": "All"}), r"rules\[0\].level: 'All' is none of None, Metadata, Request, RequestResponse"),
        (policy({"level": "None", "users": "alice"}), r"rules\[0\].users: must be a list of strings"),
        (policy({"level": "None", "omitStages": ["End"]}), r"rules\[0\].omitStages: 'End' is none of"),
        (
            policy({"level": "None", "nonResourceURLs": ["healthz"]}),
            r"rules\[0\].nonResourceURLs: 'healthz' must start",
        ),
        (policy({"level": "None", "nonResourceURLs": ["/a"], "namespaces": ["b"]}), "for paths or for resources"),
        (policy({"level": "None", "resources": [{"resourceNames": ["a"]}]}), r"resources\[0\].resourceNames: needs"),
    ],
)
def test_what_a_policy_may_not_say(value: Any, why: str) -> None:
    with pytest.raises(PolicyError, match=why):
        policy_of(value)


def test_the_file_is_named_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    with pytest.raises(PolicyError, match=r"policy\.yaml: No such file"):
        read_policy(path)
    path.write_text("rules: [")
    with pytest.raises(PolicyError, match=r"policy\.yaml: "):
        read_policy(path)
