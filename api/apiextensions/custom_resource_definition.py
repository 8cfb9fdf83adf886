"""Custom resource definition: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apiextensions.validation import (
    prepare_create,
    prepare_update,
    set_defaults,
    validate,
    validate_status,
    validate_update,
)
from pybernetes.api.columns import CREATED_AT, NAME
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import AnyValue, Base64, Double, Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class CustomResourceDefinition(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[CustomResourceDefinitionSpec, Always()]]
    status: Annotated[CustomResourceDefinitionStatus, Always()]


class CustomResourceDefinitionSpec(TypedDict, total=False):
    conversion: CustomResourceConversion
    group: Required[str]
    names: Required[Annotated[CustomResourceDefinitionNames, Always()]]
    preserveUnknownFields: bool
    scope: Required[str]
    versions: Required[Annotated[list[CustomResourceDefinitionVersion], Atomic()]]


class CustomResourceConversion(TypedDict, total=False):
    strategy: Required[str]
    webhook: WebhookConversion


class WebhookConversion(TypedDict, total=False):
    clientConfig: WebhookClientConfig
    conversionReviewVersions: Required[Annotated[list[str], Atomic()]]


class WebhookClientConfig(TypedDict, total=False):
    caBundle: Base64
    service: ServiceReference
    url: str | None


class ServiceReference(TypedDict, total=False):
    name: Required[str]
    namespace: Required[str]
    path: str | None
    port: Int32 | None


class CustomResourceDefinitionNames(TypedDict, total=False):
    kind: Required[str]
    categories: Annotated[list[str], Atomic()]
    listKind: str
    plural: Required[str]
    shortNames: Annotated[list[str], Atomic()]
    singular: str


class CustomResourceDefinitionVersion(TypedDict, total=False):
    additionalPrinterColumns: Annotated[list[CustomResourceColumnDefinition], Atomic()]
    deprecated: bool
    deprecationWarning: str | None
    name: Required[str]
    schema: CustomResourceValidation
    selectableFields: Annotated[list[SelectableField], Atomic()]
    served: Required[bool]
    storage: Required[bool]
    subresources: CustomResourceSubresources


class CustomResourceColumnDefinition(TypedDict, total=False):
    description: str
    format: str
    jsonPath: Required[str]
    name: Required[str]
    priority: Int32
    type: Required[str]


class CustomResourceValidation(TypedDict, total=False):
    openAPIV3Schema: JSONSchemaProps


_JSONSchemaPropsKeywords = TypedDict(
    "_JSONSchemaPropsKeywords",
    {
        "$ref": "str",
        "$schema": "str",
        "not": "JSONSchemaProps",
        "x-kubernetes-embedded-resource": "bool",
        "x-kubernetes-int-or-string": "bool",
        "x-kubernetes-list-map-keys": "Annotated[list[str], Atomic()]",
        "x-kubernetes-list-type": "str | None",
        "x-kubernetes-map-type": "str | None",
        "x-kubernetes-preserve-unknown-fields": "bool | None",
        "x-kubernetes-validations": 'Annotated[list[ValidationRule], ListMap("rule"), PatchMerge("rule")]',
    },
    total=False,
)


class JSONSchemaProps(_JSONSchemaPropsKeywords, total=False):
    additionalItems: JSONSchemaProps | bool
    additionalProperties: JSONSchemaProps | bool
    allOf: Annotated[list[JSONSchemaProps], Atomic()]
    anyOf: Annotated[list[JSONSchemaProps], Atomic()]
    default: AnyValue
    definitions: dict[str, JSONSchemaProps]
    dependencies: dict[str, JSONSchemaProps | list[str]]
    description: str
    enum: Annotated[list[AnyValue], Atomic()]
    example: AnyValue
    exclusiveMaximum: bool
    exclusiveMinimum: bool
    externalDocs: ExternalDocumentation
    format: str
    id: str
    items: JSONSchemaProps | list[JSONSchemaProps]
    maxItems: Int64 | None
    maxLength: Int64 | None
    maxProperties: Int64 | None
    maximum: Double | None
    minItems: Int64 | None
    minLength: Int64 | None
    minProperties: Int64 | None
    minimum: Double | None
    multipleOf: Double | None
    nullable: bool
    oneOf: Annotated[list[JSONSchemaProps], Atomic()]
    pattern: str
    patternProperties: dict[str, JSONSchemaProps]
    properties: dict[str, JSONSchemaProps]
    required: Annotated[list[str], Atomic()]
    title: str
    type: str
    uniqueItems: bool


class ExternalDocumentation(TypedDict, total=False):
    description: str
    url: str


class ValidationRule(TypedDict, total=False):
    fieldPath: str
    message: str
    messageExpression: str
    optionalOldSelf: bool | None
    reason: str | None
    rule: Required[str]


class SelectableField(TypedDict, total=False):
    jsonPath: Required[str]


class CustomResourceSubresources(TypedDict, total=False):
    status: CustomResourceSubresourceStatus
    scale: CustomResourceSubresourceScale


class CustomResourceSubresourceScale(TypedDict, total=False):
    labelSelectorPath: str | None
    specReplicasPath: Required[str]
    statusReplicasPath: Required[str]


class CustomResourceSubresourceStatus(TypedDict, total=False):
    pass


class CustomResourceDefinitionStatus(TypedDict, total=False):
    acceptedNames: Annotated[CustomResourceDefinitionNames, Always()]
    conditions: Annotated[list[CustomResourceDefinitionCondition], ListMap("type")]
    observedGeneration: Int64
    storedVersions: Annotated[list[str], Atomic()]


class CustomResourceDefinitionCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    observedGeneration: Int64
    reason: str
    type: Required[str]


DEFINITION = Definition(
    columns=(NAME, CREATED_AT),
    set_defaults=set_defaults,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    validate_status=validate_status,
    spec_fields=("spec",),
    qualified_finalizers=False,
)
