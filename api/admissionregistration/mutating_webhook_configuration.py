"""Mutating webhook configuration: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_condition import MatchCondition
from pybernetes.api.admissionregistration.rule_with_operations import RuleWithOperations
from pybernetes.api.admissionregistration.webhook_client_config import WebhookClientConfig
from pybernetes.api.definition import Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class MutatingWebhookConfiguration(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    webhooks: Annotated[list[MutatingWebhook], ListMap("name"), PatchMerge("name")]


class MutatingWebhook(TypedDict, total=False):
    admissionReviewVersions: Required[Annotated[list[str], Atomic()]]
    clientConfig: Required[Annotated[WebhookClientConfig, Always()]]
    failurePolicy: str | None
    matchConditions: Annotated[list[MatchCondition], ListMap("name"), PatchMerge("name")]
    matchPolicy: str | None
    name: Required[str]
    namespaceSelector: LabelSelector
    objectSelector: LabelSelector
    reinvocationPolicy: str | None
    rules: Annotated[list[RuleWithOperations], Atomic()]
    sideEffects: Required[str | None]
    timeoutSeconds: Int32 | None


DEFINITION = Definition(spec_fields=("webhooks",))
