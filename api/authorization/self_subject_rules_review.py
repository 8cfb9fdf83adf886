"""Self subject rules review: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic


class SelfSubjectRulesReview(TypedDict, total=False):
    """Asks what the client itself may do in a namespace. The answer is in the status."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[SelfSubjectRulesReviewSpec, Always()]]
    "The namespace."
    status: Annotated[SubjectRulesReviewStatus, Always()]
    "The answer."


class SelfSubjectRulesReviewSpec(TypedDict, total=False):
    """Which namespace is meant."""

    namespace: str
    "The namespace to list the permissions in."


class SubjectRulesReviewStatus(TypedDict, total=False):
    """What a user may do in a namespace. It is for showing, not for deciding."""

    evaluationError: str
    "What went wrong with collecting the rules."
    incomplete: Required[bool]
    "Whether rules may be missing, for instance those of an authorizer that cannot list its rules."
    nonResourceRules: Required[Annotated[list[NonResourceRule], Atomic()]]
    "What may be done to paths that are no resources."
    resourceRules: Required[Annotated[list[ResourceRule], Atomic()]]
    "What may be done to resources."


class NonResourceRule(TypedDict, total=False):
    """What may be done to paths that are no resources."""

    nonResourceURLs: Annotated[list[str], Atomic()]
    "The paths; a star at the end stands for anything."
    verbs: Required[Annotated[list[str], Atomic()]]
    "What may be done, such as get or post; * for anything."


class ResourceRule(TypedDict, total=False):
    """What may be done to resources."""

    apiGroups: Annotated[list[str], Atomic()]
    "The API groups of the resources; * for all."
    resourceNames: Annotated[list[str], Atomic()]
    "The names of the objects that are meant; all of them if empty."
    resources: Annotated[list[str], Atomic()]
    "The resources, such as pods or pods/log; * for all."
    verbs: Required[Annotated[list[str], Atomic()]]
    "What may be done, such as get or list; * for anything."
