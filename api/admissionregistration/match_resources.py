"""Match resources: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.schema.marks import Atomic, struct


@struct(atomic=True)
class MatchResources(TypedDict, total=False):
    """Which requests an admission policy is for."""

    excludeResourceRules: Annotated[list[NamedRuleWithOperations], Atomic()]
    "Rules for requests that it is not for. They outrank resourceRules."
    matchPolicy: str | None
    "Equivalent to match a request by other versions of its resource too, which is the default, or Exact."
    namespaceSelector: LabelSelector
    "The labels of the objects' namespaces; all namespaces by default."
    objectSelector: LabelSelector
    "The labels that the object has, or had before; all objects by default."
    resourceRules: Annotated[list[NamedRuleWithOperations], Atomic()]
    "Rules for the requests that it is for, of which one is enough."


@struct(atomic=True)
class NamedRuleWithOperations(TypedDict, total=False):
    """A rule for requests, which can name single objects."""

    apiGroups: Annotated[list[str], Atomic()]
    "The API groups of the resources; * for all."
    apiVersions: Annotated[list[str], Atomic()]
    "The versions of the API; * for all."
    operations: Annotated[list[str], Atomic()]
    "CREATE, UPDATE, DELETE, CONNECT, or * for all."
    resourceNames: Annotated[list[str], Atomic()]
    "The names of the objects that are meant; all of them if empty."
    resources: Annotated[list[str], Atomic()]
    "The resources, such as pods, pods/log, pods/* or */scale; * for all without their subresources."
    scope: str | None
    "Cluster, Namespaced, or * for both, which is the default."
