"""Flow schema: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, ListSet, PatchMerge


class FlowSchema(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[FlowSchemaSpec, Always()]
    status: Annotated[FlowSchemaStatus, Always()]


class FlowSchemaSpec(TypedDict, total=False):
    distinguisherMethod: FlowDistinguisherMethod
    matchingPrecedence: Int32
    priorityLevelConfiguration: Required[Annotated[PriorityLevelConfigurationReference, Always()]]
    rules: Annotated[list[PolicyRulesWithSubjects], Atomic()]


class FlowDistinguisherMethod(TypedDict, total=False):
    type: Required[str]


class PriorityLevelConfigurationReference(TypedDict, total=False):
    name: Required[str]


class PolicyRulesWithSubjects(TypedDict, total=False):
    nonResourceRules: Annotated[list[NonResourcePolicyRule], Atomic()]
    resourceRules: Annotated[list[ResourcePolicyRule], Atomic()]
    subjects: Required[Annotated[list[Subject], Atomic()]]


class NonResourcePolicyRule(TypedDict, total=False):
    nonResourceURLs: Required[Annotated[list[str], ListSet()]]
    verbs: Required[Annotated[list[str], ListSet()]]


class ResourcePolicyRule(TypedDict, total=False):
    apiGroups: Required[Annotated[list[str], ListSet()]]
    clusterScope: bool
    namespaces: Annotated[list[str], ListSet()]
    resources: Required[Annotated[list[str], ListSet()]]
    verbs: Required[Annotated[list[str], ListSet()]]


class Subject(TypedDict, total=False):
    kind: Required[str]
    group: GroupSubject
    serviceAccount: ServiceAccountSubject
    user: UserSubject


class GroupSubject(TypedDict, total=False):
    name: Required[str]


class ServiceAccountSubject(TypedDict, total=False):
    name: Required[str]
    namespace: Required[str]


class UserSubject(TypedDict, total=False):
    name: Required[str]


class FlowSchemaStatus(TypedDict, total=False):
    conditions: Annotated[list[FlowSchemaCondition], ListMap("type"), PatchMerge("type")]


class FlowSchemaCondition(TypedDict, total=False):
    status: str
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: str


DEFINITION = Definition(spec_fields=("spec",))
