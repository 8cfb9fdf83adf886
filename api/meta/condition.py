"""Condition: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64, Time


class Condition(TypedDict, total=False):
    """One aspect of an object's state, in the form that most kinds share."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Required[Time]
    "When the status last changed."
    message: Required[str]
    "A sentence for people about the last change."
    observedGeneration: Int64
    "The generation of the object that the condition was worked out from."
    reason: Required[str]
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect, in CamelCase, or qualified by a domain."
