"""Local subject access review: the shape on the wire, and its rules."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.authorization.subject_access_review_spec import SubjectAccessReviewSpec
from pybernetes.api.authorization.subject_access_review_status import SubjectAccessReviewStatus
from pybernetes.api.authorization.validation import validate_local_subject_access_review
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class LocalSubjectAccessReview(TypedDict, total=False):
    """Asks whether a user may do something in the namespace that the review is made in."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[SubjectAccessReviewSpec, Always()]]
    "Who, and what."
    status: Annotated[SubjectAccessReviewStatus, Always()]
    "The answer."


DEFINITION = Definition(validate=validate_local_subject_access_review)
