"""Non resource attributes: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict


class NonResourceAttributes(TypedDict, total=False):
    path: str
    verb: str
