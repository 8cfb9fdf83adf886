"""Param ref: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class ParamRef(TypedDict, total=False):
    name: str
    namespace: str
    parameterNotFoundAction: str | None
    selector: LabelSelector
