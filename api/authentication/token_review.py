"""Token review: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.authentication.user_info import UserInfo
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic


class TokenReview(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[TokenReviewSpec, Always()]]
    status: Annotated[TokenReviewStatus, Always()]


class TokenReviewSpec(TypedDict, total=False):
    audiences: Annotated[list[str], Atomic()]
    token: Required[str]


class TokenReviewStatus(TypedDict, total=False):
    audiences: Annotated[list[str], Atomic()]
    authenticated: bool
    error: str
    user: Annotated[UserInfo, Always()]
