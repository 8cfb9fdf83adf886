"""Self subject review: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.authentication.user_info import UserInfo
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class SelfSubjectReview(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    status: Annotated[SelfSubjectReviewStatus, Always()]


class SelfSubjectReviewStatus(TypedDict, total=False):
    userInfo: Annotated[UserInfo, Always()]
