"""User info: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class UserInfo(TypedDict, total=False):
    """A user as the server knows it."""

    extra: dict[str, list[str]]
    "Further data from whoever vouched for the user."
    groups: Annotated[list[str], Atomic()]
    "The groups that the user belongs to."
    uid: str
    "An id that tells the user from others of the name, before or after."
    username: str
    "The name of the user, unique among all active users."
