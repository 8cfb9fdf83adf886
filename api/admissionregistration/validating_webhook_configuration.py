"""Validating webhook configuration: the shape on the wire. Defaults and rules are in `webhook_validation`."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_condition import MatchCondition
from pybernetes.api.admissionregistration.rule_with_operations import RuleWithOperations
from pybernetes.api.admissionregistration.webhook_client_config import WebhookClientConfig
from pybernetes.api.admissionregistration.webhook_validation import COLUMNS, set_defaults, validate
from pybernetes.api.definition import Definition
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ValidatingWebhookConfiguration(TypedDict, total=False):
    """HTTPS services that are asked whether requests may be carried out."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    webhooks: Annotated[list[ValidatingWebhook], ListMap("name"), PatchMerge("name")]
    "The services and what each is asked about."


class ValidatingWebhook(TypedDict, total=False):
    """A service that is asked whether requests may be carried out."""

    admissionReviewVersions: Required[Annotated[list[str], Atomic()]]
    "The versions of AdmissionReview that the service understands, the best first."
    clientConfig: Required[Annotated[WebhookClientConfig, Always()]]
    "Where the service is."
    failurePolicy: str | None
    "Fail to refuse a request when the service does not answer, which is the default, or Ignore to let it pass."
    matchConditions: Annotated[list[MatchCondition], ListMap("name"), PatchMerge("name")]
    "Expressions, all of which a request must meet for the service to be asked."
    matchPolicy: str | None
    "Equivalent to match a request by other versions of its resource too, which is the default, or Exact."
    name: Required[str]
    "The webhook's name, as a domain."
    namespaceSelector: LabelSelector
    "The labels of the objects' namespaces; all namespaces by default."
    objectSelector: LabelSelector
    "The labels that the object has, or had before; all objects by default."
    rules: Annotated[list[RuleWithOperations], Atomic()]
    "Which requests the service is asked about."
    sideEffects: Required[str | None]
    "None, or NoneOnDryRun: whether the service changes anything else, so that dry runs can ask it."
    timeoutSeconds: Int32 | None
    "How many seconds the service has to answer, from 1 to 30. The default is 10."


DEFINITION = Definition(
    columns=COLUMNS,
    set_defaults=set_defaults,
    validate=validate,
    spec_fields=("webhooks",),
    allow_unconditional_update=False,
)
