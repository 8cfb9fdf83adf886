"""Role ref: the shape on the wire."""

from __future__ import annotations

from typing import Required, TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class RoleRef(TypedDict, total=False):
    kind: Required[str]
    apiGroup: str
    name: Required[str]
