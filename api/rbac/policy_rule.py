"""Policy rule: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class PolicyRule(TypedDict, total=False):
    apiGroups: Annotated[list[str], Atomic()]
    nonResourceURLs: Annotated[list[str], Atomic()]
    resourceNames: Annotated[list[str], Atomic()]
    resources: Annotated[list[str], Atomic()]
    verbs: Required[Annotated[list[str], Atomic()]]
