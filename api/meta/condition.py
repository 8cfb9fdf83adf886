"""Condition: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64, Time


class Condition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Required[Time]
    message: Required[str]
    observedGeneration: Int64
    reason: Required[str]
    type: Required[str]
