"""Non resource attributes: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict


class NonResourceAttributes(TypedDict, total=False):
    """A request for a path that is no resource."""

    path: str
    "The path of the URL."
    verb: str
    "The HTTP method in small letters, such as get."
