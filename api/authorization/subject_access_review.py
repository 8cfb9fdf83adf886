"""Subject access review: the shape on the wire, and its rules."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.authorization.subject_access_review_spec import SubjectAccessReviewSpec
from pybernetes.api.authorization.subject_access_review_status import SubjectAccessReviewStatus
from pybernetes.api.authorization.validation import validate_subject_access_review
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class SubjectAccessReview(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[SubjectAccessReviewSpec, Always()]]
    status: Annotated[SubjectAccessReviewStatus, Always()]


DEFINITION = Definition(validate=validate_subject_access_review)
