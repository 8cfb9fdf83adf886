"""Param kind: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class ParamKind(TypedDict, total=False):
    apiVersion: str
    kind: str
