"""Rule with operations: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class RuleWithOperations(TypedDict, total=False):
    """A rule for requests."""

    apiGroups: Annotated[list[str], Atomic()]
    "The API groups of the resources; * for all."
    apiVersions: Annotated[list[str], Atomic()]
    "The versions of the API; * for all."
    operations: Annotated[list[str], Atomic()]
    "CREATE, UPDATE, DELETE, CONNECT, or * for all."
    resources: Annotated[list[str], Atomic()]
    "The resources, such as pods, pods/log, pods/* or */scale; * for all without their subresources."
    scope: str | None
    "Cluster, Namespaced, or * for both, which is the default."
