"""User info: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class UserInfo(TypedDict, total=False):
    extra: dict[str, list[str]]
    groups: Annotated[list[str], Atomic()]
    uid: str
    username: str
