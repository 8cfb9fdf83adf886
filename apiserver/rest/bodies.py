"""From a request's body to an object of the resource's shape."""

from __future__ import annotations

from typing import Any

import orjson

from pybernetes.api.definition import Definition
from pybernetes.api.errors import bad_request, failure, unsupported_media_type
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.api.schema.decode import DecodeError, Decoder
from pybernetes.apiserver.http import Request

PROTOBUF = "application/vnd.kubernetes.protobuf"
MEDIA_TYPES = ("application/json", "application/yaml", PROTOBUF)


def media_type(request: Request) -> str:
    """The body's media type, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_object(request: Request) -> Json:
    """The body as a JSON object. Raises 415 for a type we do not read, 400 for one that is malformed."""
    kind = media_type(request) or "application/json"
    if kind == "application/json":
        value = parse_json(request.body)
    elif kind == "application/yaml":
        value = parse_yaml(request.body)
    elif kind == PROTOBUF:
        value = parse_protobuf(request.body)
    else:
        raise unsupported_media_type(MEDIA_TYPES)
    if not isinstance(value, dict):
        raise bad_request(
            "couldn't get version/kind; json parse error: json: cannot unmarshal "
            f"{'array' if isinstance(value, list) else type(value).__name__} into Go value of type struct "
            '{ APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        )
    return value


def parse_json(body: bytes) -> Any:
    """Raises 400."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"the object provided is unrecognized (must be of type application/json): {error}") from None


def parse_protobuf(body: bytes) -> Json:
    """An object of a built-in kind. Raises 400, and 415 for a custom resource: it has no form in protobuf."""
    from pybernetes.api.protobuf.codec import decode
    from pybernetes.api.protobuf.kinds import UnknownKind

    try:
        return decode(body)
    except UnknownKind as error:
        if error.has_other_form:
            raise unsupported_media_type(("application/json", "application/yaml")) from None
        raise bad_request(str(error)) from None
    except ValueError as error:
        raise bad_request(f"the object provided is unrecognized (must be of type {PROTOBUF}): {error}") from None


def parse_yaml(body: bytes) -> Any:
    """One YAML document of plain values. Raises 400."""
    import yaml

    from pybernetes.apiserver.rest.plain_yaml import load_plain

    try:
        return load_plain(body)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(f"error converting YAML to JSON: {error}") from None


def check_type(obj: Json, resource_version: str, kind: str) -> None:
    """The object's apiVersion and kind are the resource's; what the body leaves out is understood. Raises 400."""
    found_kind = obj.setdefault("kind", kind) or kind
    found_version = obj.setdefault("apiVersion", resource_version) or resource_version
    obj["kind"], obj["apiVersion"] = found_kind, found_version
    if found_version != resource_version:
        raise bad_request(
            f"the API version in the data ({found_version}) does not match "
            f"the expected API version ({resource_version})"
        )
    if found_kind != kind:
        raise bad_request(
            f'{found_kind} in version "{str(found_version).rpartition("/")[2]}" cannot be handled as a {kind}: '
            f"the kind in the data does not match the expected kind"
        )


def decode_object(request: Request, obj: Json, resource: Resource, definition: Definition) -> Json:
    """The object in the resource's shape, with defaults. Unknown fields do what ``fieldValidation`` says."""
    result = decode_as(request, obj, definition.decoder, resource.kind, resource.version)
    definition.set_defaults(result)
    return result


def decode_as(request: Request, obj: Json, decoder: Decoder, kind: str, version: str) -> Json:
    """Decode into any shape. Raises 400; unknown fields warn, fail or are ignored as ``fieldValidation`` says."""
    try:
        result, unknown = decoder.decode(obj)
    except DecodeError as error:
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {error}') from None
    except RecursionError:
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: exceeded max depth') from None
    if unknown:
        _report_unknown(request, unknown, kind, version)
    return result


def _report_unknown(request: Request, unknown: list[str], kind: str, version: str) -> None:
    validation = request.query.get("fieldValidation") or "Warn"
    if validation not in ("Ignore", "Warn", "Strict"):
        raise failure(
            422,
            "Invalid",
            f' "" is invalid: fieldValidation: Unsupported value: "{validation}": supported values: '
            '"Ignore", "Strict", "Warn"',
        )
    problems = [f'unknown field "{path}"' for path in unknown]
    if validation == "Strict":
        joined = ", ".join(problems)
        raise bad_request(
            f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {joined}'
        )
    if validation == "Warn":
        request.warnings.extend(problems)
