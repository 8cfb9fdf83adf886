"""Network policy: the shape on the wire, its defaults and columns. The rules are in `network_policy_validation`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE
from pybernetes.api.definition import Column, Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.networking.network_policy_validation import validate
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, IntOrString
from pybernetes.api.schema.marks import Always, Atomic, Default, Doc
from pybernetes.api.selectors import format_label_selector


class NetworkPolicy(TypedDict, total=False):
    """Which traffic is allowed to and from some pods."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[NetworkPolicySpec, Always()]
    "Which pods, and which traffic."


class NetworkPolicySpec(TypedDict, total=False):
    """Which pods a policy is for, and which traffic it allows."""

    egress: Annotated[list[NetworkPolicyEgressRule], Atomic()]
    "What the pods may connect to. With policy type Egress and no rules, nothing."
    ingress: Annotated[list[NetworkPolicyIngressRule], Atomic()]
    "What may connect to the pods. With policy type Ingress and no rules, nothing."
    podSelector: Annotated[LabelSelector, Always()]
    "The pods that the policy is for; all of the namespace if it is empty."
    policyTypes: Annotated[list[str], Atomic()]
    "Ingress, Egress or both: which directions are restricted. The default is Ingress, and Egress if it has rules."


class NetworkPolicyEgressRule(TypedDict, total=False):
    """Connections that pods may open: those to one of the peers on one of the ports."""

    ports: Annotated[list[NetworkPolicyPort], Atomic()]
    "The ports; any if there are none."
    to: Annotated[list[NetworkPolicyPeer], Atomic()]
    "The peers; any if there are none."


class NetworkPolicyPort(TypedDict, total=False):
    """A port, or a range of ports."""

    endPort: Int32 | None
    "The last port of a range that begins with port."
    port: IntOrString
    "The port, by number or by name; all ports if not set."
    protocol: Annotated[str | None, Default("TCP")]
    "The transport protocol: TCP, UDP or SCTP."


class NetworkPolicyPeer(TypedDict, total=False):
    """Who is at the other end: pods, or a range of addresses."""

    ipBlock: IPBlock
    "A range of addresses. Not together with the others."
    namespaceSelector: LabelSelector
    "The namespaces of the pods; that of the policy if not set, all if it is empty."
    podSelector: LabelSelector
    "The pods, within those namespaces; all of them if not set."


_IPBlockKeywords = TypedDict(
    "_IPBlockKeywords",
    {"except": "Annotated[list[str], Atomic(), Doc('Prefixes within cidr that are left out.')]"},
    total=False,
)


class IPBlock(_IPBlockKeywords, total=False):
    """A range of addresses."""

    cidr: Required[str]
    "The addresses, as a prefix such as 10.0.0.0/8."


_NetworkPolicyIngressRuleKeywords = TypedDict(
    "_NetworkPolicyIngressRuleKeywords",
    {"from": "Annotated[list[NetworkPolicyPeer], Atomic(), Doc('The peers; any if there are none.')]"},
    total=False,
)


class NetworkPolicyIngressRule(_NetworkPolicyIngressRuleKeywords, total=False):
    """Connections that pods may receive: those from one of the peers on one of the ports."""

    ports: Annotated[list[NetworkPolicyPort], Atomic()]
    "The ports; any if there are none."


def _set_defaults(policy: Json) -> None:
    """A policy that does not say so is about what comes in, and about what goes out if it has rules for that."""
    spec = policy.get("spec")
    if spec is not None and not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _selector(policy: Json, now: datetime) -> str:
    return format_label_selector((policy.get("spec") or {}).get("podSelector") or {}) or NONE


DEFINITION = Definition(
    columns=(NAME, Column("Pod-Selector", _selector, description="The labels of the pods that it is for."), AGE),
    set_defaults=_set_defaults,
    validate=validate,
    spec_fields=("spec",),
)
