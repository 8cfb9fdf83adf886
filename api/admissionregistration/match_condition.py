"""Match condition: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict


class MatchCondition(TypedDict, total=False):
    expression: Required[str]
    name: Required[str]
