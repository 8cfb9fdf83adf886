"""Cluster role: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import CREATED_AT, NAME
from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_label_selector
from pybernetes.api.names import path_segment
from pybernetes.api.object import Json
from pybernetes.api.rbac.policy_rule import PolicyRule
from pybernetes.api.rbac.validation import validate_rules
from pybernetes.api.schema.marks import Always, Atomic


class ClusterRole(TypedDict, total=False):
    """A set of permissions for the whole cluster, or for a namespace by a RoleBinding."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    aggregationRule: AggregationRule
    "Which other cluster roles this one is put together from. Its rules are then overwritten."
    rules: Annotated[list[PolicyRule], Atomic(), Always()]
    "What is allowed."


class AggregationRule(TypedDict, total=False):
    """Which cluster roles another is put together from."""

    clusterRoleSelectors: Annotated[list[LabelSelector], Atomic()]
    "Labels of cluster roles; those that match one of them are taken."


def _validate(role: Json, errors: ErrorList) -> None:
    validate_rules(role.get("rules") or (), namespaced=False, errors=errors)
    aggregation = role.get("aggregationRule")
    if aggregation is None:
        return
    at = "aggregationRule.clusterRoleSelectors"
    selectors = aggregation.get("clusterRoleSelectors") or ()
    if not selectors:
        errors.required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil")
    for index, selector in enumerate(selectors):
        validate_label_selector(selector, f"{at}[{index}]", errors)


DEFINITION = Definition(
    columns=(NAME, CREATED_AT), name_check=path_segment, validate=_validate, allow_create_on_update=True
)
