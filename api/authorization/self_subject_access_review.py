"""Self subject access review: the shape on the wire, and its rules."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.authorization.non_resource_attributes import NonResourceAttributes
from pybernetes.api.authorization.resource_attributes import ResourceAttributes
from pybernetes.api.authorization.subject_access_review_status import SubjectAccessReviewStatus
from pybernetes.api.authorization.validation import validate_self_subject_access_review
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class SelfSubjectAccessReview(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[SelfSubjectAccessReviewSpec, Always()]]
    status: Annotated[SubjectAccessReviewStatus, Always()]


class SelfSubjectAccessReviewSpec(TypedDict, total=False):
    nonResourceAttributes: NonResourceAttributes
    resourceAttributes: ResourceAttributes


DEFINITION = Definition(validate=validate_self_subject_access_review)
