"""Variable: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class Variable(TypedDict, total=False):
    """A CEL expression by name."""

    expression: Required[str]
    "What the variable stands for, worked out when it is first used."
    name: Required[str]
    "The name: the others use it as variables.name."
