"""Nobody grants more than they have."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import build_authorizer
from pybernetes.apiserver.authz.covering import missing_rules
from pybernetes.apiserver.authz.escalation import check_binding_write, check_role_write
from pybernetes.apiserver.user import User
from tests.fakes.reader import MemoryReader

GROUP = "rbac.authorization.k8s.io"
ALICE = User("alice", ("devs", "system:authenticated"))
PODS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
SECRETS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
RULES_OF_ALICE = [{"verbs": ["*"], "apiGroups": [""], "resources": ["pods"]}]


def reader_with(*rules_of_alice: Json) -> MemoryReader:
    subject = {"kind": "User", "name": "alice", "apiGroup": GROUP}
    reference = {"kind": "ClusterRole", "name": "alices", "apiGroup": GROUP}
    return MemoryReader(
        [
            (f"clusterroles.{GROUP}", {"metadata": {"name": "alices"}, "rules": list(rules_of_alice)}),
            (
                f"clusterrolebindings.{GROUP}",
                {"metadata": {"name": "alices"}, "subjects": [subject], "roleRef": reference},
            ),
            (f"clusterroles.{GROUP}", {"metadata": {"name": "pods"}, "rules": [PODS]}),
            (f"clusterroles.{GROUP}", {"metadata": {"name": "secrets"}, "rules": [SECRETS]}),
        ]
    )


def write_role(reader: MemoryReader, new: Json, old: Json | None = None, *, user: User = ALICE, **more: Any) -> None:
    authorizer = build_authorizer(["RBAC"], reader)
    assert authorizer.rbac is not None
    attributes = Attributes(user, **{"verb": "create", "group": GROUP, "resource": "clusterroles", **more})
    check_role_write(new, old, attributes, authorizer, authorizer.rbac.index)


def write_binding(reader: MemoryReader, role_name: str, old: Json | None = None, *, user: User = ALICE) -> None:
    authorizer = build_authorizer(["RBAC"], reader)
    assert authorizer.rbac is not None
    attributes = Attributes(user, "create", GROUP, "v1", "rolebindings", namespace="shop")
    reference = {"kind": "ClusterRole", "name": role_name, "apiGroup": GROUP}
    new = {"metadata": {"name": "b", "namespace": "shop"}, "roleRef": reference, "subjects": []}
    check_binding_write(new, old, attributes, authorizer, authorizer.rbac.index)


def test_role_within_ones_own_rights() -> None:
    write_role(reader_with(*RULES_OF_ALICE), {"metadata": {"name": "r"}, "rules": [PODS]})


def test_role_beyond_ones_own_rights() -> None:
    new = {"metadata": {"name": "r"}, "rules": [PODS, SECRETS, {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}]}
    with pytest.raises(APIError) as caught:
        write_role(reader_with(*RULES_OF_ALICE), new)
    assert caught.value.code == 403
    assert caught.value.message == (
        'clusterroles.rbac.authorization.k8s.io "r" is forbidden: user "alice" (groups=["devs" "system:authenticated"])'
        " is attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n'
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}'
    )


def test_role_of_an_unchanged_object_may_be_relabelled() -> None:
    old = {"metadata": {"name": "r"}, "rules": [SECRETS]}
    write_role(reader_with(), {**old, "metadata": {"name": "r", "labels": {"a": "b"}}}, old)


def test_escalate_and_masters() -> None:
    new = {"metadata": {"name": "r"}, "rules": [SECRETS]}
    write_role(reader_with(), new, user=User("admin", ("system:masters",)))
    write_role(reader_with({"verbs": ["escalate"], "apiGroups": [GROUP], "resources": ["clusterroles"]}), new)


def test_aggregation_takes_an_administrator() -> None:
    new = {"metadata": {"name": "r"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    with pytest.raises(APIError, match="must have cluster-admin privileges to use the aggregationRule"):
        write_role(reader_with(*RULES_OF_ALICE), new)
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    write_role(reader_with(everything, {"verbs": ["*"], "nonResourceURLs": ["*"]}), new)


def test_bindings() -> None:
    write_binding(reader_with(*RULES_OF_ALICE), "pods")
    with pytest.raises(APIError) as caught:
        write_binding(reader_with(*RULES_OF_ALICE), "secrets")
    assert caught.value.message.startswith(
        'rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "alice" (groups=["devs" "system:authenticated"])'
        " is attempting to grant RBAC permissions not currently held:\n"
    )
    with pytest.raises(APIError) as caught:
        write_binding(reader_with(*RULES_OF_ALICE), "missing")
    assert caught.value.code == 404


def test_bind_stands_for_the_rights_themselves() -> None:
    bind = {"verbs": ["bind"], "apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["secrets"]}
    write_binding(reader_with(bind), "secrets")
    with pytest.raises(APIError, match="not currently held"):
        write_binding(reader_with(bind), "pods")


def rules(verbs: str, resources: str, names: str = "", groups: str = "core") -> Json:
    made: Json = {"verbs": verbs.split(), "apiGroups": ["" if one == "core" else one for one in groups.split()]}
    return {**made, "resources": resources.split(), "resourceNames": names.split()}


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ([rules("get list", "pods")], rules("get", "pods"), True),
        ([rules("get", "pods"), rules("list", "pods")], rules("get list", "pods"), True),
        ([rules("*", "pods")], rules("get", "pods"), True),
        ([rules("get", "pods")], rules("*", "pods"), False),
        ([rules("get", "*")], rules("get", "pods pods/log secrets"), True),
        ([rules("get", "*/log")], rules("get", "pods/log"), True),
        ([rules("get", "*/log")], rules("get", "pods"), False),
        ([rules("get", "pods", groups="*")], rules("get", "pods", groups="core apps"), True),
        ([rules("get", "pods", "a b")], rules("get", "pods", "a"), True),
        ([rules("get", "pods", "a")], rules("get", "pods"), False),
        ([rules("get", "pods")], rules("get", "pods", "a"), True),
        ([rules("get", "pods", "a"), rules("get", "pods", "b")], rules("get", "pods", "a b"), True),
        ([{"verbs": ["get"], "nonResourceURLs": ["/a/*"]}], {"verbs": ["get"], "nonResourceURLs": ["/a/b/*"]}, True),
        ([{"verbs": ["get"], "nonResourceURLs": ["/a"]}], {"verbs": ["get"], "nonResourceURLs": ["/a/*"]}, False),
        ([], {"verbs": [], "apiGroups": [""], "resources": ["pods"]}, True),
    ],
)
def test_covering(held: list[Json], wanted: Json, covered: bool) -> None:
    assert (missing_rules(held, [wanted]) == []) is covered
