"""Reconciling the bootstrap policy: what is there and what is wanted, in; what to write, out."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json, deep_copy
from pybernetes.apiserver.bootstrap.bindings import cluster_role_bindings, role_bindings
from pybernetes.apiserver.bootstrap.namespace_roles import NAMESPACE_ROLES
from pybernetes.apiserver.bootstrap.policy_rule import (
    AUTOUPDATE,
    cluster_role,
    cluster_role_binding,
    group,
    rule,
    user,
)
from pybernetes.apiserver.bootstrap.reconcile import reconcile_binding, reconcile_role
from pybernetes.apiserver.bootstrap.roles import cluster_roles

WANTED = cluster_role("r", [rule("get list", "core", "pods"), rule("get", "apps", "deployments")])
BINDING = cluster_role_binding("b", group("g"), user("u"))


def changed(obj: Json, **fields: Any) -> Json:
    return {**deep_copy(obj), **fields}


def annotated(obj: Json, value: str) -> Json:
    result = deep_copy(obj)
    result["metadata"]["annotations"][AUTOUPDATE] = value
    return result


def test_what_is_missing_is_created() -> None:
    made = reconcile_role(None, WANTED)
    assert made is not None
    assert (made.obj, made.create) == (WANTED, True)
    assert made.obj is not WANTED


@pytest.mark.parametrize("role", [*cluster_roles(), *NAMESPACE_ROLES], ids=lambda role: role["metadata"]["name"])
def test_roles_that_are_complete_stay(role: Json) -> None:
    assert reconcile_role(deep_copy(role), role) is None


@pytest.mark.parametrize(
    "binding", [*cluster_role_bindings(), *role_bindings()], ids=lambda one: one["metadata"]["name"]
)
def test_bindings_that_are_complete_stay(binding: Json) -> None:
    assert reconcile_binding(deep_copy(binding), binding) is None


def test_missing_rules_are_added_and_others_stay() -> None:
    own = rule("delete", "core", "secrets")
    made = reconcile_role(changed(WANTED, rules=[own, rule("get", "core", "pods")]), WANTED)
    assert made is not None
    assert not made.create
    assert made.obj["rules"][0] == own
    assert {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]} in made.obj["rules"]
    assert reconcile_role(made.obj, WANTED) is None


def test_rules_held_in_another_form_are_not_missing() -> None:
    assert reconcile_role(changed(WANTED, rules=[rule("*", "*", "*")]), WANTED) is None


def test_opted_out_objects_are_left_alone() -> None:
    assert reconcile_role(annotated(changed(WANTED, rules=[]), "false"), WANTED) is None
    assert reconcile_binding(annotated(changed(BINDING, subjects=[]), "false"), BINDING) is None


def test_labels_are_added_and_own_values_stay() -> None:
    existing = deep_copy(WANTED)
    existing["metadata"]["labels"] = {"mine": "1"}
    made = reconcile_role(existing, WANTED)
    assert made is not None
    assert made.obj["metadata"]["labels"] == {"mine": "1", "kubernetes.io/bootstrapping": "rbac-defaults"}


def test_aggregated_roles_keep_the_rules_that_the_controller_filled_in() -> None:
    wanted = cluster_role("admin", [], aggregates="admin")
    filled = changed(wanted, rules=[rule("get", "core", "pods")])
    assert reconcile_role(filled, wanted) is None
    without = changed(filled)
    del without["aggregationRule"]
    made = reconcile_role(without, wanted)
    assert made is not None
    assert made.obj["aggregationRule"] == wanted["aggregationRule"]
    assert made.obj["rules"] == filled["rules"]


def test_missing_subjects_are_added_and_others_stay() -> None:
    made = reconcile_binding(changed(BINDING, subjects=[user("mine"), group("g")]), BINDING)
    assert made is not None
    assert (made.create, made.replace) == (False, False)
    assert made.obj["subjects"] == [user("mine"), group("g"), user("u")]
    assert reconcile_binding(made.obj, BINDING) is None


def test_binding_to_another_role_is_replaced() -> None:
    other = {**BINDING["roleRef"], "name": "other"}
    made = reconcile_binding(changed(BINDING, roleRef=other, subjects=[user("mine")]), BINDING)
    assert made is not None
    assert (made.create, made.replace) == (True, True)
    assert made.obj["roleRef"] == BINDING["roleRef"]
    assert made.obj["subjects"] == [user("mine"), group("g"), user("u")]
    assert "resourceVersion" not in made.obj["metadata"]
