"""Network policy: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, IntOrString
from pybernetes.api.schema.marks import Always, Atomic, Default


class NetworkPolicy(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[NetworkPolicySpec, Always()]


class NetworkPolicySpec(TypedDict, total=False):
    egress: Annotated[list[NetworkPolicyEgressRule], Atomic()]
    ingress: Annotated[list[NetworkPolicyIngressRule], Atomic()]
    podSelector: LabelSelector
    policyTypes: Annotated[list[str], Atomic()]


class NetworkPolicyEgressRule(TypedDict, total=False):
    ports: Annotated[list[NetworkPolicyPort], Atomic()]
    to: Annotated[list[NetworkPolicyPeer], Atomic()]


class NetworkPolicyPort(TypedDict, total=False):
    endPort: Int32 | None
    port: IntOrString
    protocol: Annotated[str | None, Default("TCP")]


class NetworkPolicyPeer(TypedDict, total=False):
    ipBlock: IPBlock
    namespaceSelector: LabelSelector
    podSelector: LabelSelector


_IPBlockKeywords = TypedDict(
    "_IPBlockKeywords",
    {"except": "Annotated[list[str], Atomic()]"},
    total=False,
)


class IPBlock(_IPBlockKeywords, total=False):
    cidr: Required[str]


_NetworkPolicyIngressRuleKeywords = TypedDict(
    "_NetworkPolicyIngressRuleKeywords",
    {"from": "Annotated[list[NetworkPolicyPeer], Atomic()]"},
    total=False,
)


class NetworkPolicyIngressRule(_NetworkPolicyIngressRuleKeywords, total=False):
    ports: Annotated[list[NetworkPolicyPort], Atomic()]


DEFINITION = Definition(spec_fields=("spec",))
