"""Subject access review spec: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.authorization.non_resource_attributes import NonResourceAttributes
from pybernetes.api.authorization.resource_attributes import ResourceAttributes
from pybernetes.api.schema.marks import Atomic


class SubjectAccessReviewSpec(TypedDict, total=False):
    extra: dict[str, list[str]]
    groups: Annotated[list[str], Atomic()]
    nonResourceAttributes: NonResourceAttributes
    resourceAttributes: ResourceAttributes
    uid: str
    user: str
