"""Subject: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class Subject(TypedDict, total=False):
    kind: Required[str]
    apiGroup: str
    name: Required[str]
    namespace: str
