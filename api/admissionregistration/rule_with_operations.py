"""Rule with operations: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class RuleWithOperations(TypedDict, total=False):
    apiGroups: Annotated[list[str], Atomic()]
    apiVersions: Annotated[list[str], Atomic()]
    operations: Annotated[list[str], Atomic()]
    resources: Annotated[list[str], Atomic()]
    scope: str | None
