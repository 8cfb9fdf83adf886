"""The OpenAPI v2 document in the binary form that kubectl asks for: gnostic's ``openapi.v2.Document``.

Each message is a table from the key that JSON has to what writes the field. Three shapes recur: an object with free
keys is a list of {name=1, value=2}; a choice (schema or boolean, parameter or reference) is a message with one of
its fields set; what JSON leaves free (extensions, defaults) is text that its reader takes for YAML, of which JSON is
a part. The document is made once and kept, so clarity comes before speed here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from pybernetes.api.object import Json
from pybernetes.api.protobuf.wire import FIXED64, VARINT, delimited, tag, varint

Write = Callable[[Any], bytes]
Fields = dict[str, Write]


def encode_document(value: Json) -> bytes:
    """The binary form of a whole document. Raises ValueError for a key that the form has no place for."""
    return _document(value)


def _text(number: int) -> Write:
    return lambda value: delimited(number, value.encode())


def _texts(number: int) -> Write:
    return lambda values: b"".join(delimited(number, value.encode()) for value in values)


def _flag(number: int) -> Write:
    return lambda value: tag(number, VARINT) + varint(value)


_integer = _flag


def _double(number: int) -> Write:
    return lambda value: tag(number, FIXED64) + struct.pack("<d", value)


def _one(number: int, write: Write) -> Write:
    return lambda value: delimited(number, write(value))


def _many(number: int, write: Write) -> Write:
    return lambda values: b"".join(delimited(number, write(value)) for value in values)


def _free(value: Any) -> bytes:
    """An Any: {yaml=2}."""
    return delimited(2, orjson.dumps(value))


def _entry(name: str, value: bytes) -> bytes:
    return delimited(1, name.encode()) + delimited(2, value)


def _named(number: int, write: Write) -> Write:
    """Free keys: a message whose field `number` repeats {name=1, value=2}."""
    return lambda values: b"".join(delimited(number, _entry(name, write(value))) for name, value in values.items())


def _message(name: str, fields: Mapping[str, Write], *, extensions: int = 0) -> Write:
    """A message of these fields; `extensions` is the number of the field that has the ``x-`` keys."""

    def write(value: Json) -> bytes:
        parts = []
        for key, item in value.items():
            field = fields.get(key)
            if field is not None:
                parts.append(field(item))
            elif extensions and key.startswith("x-"):
                parts.append(delimited(extensions, _entry(key, _free(item))))
            else:
                raise ValueError(f"{name} has no field for {key!r}")
        return b"".join(parts)

    return write


_SCHEMA_FIELDS: Fields = {
    "$ref": _text(1),
    "format": _text(2),
    "title": _text(3),
    "description": _text(4),
    "default": _one(5, _free),
    "multipleOf": _double(6),
    "maximum": _double(7),
    "exclusiveMaximum": _flag(8),
    "minimum": _double(9),
    "exclusiveMinimum": _flag(10),
    "maxLength": _integer(11),
    "minLength": _integer(12),
    "pattern": _text(13),
    "maxItems": _integer(14),
    "minItems": _integer(15),
    "uniqueItems": _flag(16),
    "maxProperties": _integer(17),
    "minProperties": _integer(18),
    "required": _texts(19),
    "enum": _many(20, _free),
    "type": lambda value: delimited(22, _texts(1)([value] if isinstance(value, str) else value)),
    "discriminator": _text(26),
    "readOnly": _flag(27),
    "externalDocs": _one(29, _message("ExternalDocs", {"description": _text(1), "url": _text(2)})),
    "example": _one(30, _free),
}
_schema = _message("Schema", _SCHEMA_FIELDS, extensions=31)


def _schema_or_flag(value: Json | bool) -> bytes:
    return _flag(2)(value) if isinstance(value, bool) else delimited(1, _schema(value))


_SCHEMA_FIELDS["additionalProperties"] = _one(21, _schema_or_flag)
_SCHEMA_FIELDS["items"] = lambda value: delimited(23, _many(1, _schema)(value if isinstance(value, list) else [value]))
_SCHEMA_FIELDS["allOf"] = _many(24, _schema)
_SCHEMA_FIELDS["properties"] = _one(25, _named(1, _schema))

_body_parameter = _message(
    "BodyParameter",
    {"description": _text(1), "name": _text(2), "in": _text(3), "required": _flag(4), "schema": _one(5, _schema)},
    extensions=6,
)


def _simple_parameter(name: str, *, numbered_from: int, extensions: int) -> Write:
    """A path or header parameter, or one in the query, whose further fields stand one number later."""
    first: Fields = {"required": _flag(1), "in": _text(2), "description": _text(3), "name": _text(4)}
    rest = ((_text, "type"), (_text, "format"), (None, "items"), (_text, "collectionFormat"), (_free, "default"),
            (_double, "maximum"), (_flag, "exclusiveMaximum"), (_double, "minimum"), (_flag, "exclusiveMinimum"),
            (_integer, "maxLength"), (_integer, "minLength"), (_text, "pattern"), (_integer, "maxItems"),
            (_integer, "minItems"), (_flag, "uniqueItems"))  # fmt: skip
    for number, (kind, key) in enumerate(rest, numbered_from):
        if kind is _free:
            first[key] = _one(number, _free)
        elif kind is not None:
            first[key] = kind(number)  # type: ignore[assignment]
    return _message(name, first, extensions=extensions)


_query_parameter = _simple_parameter("QueryParameter", numbered_from=6, extensions=23)
_path_parameter = _simple_parameter("PathParameter", numbered_from=5, extensions=22)
_header_parameter = _simple_parameter("HeaderParameter", numbered_from=5, extensions=22)
_NOT_IN_BODY = {
    "header": _one(1, _header_parameter),
    "query": _one(3, _query_parameter),
    "path": _one(4, _path_parameter),
}


def _parameter_or_reference(value: Json) -> bytes:
    return delimited(2, _text(1)(value["$ref"])) if "$ref" in value else delimited(1, _parameter(value))


def _parameter(value: Json) -> bytes:
    if value["in"] == "body":
        return delimited(1, _body_parameter(value))
    return delimited(2, _NOT_IN_BODY[value["in"]](value))


_response = _message("Response", {"description": _text(1), "schema": _one(2, _one(1, _schema))}, extensions=5)


def _response_or_reference(value: Json) -> bytes:
    return delimited(2, _text(1)(value["$ref"])) if "$ref" in value else delimited(1, _response(value))


_security_requirement = _named(1, _texts(1))
_operation = _message(
    "Operation",
    {
        "tags": _texts(1),
        "summary": _text(2),
        "description": _text(3),
        "operationId": _text(5),
        "produces": _texts(6),
        "consumes": _texts(7),
        "parameters": _many(8, _parameter_or_reference),
        "responses": _one(9, _named(1, _response_or_reference)),
        "schemes": _texts(10),
        "deprecated": _flag(11),
        "security": _many(12, _security_requirement),
    },
    extensions=13,
)
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch")
_path_item = _message(
    "PathItem",
    {
        "$ref": _text(1),
        **{verb: _one(number, _operation) for number, verb in enumerate(_VERBS, 2)},
        "parameters": _many(9, _parameter_or_reference),
    },
    extensions=10,
)
_api_key = _message("ApiKeySecurity", {"type": _text(1), "name": _text(2), "in": _text(3), "description": _text(4)})
_document = _message(
    "Document",
    {
        "swagger": _text(1),
        "info": _one(2, _message("Info", {"title": _text(1), "version": _text(2), "description": _text(3)})),
        "host": _text(3),
        "basePath": _text(4),
        "schemes": _texts(5),
        "consumes": _texts(6),
        "produces": _texts(7),
        "paths": _one(8, _named(2, _path_item)),
        "definitions": _one(9, _named(1, _schema)),
        "parameters": _one(10, _named(1, _parameter)),
        "responses": _one(11, _named(1, _response)),
        "security": _many(12, _security_requirement),
        "securityDefinitions": _one(13, _named(1, _one(2, _api_key))),
    },
    extensions=16,
)
