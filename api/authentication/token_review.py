"""Token review: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.authentication.user_info import UserInfo
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic


class TokenReview(TypedDict, total=False):
    """Asks whose a token is, and whether it is good. The answer is in the status."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[TokenReviewSpec, Always()]]
    "The token."
    status: Annotated[TokenReviewStatus, Always()]
    "The answer."


class TokenReviewSpec(TypedDict, total=False):
    """A token to be checked."""

    audiences: Annotated[list[str], Atomic()]
    "Who asks: the token must be for one of them. The default is the API server."
    token: Required[str]
    "The token itself."


class TokenReviewStatus(TypedDict, total=False):
    """Whether a token is good, and whose it is."""

    audiences: Annotated[list[str], Atomic()]
    "For whom, of those who asked, the token is good."
    authenticated: bool
    "Whether the token is good."
    error: str
    "What went wrong with checking it."
    user: Annotated[UserInfo, Always()]
    "Whose token it is."
