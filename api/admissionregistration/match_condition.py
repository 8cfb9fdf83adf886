"""Match condition: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict


class MatchCondition(TypedDict, total=False):
    """A CEL expression that a request must meet besides the rules."""

    expression: Required[str]
    "The expression. It sees object, oldObject, request and authorizer, and gives true or false."
    name: Required[str]
    "A name for the expression, unique within its list."
