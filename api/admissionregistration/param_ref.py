"""Param ref: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class ParamRef(TypedDict, total=False):
    """The objects that a policy takes parameters from: by name or by labels. The policy must hold for each of them."""

    name: str
    "The name of the object. Not together with selector."
    namespace: str
    "The namespace of the objects; that of the request by default."
    parameterNotFoundAction: str | None
    "What to do if there is no such object: Allow, or Deny as failurePolicy says."
    selector: LabelSelector
    "The labels of the objects. Not together with name."
