"""Subject access review spec: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.authorization.non_resource_attributes import NonResourceAttributes
from pybernetes.api.authorization.resource_attributes import ResourceAttributes
from pybernetes.api.schema.marks import Atomic


class SubjectAccessReviewSpec(TypedDict, total=False):
    """Who wants to do what. One of the attributes is set."""

    extra: dict[str, list[str]]
    "Further data about the user."
    groups: Annotated[list[str], Atomic()]
    "The groups of the user."
    nonResourceAttributes: NonResourceAttributes
    "A request for a path that is no resource."
    resourceAttributes: ResourceAttributes
    "A request for a resource."
    uid: str
    "The id of the user."
    user: str
    "The name of the user. The user or a group must be given."
