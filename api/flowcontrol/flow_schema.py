"""Flow schema: the shape on the wire, its columns. The rules are in `validation`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE, number_of, text_of
from pybernetes.api.definition import STATUS_ALONE, Column, Definition
from pybernetes.api.flowcontrol.validation import validate_schema, validate_status
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, condition_of
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, ListSet, PatchMerge, struct


class FlowSchema(TypedDict, total=False):
    """Sorts requests into a priority level, and into flows within it, so that none can crowd out the others."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[FlowSchemaSpec, Always()]
    "Which requests, and which priority level."
    status: Annotated[FlowSchemaStatus, Always()]
    "Whether the priority level exists."


class FlowSchemaSpec(TypedDict, total=False):
    """Which requests go to which priority level, and how they are told apart."""

    distinguisherMethod: FlowDistinguisherMethod
    "How requests are parted into flows; all are one flow if not set."
    matchingPrecedence: Annotated[Int32, Default(1000)]
    "The rank of the schema: of those that match, the one with the lowest number holds. From 1 to 10000."
    priorityLevelConfiguration: Required[Annotated[PriorityLevelConfigurationReference, Always()]]
    "The priority level."
    rules: Annotated[list[PolicyRulesWithSubjects], Atomic()]
    "Which requests: those that match one of the rules."


class FlowDistinguisherMethod(TypedDict, total=False):
    """How requests are parted into flows."""

    type: Required[str]
    "ByUser, or ByNamespace."


class PriorityLevelConfigurationReference(TypedDict, total=False):
    """A priority level."""

    name: Required[str]
    "The name of the priority level."


class PolicyRulesWithSubjects(TypedDict, total=False):
    """Requests of some subjects for some things."""

    nonResourceRules: Annotated[list[NonResourcePolicyRule], Atomic()]
    "Which paths that are no resources are meant."
    resourceRules: Annotated[list[ResourcePolicyRule], Atomic()]
    "Which resources are meant."
    subjects: Required[Annotated[list[Subject], Atomic()]]
    "Whose requests are meant."


class NonResourcePolicyRule(TypedDict, total=False):
    """Requests for paths that are no resources."""

    nonResourceURLs: Required[Annotated[list[str], ListSet()]]
    "The paths; a star at the end stands for anything, and * alone for all."
    verbs: Required[Annotated[list[str], ListSet()]]
    "What is done; * for anything."


class ResourcePolicyRule(TypedDict, total=False):
    """Requests for resources."""

    apiGroups: Required[Annotated[list[str], ListSet()]]
    "The API groups of the resources; * for all."
    clusterScope: bool
    "Whether requests are meant that name no namespace."
    namespaces: Annotated[list[str], ListSet()]
    "The namespaces of the requests; * for all of them."
    resources: Required[Annotated[list[str], ListSet()]]
    "The resources, such as pods or pods/log; * for all."
    verbs: Required[Annotated[list[str], ListSet()]]
    "What is done; * for anything."


@struct(union=("group", "serviceAccount", "user"), discriminator="kind")
class Subject(TypedDict, total=False):
    """Someone whose requests are meant. The field that kind names is set."""

    kind: Required[str]
    "User, Group or ServiceAccount."
    group: GroupSubject
    "A group of users."
    serviceAccount: ServiceAccountSubject
    "One service account, or all of a namespace."
    user: UserSubject
    "One user, or all."


class GroupSubject(TypedDict, total=False):
    """A group of users."""

    name: Required[str]
    "The name of the group; * for all groups."


class ServiceAccountSubject(TypedDict, total=False):
    """Service accounts."""

    name: Required[str]
    "The name of the service account; * for all of the namespace."
    namespace: Required[str]
    "The namespace of the service account."


class UserSubject(TypedDict, total=False):
    """A user."""

    name: Required[str]
    "The name of the user; * for all users."


class FlowSchemaStatus(TypedDict, total=False):
    """The state of a flow schema."""

    conditions: Annotated[list[FlowSchemaCondition], ListMap("type"), PatchMerge("type")]
    "What is known of it; Dangling says that its priority level does not exist."


class FlowSchemaCondition(TypedDict, total=False):
    """One aspect of a flow schema's state."""

    status: str
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: str
    "The aspect; Dangling is the one that there is."


def _dangles(schema: Json, now: datetime) -> str:
    condition = condition_of(schema, "Dangling")
    return "?" if condition is None else str(condition.get("status") or "")


DEFINITION = Definition(
    columns=(
        NAME,
        Column(
            "PriorityLevel",
            text_of("spec", "priorityLevelConfiguration", "name"),
            description="The priority level of the requests.",
        ),
        Column("MatchingPrecedence", number_of("spec", "matchingPrecedence"), description="The rank of the schema."),
        Column(
            "DistinguisherMethod",
            text_of("spec", "distinguisherMethod", "type", default=NONE),
            description="How requests are parted into flows.",
        ),
        AGE,
        Column("MissingPL", _dangles, description="Whether the priority level does not exist."),
    ),
    validate=validate_schema,
    validate_status=validate_status,
    spec_fields=("spec",),
    kept_by_status=STATUS_ALONE,
)
