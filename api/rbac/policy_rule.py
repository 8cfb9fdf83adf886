"""Policy rule: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class PolicyRule(TypedDict, total=False):
    """What may be done to which resources, or to which paths."""

    apiGroups: Annotated[list[str], Atomic()]
    "The API groups of the resources; empty text for core, * for all."
    nonResourceURLs: Annotated[list[str], Atomic()]
    "Paths that are no resources, such as /healthz or /metrics/*. Only in cluster roles."
    resourceNames: Annotated[list[str], Atomic()]
    "The names of the objects that are meant; all of them by default."
    resources: Annotated[list[str], Atomic()]
    "The resources, such as pods or pods/log; * for all."
    verbs: Required[Annotated[list[str], Atomic()]]
    "What may be done, such as get, list or create; * for anything."
