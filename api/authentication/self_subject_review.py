"""Self subject review: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.authentication.user_info import UserInfo
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class SelfSubjectReview(TypedDict, total=False):
    """Asks who the server takes the client for. The answer is in the status."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    status: Annotated[SelfSubjectReviewStatus, Always()]
    "The answer."


class SelfSubjectReviewStatus(TypedDict, total=False):
    """Who the server takes a client for."""

    userInfo: Annotated[UserInfo, Always()]
    "The client as a user."
