"""Custom resource definition: the shape on the wire, its columns. The rules are in `validation`."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apiextensions.validation import (
    prepare_create,
    prepare_update,
    set_defaults,
    validate,
    validate_update,
)
from pybernetes.api.columns import CREATED_AT, NAME
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import AnyValue, Base64, Double, Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Atomic, Doc, ListMap, PatchMerge


class CustomResourceDefinition(TypedDict, total=False):
    """A kind of object of your own, which the API server serves beside its own kinds."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has. The name is plural.group."
    spec: Required[Annotated[CustomResourceDefinitionSpec, Always()]]
    "How the kind is called, and what its objects are like."
    status: Annotated[CustomResourceDefinitionStatus, Always()]
    "Whether the kind is served."


class CustomResourceDefinitionSpec(TypedDict, total=False):
    """How a kind is called, and what its objects are like."""

    conversion: CustomResourceConversion
    "How objects are brought from one version to another."
    group: Required[str]
    "The API group of the kind, such as example.com. It stands in paths and cannot change."
    names: Required[Annotated[CustomResourceDefinitionNames, Always()]]
    "What the kind and its resource are called."
    preserveUnknownFields: bool
    "Old form of x-kubernetes-preserve-unknown-fields; has to be false."
    scope: Required[str]
    "Cluster, or Namespaced if objects are in namespaces."
    versions: Required[Annotated[list[CustomResourceDefinitionVersion], Atomic()]]
    "The versions of the kind."


class CustomResourceConversion(TypedDict, total=False):
    """How objects are brought from one version to another."""

    strategy: Required[str]
    "None to change the apiVersion only, Webhook to ask a service."
    webhook: WebhookConversion
    "The service, for the strategy Webhook."


class WebhookConversion(TypedDict, total=False):
    """A service that converts objects between versions."""

    clientConfig: WebhookClientConfig
    "Where the service is."
    conversionReviewVersions: Required[Annotated[list[str], Atomic()]]
    "The versions of ConversionReview that the service understands, the best first."


class WebhookClientConfig(TypedDict, total=False):
    """Where a service is that converts objects: a service of the cluster, or a URL."""

    caBundle: Base64
    "The certificates, in PEM and base64, that vouch for the service; those of the system by default."
    service: ServiceReference
    "A service of the cluster."
    url: str | None
    "An HTTPS URL, in place of a service, without user, query or fragment."


class ServiceReference(TypedDict, total=False):
    """A service of the cluster."""

    name: Required[str]
    "The name of the service."
    namespace: Required[str]
    "The namespace of the service."
    path: str | None
    "The path of the URL."
    port: Int32 | None
    "The port of the service. The default is 443."


class CustomResourceDefinitionNames(TypedDict, total=False):
    """What a kind and its resource are called."""

    kind: Required[str]
    "The kind of the objects, in CamelCase and singular."
    categories: Annotated[list[str], Atomic()]
    "Names for several resources at a time that this one belongs to, such as all."
    listKind: str
    "The kind of a list of the objects. The default is the kind and List."
    plural: Required[str]
    "The name of the resource in paths, in lower case."
    shortNames: Annotated[list[str], Atomic()]
    "Shorter names for people."
    singular: str
    "The name of a single one. The default is the kind in lower case."


class CustomResourceDefinitionVersion(TypedDict, total=False):
    """One version of a kind."""

    additionalPrinterColumns: Annotated[list[CustomResourceColumnDefinition], Atomic()]
    "What tables show beside the name. The default is the age."
    deprecated: bool
    "Whether clients that use the version are warned."
    deprecationWarning: str | None
    "What they are told. There is a default text."
    name: Required[str]
    "The version, such as v1 or v1beta1."
    schema: CustomResourceValidation
    "What objects of the version must be like."
    selectableFields: Annotated[list[SelectableField], Atomic()]
    "Fields that field selectors may name, 8 at most."
    served: Required[bool]
    "Whether requests may use the version."
    storage: Required[bool]
    "Whether objects are stored in this version. It holds for exactly one."
    subresources: CustomResourceSubresources
    "Parts of the objects that have paths of their own."


class CustomResourceColumnDefinition(TypedDict, total=False):
    """A column of the tables that show objects."""

    description: str
    "What the column tells."
    format: str
    "What the value is, more closely: name, date, int32 and the like."
    jsonPath: Required[str]
    "Where in the object the value is."
    name: Required[str]
    "The heading of the column."
    priority: Int32
    "With 0 it is always shown, with more in wide tables only."
    type: Required[str]
    "What the value is: string, integer, number, boolean or date."


class CustomResourceValidation(TypedDict, total=False):
    """What objects must be like."""

    openAPIV3Schema: JSONSchemaProps
    "The schema of the whole object."


_JSONSchemaPropsKeywords = TypedDict(
    "_JSONSchemaPropsKeywords",
    {
        "$ref": "Annotated[str, Doc('Not supported: a schema elsewhere.')]",
        "$schema": "Annotated[str, Doc('Which kind of schema this is; ignored.')]",
        "not": "Annotated[JSONSchemaProps, Doc('A schema that must not hold.')]",
        "x-kubernetes-embedded-resource": "Annotated[bool, "
        "Doc('Whether the value is a whole object, with apiVersion, kind and metadata.')]",
        "x-kubernetes-int-or-string": "Annotated[bool, Doc('Whether the value is an integer or a string.')]",
        "x-kubernetes-list-map-keys": "Annotated[list[str], Atomic(), "
        "Doc('The fields that tell the items of a list of type map apart.')]",
        "x-kubernetes-list-type": "Annotated[str | None, "
        "Doc('How lists are merged: atomic as a whole, set as distinct values, map by keys.')]",
        "x-kubernetes-map-type": "Annotated[str | None, "
        "Doc('How objects are merged: granular by field, which is the default, or atomic as a whole.')]",
        "x-kubernetes-preserve-unknown-fields": "Annotated[bool | None, "
        "Doc('Whether fields that the schema does not name are kept.')]",
        "x-kubernetes-validations": "Annotated[list[ValidationRule], ListMap('rule'), PatchMerge('rule'), "
        "Doc('CEL expressions that the value must satisfy.')]",
    },
    total=False,
)


class JSONSchemaProps(_JSONSchemaPropsKeywords, total=False):
    """A schema: what a value must be like."""

    additionalItems: JSONSchemaProps | bool
    "Not supported: items of an array are all alike."
    additionalProperties: JSONSchemaProps | bool
    "What values under any other name must be like. It makes an object a map."
    allOf: Annotated[list[JSONSchemaProps], Atomic()]
    "Schemas of which all must hold."
    anyOf: Annotated[list[JSONSchemaProps], Atomic()]
    "Schemas of which one at least must hold."
    default: AnyValue
    "The value of a field that is not set."
    definitions: dict[str, JSONSchemaProps]
    "Not supported: schemas that others refer to."
    dependencies: dict[str, JSONSchemaProps | list[str]]
    "Not supported: what must hold if a field is set."
    description: str
    "What the value means."
    enum: Annotated[list[AnyValue], Atomic()]
    "The values that there are."
    example: AnyValue
    "An example of a value."
    exclusiveMaximum: bool
    "Whether the value must be below maximum, not equal to it."
    exclusiveMinimum: bool
    "Whether the value must be above minimum, not equal to it."
    externalDocs: ExternalDocumentation
    "Where more is written about the value."
    format: str
    "What a string or a number is, more closely: date-time, email, uuid, int32 and the like."
    id: str
    "Not supported: a name for the schema."
    items: JSONSchemaProps | list[JSONSchemaProps]
    "What the items of an array must be like."
    maxItems: Int64 | None
    "The most items that an array may have."
    maxLength: Int64 | None
    "The most characters that a string may have."
    maxProperties: Int64 | None
    "The most fields that an object may have."
    maximum: Double | None
    "The largest value of a number."
    minItems: Int64 | None
    "The fewest items that an array may have."
    minLength: Int64 | None
    "The fewest characters that a string may have."
    minProperties: Int64 | None
    "The fewest fields that an object may have."
    minimum: Double | None
    "The smallest value of a number."
    multipleOf: Double | None
    "What a number must be a multiple of."
    nullable: bool
    "Whether the value may be null."
    oneOf: Annotated[list[JSONSchemaProps], Atomic()]
    "Schemas of which exactly one must hold."
    pattern: str
    "A regular expression that a string must match."
    patternProperties: dict[str, JSONSchemaProps]
    "Not supported: what fields must be like whose name matches."
    properties: dict[str, JSONSchemaProps]
    "What the fields of an object must be like, by name."
    required: Annotated[list[str], Atomic()]
    "The fields that an object must have."
    title: str
    "A heading for the value."
    type: str
    "What the value is: object, array, string, integer, number or boolean."
    uniqueItems: bool
    "Whether no two items of an array may be equal; cannot be true."


class ExternalDocumentation(TypedDict, total=False):
    """Where more is written."""

    description: str
    "What is found there."
    url: str
    "The address."


class ValidationRule(TypedDict, total=False):
    """A CEL expression that a value must satisfy."""

    fieldPath: str
    "The field that an error names, from here, such as .spec.size. The default is the value itself."
    message: str
    "What the client is told when it does not hold."
    messageExpression: str
    "A CEL expression that gives the message. It outranks message."
    optionalOldSelf: bool | None
    "Whether a rule about changes also holds for new values, where oldSelf is then optional."
    reason: str | None
    "FieldValueInvalid (the default), FieldValueForbidden, FieldValueRequired or FieldValueDuplicate."
    rule: Required[str]
    "The expression. It sees self, and oldSelf if it is about changes."


class SelectableField(TypedDict, total=False):
    """A field that field selectors may name."""

    jsonPath: Required[str]
    "Where the field is, such as .spec.color."


class CustomResourceSubresources(TypedDict, total=False):
    """Parts of objects that have paths of their own."""

    status: CustomResourceSubresourceStatus
    "Whether the status has a path of its own: only that path changes it then."
    scale: CustomResourceSubresourceScale
    "Where the number of replicas is, for autoscalers and kubectl scale."


class CustomResourceSubresourceScale(TypedDict, total=False):
    """Where an object has its number of replicas."""

    labelSelectorPath: str | None
    "Where the status has the selector of the pods, as text. Autoscalers need it."
    specReplicasPath: Required[str]
    "Where the wanted number is, below .spec."
    statusReplicasPath: Required[str]
    "Where the actual number is, below .status."


class CustomResourceSubresourceStatus(TypedDict, total=False):
    """The status as a part with a path of its own. It has no settings."""


class CustomResourceDefinitionStatus(TypedDict, total=False):
    """Whether a kind is served."""

    acceptedNames: Annotated[CustomResourceDefinitionNames, Always()]
    "The names that are in use. They may differ from the spec if others have them."
    conditions: Annotated[list[CustomResourceDefinitionCondition], ListMap("type"), Always()]
    "What is known of the definition: NamesAccepted, Established, Terminating and the like."
    observedGeneration: Int64
    "The generation of the spec that the status is about."
    storedVersions: Annotated[list[str], Atomic(), Always()]
    "The versions that objects were ever stored in. One that is here cannot leave the spec."


class CustomResourceDefinitionCondition(TypedDict, total=False):
    """One aspect of a definition's state."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    observedGeneration: Int64
    "The generation of the spec that the condition is about."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect, such as Established."


DEFINITION = Definition(
    columns=(NAME, CREATED_AT),
    set_defaults=set_defaults,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    spec_fields=("spec",),
    qualified_finalizers=False,
    allow_unconditional_update=False,
)
