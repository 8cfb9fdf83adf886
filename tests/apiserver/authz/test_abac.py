"""Policies of a file: both forms, whom they concern, and what they allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.abac import AbacAuthorizer, BadPolicy, Policy, load_policies
from pybernetes.apiserver.authz.chain import build_chain
from pybernetes.apiserver.authz.options import AuthorizationOptions
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, User
from tests.apiserver.conftest import Api

ANN = User("ann", ("crew", AUTHENTICATED_GROUP))
ANYBODY = User("system:anonymous", ("system:unauthenticated",))
LINES = """
# the crew reads pods of the deck
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"group":"crew","readonly":true,\
"namespace":"deck","resource":"pods","apiGroup":""}}
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"*","nonResourcePath":"/api*"}}
{"user":"bob"}
""".replace("\\\n", "")


def policies(tmp_path: Path, text: str = LINES) -> list[Policy]:
    file = tmp_path / "policy.jsonl"
    file.write_text(text)
    return load_policies(file)


def pods(verb: str, user: User = ANN, namespace: str = "deck") -> Attributes:
    return Attributes(user, verb, resource="pods", version="v1", namespace=namespace)


@pytest.mark.parametrize(
    ("attributes", "allowed"),
    [
        (pods("list"), True),
        (pods("delete"), False),
        (pods("list", namespace="hold"), False),
        (pods("list", User("eve", (AUTHENTICATED_GROUP,))), False),
        (Attributes(ANN, "get", path="/apis/apps"), True),
        (Attributes(ANN, "get", path="/metrics"), False),
        (Attributes(ANYBODY, "get", path="/api"), False),
        (pods("delete", User("bob"), "anywhere"), True),
        (Attributes(User("bob"), "post", path="/anything"), True),
    ],
)
def test_what_policies_allow(tmp_path: Path, attributes: Attributes, allowed: bool) -> None:
    decision = AbacAuthorizer(policies(tmp_path)).authorize(attributes)
    assert (decision.allowed, decision.denied) == (allowed, False)
    assert decision.reason == ("" if allowed else "No policy matched.")


def test_what_may_be_listed_of_them(tmp_path: Path) -> None:
    rules = AbacAuthorizer(policies(tmp_path)).rules_for(ANN, "deck")
    assert rules.resource_rules == ({"verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods"]},)
    assert rules.non_resource_rules == ({"verbs": ["*"], "nonResourceURLs": ["/api*"]},)


def test_the_first_form_means_everybody_where_it_names_nobody(tmp_path: Path) -> None:
    (policy,) = policies(tmp_path, '{"resource":"pods"}')
    assert policy == Policy("", AUTHENTICATED_GROUP, False, "*", "pods", "*", "")
    assert policy.allows(pods("create")) and not policy.allows(pods("create", ANYBODY))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 1"),
        ("[]", "expected an object"),
        ('{"kind":"Role","apiVersion":"v1"}', "expected kind Policy"),
        ('{"user":7}', "user must be a string"),
    ],
)
def test_lines_that_are_no_policies(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(BadPolicy, match=why):
        policies(tmp_path, line)


async def test_the_mode_and_the_file_need_each_other(api: Api, tmp_path: Path) -> None:
    cache: WatchCache = api.server.state.cache
    file = tmp_path / "policy.jsonl"
    file.write_text(LINES)
    chain = build_chain(AuthorizationOptions(("ABAC",), policy_file=str(file)), cache)
    assert chain.authorize(pods("list")).allowed
    with pytest.raises(ValueError, match="policy file not passed"):
        build_chain(AuthorizationOptions(("ABAC",)), cache)
    with pytest.raises(ValueError, match="without mode ABAC"):
        build_chain(AuthorizationOptions(("RBAC",), policy_file=str(file)), cache)
