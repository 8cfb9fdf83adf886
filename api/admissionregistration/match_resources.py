"""Match resources: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.schema.marks import Atomic, struct


@struct(atomic=True)
class MatchResources(TypedDict, total=False):
    excludeResourceRules: Annotated[list[NamedRuleWithOperations], Atomic()]
    matchPolicy: str | None
    namespaceSelector: LabelSelector
    objectSelector: LabelSelector
    resourceRules: Annotated[list[NamedRuleWithOperations], Atomic()]


@struct(atomic=True)
class NamedRuleWithOperations(TypedDict, total=False):
    apiGroups: Annotated[list[str], Atomic()]
    apiVersions: Annotated[list[str], Atomic()]
    operations: Annotated[list[str], Atomic()]
    resourceNames: Annotated[list[str], Atomic()]
    resources: Annotated[list[str], Atomic()]
    scope: str | None
