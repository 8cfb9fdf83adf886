"""Limit range: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Atomic


class LimitRange(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[LimitRangeSpec, Always()]


class LimitRangeSpec(TypedDict, total=False):
    limits: Required[Annotated[list[LimitRangeItem], Atomic()]]


class LimitRangeItem(TypedDict, total=False):
    default: dict[str, Quantity]
    defaultRequest: dict[str, Quantity]
    max: dict[str, Quantity]
    maxLimitRequestRatio: dict[str, Quantity]
    min: dict[str, Quantity]
    type: Required[str]
