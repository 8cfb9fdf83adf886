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
    """Asks whether the client itself may do something. The answer is in the status."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[SelfSubjectAccessReviewSpec, Always()]]
    "What."
    status: Annotated[SubjectAccessReviewStatus, Always()]
    "The answer."


class SelfSubjectAccessReviewSpec(TypedDict, total=False):
    """What the asker wants to do: one of these."""

    nonResourceAttributes: NonResourceAttributes
    "A request for a path that is no resource."
    resourceAttributes: ResourceAttributes
    "A request for a resource."


DEFINITION = Definition(validate=validate_self_subject_access_review)
