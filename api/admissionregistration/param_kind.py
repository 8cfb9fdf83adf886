"""Param kind: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class ParamKind(TypedDict, total=False):
    """The kind of the objects that a policy takes parameters from."""

    apiVersion: str
    "The group and version of the kind."
    kind: str
    "The name of the kind."
