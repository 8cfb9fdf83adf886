"""Variable: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class Variable(TypedDict, total=False):
    expression: Required[str]
    name: Required[str]
