"""What a resource's own handler answers, in the form that the client asked for.

Handlers of subresources and of reviews know objects only. Of their answers, a Scale has columns; anything with metadata
may be reduced to it; a Status is always sent whole. Reviews and the subresources that only do something cannot be
printed in Kubernetes, so a client that wants a Table of them and nothing else is told so before (`has_tables`).

Counterparts: AllowsMediaTypeTransform and doTransformObject of apiserver; printScale.
"""

from __future__ import annotations

import orjson

from pybernetes.api.columns import AGE, number_of
from pybernetes.api.definition import Column, Definition
from pybernetes.api.object import name_of
from pybernetes.api.resources import CREATE_ONLY, Resource
from pybernetes.apiserver.http import JSON_TYPE, Answer, Response, json_response
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import column_definitions, included_object, not_a_list, partial, table, table_row
from pybernetes.apiserver.rest.negotiation import Form, Wanted

_PRINTED_SUBRESOURCES = ("", "status", "scale")
_AS_THEY_ARE = ("Status", "Table", "PartialObjectMetadata", "PartialObjectMetadataList")
_SCALE = Definition(
    columns=(
        Column("Name", lambda scale, now: name_of(scale), description="The name of the object that has replicas."),
        Column("Desired", number_of("spec", "replicas"), "integer", description="How many replicas there shall be."),
        Column("Available", number_of("status", "replicas"), "integer", description="How many replicas there are."),
        AGE,
    )
)


def has_tables(resource: Resource, subresource: str) -> bool:
    """Whether what a path answers may be printed."""
    return subresource in _PRINTED_SUBRESOURCES and resource.verbs != CREATE_ONLY


def in_form(context: Context, answer: Answer, wanted: Wanted) -> Answer:
    """The same answer in a form other than the object's own. Raises 400, 406."""
    if not isinstance(answer, Response) or answer.content_type != JSON_TYPE:
        return answer
    value = orjson.loads(answer.body)
    if value.get("kind") in _AS_THEY_ARE or "metadata" not in value:
        return answer
    version = wanted.meta_version
    if wanted.form is Form.PARTIAL_LIST:
        raise not_a_list(context.resource)
    if wanted.form is Form.PARTIAL:
        return json_response(partial(value, version), answer.status)
    if value["kind"] != "Scale":
        return answer
    row = table_row(value, _SCALE, context.state.now(), included_object(context.request, wanted), version)
    metadata = {"resourceVersion": value["metadata"].get("resourceVersion", "")}
    return json_response(table([row], metadata, column_definitions(_SCALE), version), answer.status)
