"""Self subject rules review: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic


class SelfSubjectRulesReview(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[SelfSubjectRulesReviewSpec, Always()]]
    status: Annotated[SubjectRulesReviewStatus, Always()]


class SelfSubjectRulesReviewSpec(TypedDict, total=False):
    namespace: str


class SubjectRulesReviewStatus(TypedDict, total=False):
    evaluationError: str
    incomplete: Required[bool]
    nonResourceRules: Required[Annotated[list[NonResourceRule], Atomic()]]
    resourceRules: Required[Annotated[list[ResourceRule], Atomic()]]


class NonResourceRule(TypedDict, total=False):
    nonResourceURLs: Annotated[list[str], Atomic()]
    verbs: Required[Annotated[list[str], Atomic()]]


class ResourceRule(TypedDict, total=False):
    apiGroups: Annotated[list[str], Atomic()]
    resourceNames: Annotated[list[str], Atomic()]
    resources: Annotated[list[str], Atomic()]
    verbs: Required[Annotated[list[str], Atomic()]]
