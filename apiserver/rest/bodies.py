"""From a request's body to an object of the resource's shape."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import orjson

from pybernetes.api.definition import Definition
from pybernetes.api.errors import APIError, bad_request, invalid, unsupported_media_type
from pybernetes.api.field import ErrorList
from pybernetes.api.json_syntax import key_paths, number_as_written, syntax_error
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource, resource_for_kind
from pybernetes.api.schema.decode import DecodeError, Decoder
from pybernetes.api.schema.names import json_type
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.rest.negotiation import JSON, MEDIA_TYPES, PROTOBUF, YAML

_SUMMARY_BYTES = 30
_REMEMBERED_TYPES = 256
_MAX_PROBLEMS = 100  # as many as Kubernetes' decoder collects
_SCHEME = "pkg/api/legacyscheme/scheme.go:30"  # where Kubernetes' scheme is made: its errors say so


def media_type(request: Request) -> str:
    """The body's media type, without parameters, in lower case."""
    return _media_type(request.headers.get("content-type", ""))


@lru_cache(_REMEMBERED_TYPES)
def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def read_resource(request: Request, resource: Resource) -> Json:
    """The body as an object of the resource. Raises 400, 415, and 422 for another kind in place of a custom one."""
    obj = _read_typed(request, resource.kind)
    if not resource.is_built_in:
        _check_custom(request, obj, resource)
    check_type(obj, resource.api_version, resource.kind)
    return obj


def _check_custom(request: Request, obj: Json, resource: Resource) -> None:
    """A custom resource says of what kind it is. Raises 400."""
    kind = resource.kind
    if not obj.get("kind"):
        text = request.body if media_type(request) != YAML else orjson.dumps(obj)
        raise bad_request(
            f'{kind} in version "{resource.version}" cannot be handled as a {kind}: '
            f"Object 'Kind' is missing in '{text.decode('utf-8', 'replace')}'"
        )


def read_as(request: Request, api_version: str, kind: str) -> Json:
    """The body as a JSON object of this kind. Raises 400, 415."""
    obj = _read_typed(request, kind)
    check_type(obj, api_version, kind)
    return obj


def _read_typed(request: Request, kind: str) -> Json:
    """The body as a JSON object whose kind and apiVersion are text, if it has them. Raises 400, 415."""
    obj = read_object(request, kind)
    for field in ("apiVersion", "kind"):
        value = obj.get(field)
        if value is not None and not isinstance(value, str):
            raise _unrecognized(
                f"couldn't get version/kind; json parse error: json: cannot unmarshal {json_type(value)} "
                f"into Go struct field .{field} of type string",
                request.body,
                kind,
            )
    return obj


def read_object(request: Request, kind: str) -> Json:
    """The body as a JSON object, of this kind if it does not say. Raises 415 for a type we do not read, 400 for one
    that is malformed.
    """
    media, body = media_type(request) or JSON, request.body
    if media == JSON:
        value = _from_json(request, body, kind)
    elif media == YAML:
        value = _from_yaml(request, body, kind)
    elif media == PROTOBUF:
        return parse_protobuf(body, kind)
    else:
        raise unsupported_media_type(MEDIA_TYPES)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise _unrecognized(
            f"couldn't get version/kind; json parse error: json: cannot unmarshal {json_type(value)} into Go value of "
            'type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string '
            '"json:\\"kind,omitempty\\"" }',
            body,
            kind,
        )
    return value


def _from_json(request: Request, body: bytes, kind: str) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        value = parse_leniently(body)
        if value is _NO_JSON:
            why = syntax_error(body) or str(error)
            raise _unrecognized(f"couldn't get version/kind; json parse error: {why}", body, kind) from None
    if validation_of(request) != "Ignore" and may_repeat_keys(body, value):
        request.repeated = key_paths(body)
    return value


def may_repeat_keys(body: bytes, value: Any) -> bool:
    """Whether a key may be given twice in an object: the text then has more of them than the value.

    Most clients write as densely as we do, with a line's end at most: then the two are the same.
    """
    try:
        written = orjson.dumps(value)
    except TypeError:
        return False  # nested too deep to be written: it is refused further on
    if len(body) - len(written) in (0, 1) and body.startswith(written):
        return False
    return body.count(b'":') != written.count(b'":')


_NO_JSON: Any = object()


def parse_leniently(body: bytes) -> Any:
    """JSON as Go reads it: what is no UTF-8 in a text, or half a surrogate pair, becomes U+FFFD."""
    try:
        return _clean(json.loads(body.decode("utf-8", "replace"), parse_constant=_refuse_constant, parse_int=_integer))
    except (ValueError, RecursionError):
        return _NO_JSON


def _integer(text: str) -> int | float:
    value = int(text) if len(text) < 24 else float(text)
    return value if -(1 << 63) <= value < 1 << 64 else float(value)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _clean(value: Any) -> Any:
    """Without halves of surrogate pairs."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _unrecognized(why: str, body: bytes, kind: str) -> APIError:
    return bad_request(f"the object provided is unrecognized (must be of type {kind}): {why} ({_summary(body)})")


def parse_patch(request: Request) -> Any:
    """The body of a patch. Raises 400."""
    body = request.body
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        value = parse_leniently(body)
        if value is _NO_JSON:
            raise bad_request(f"error decoding patch: {syntax_error(body) or error}") from None
    if validation_of(request) != "Ignore" and may_repeat_keys(body, value):
        request.repeated = key_paths(body)
    return value


def _summary(body: bytes) -> str:
    if not body:
        return "<empty>"
    shown = body[:_SUMMARY_BYTES]
    text = shown.decode("utf-8", "replace") if body.startswith(b"{") else shown.hex()
    return f"{text} ..." if len(body) > _SUMMARY_BYTES else text


def parse_protobuf(body: bytes, kind: str) -> Json:
    """An object of a built-in kind. Raises 400, and 415 for a custom resource: it has no form in protobuf."""
    from pybernetes.api.protobuf.codec import decode
    from pybernetes.api.protobuf.kinds import UnknownKind

    try:
        return decode(body)
    except UnknownKind as error:
        if error.has_other_form:
            raise unsupported_media_type((JSON, YAML)) from None
        raise bad_request(str(error)) from None
    except ValueError as error:
        raise _unrecognized(str(error), body, kind) from None


def _from_yaml(request: Request, body: bytes, kind: str) -> Any:
    import yaml

    from pybernetes.apiserver.rest.plain_yaml import go_yaml_error, load_plain

    try:
        value, repeated = load_plain(body)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _unrecognized(go_yaml_error(error, body), body, kind) from None
    request.repeated_in_yaml = repeated
    return value


def check_type(obj: Json, api_version: str, kind: str) -> None:
    """The object's apiVersion and kind are the resource's; what the body leaves out is understood. Raises 400, 422."""
    found_kind, found_version = obj.get("kind") or kind, obj.get("apiVersion") or api_version
    obj["kind"], obj["apiVersion"] = found_kind, found_version
    if found_kind == kind and found_version == api_version:
        return
    known = resource_for_kind(found_version, found_kind)
    if known is not None and found_kind == kind:
        raise bad_request(
            f"the API version in the data ({found_version}) does not match the expected API version ({api_version})"
        )
    if "." in api_version and resource_for_kind(api_version, kind) is None:  # a custom resource
        if found_version == api_version:
            raise _of_another_kind(obj, api_version, kind)
        raise bad_request(
            f"the API version in the data ({found_version}) does not match the expected API version ({api_version})"
        )
    version = found_version.rpartition("/")[2]
    why = cannot_become(found_version, found_kind, api_version, kind)
    raise bad_request(f'{found_kind} in version "{version}" cannot be handled as a {kind}: {why}')


def _of_another_kind(obj: Json, api_version: str, kind: str) -> APIError:
    """The error of a custom resource of the right group: its kind is a field like any other."""
    errors = ErrorList()
    errors.invalid("kind", obj["kind"], f"must be {kind}")
    metadata = obj.get("metadata")
    name = str(metadata.get("name") or "") if isinstance(metadata, dict) else ""
    return invalid(obj["kind"], name, errors.causes, api_version.partition("/")[0])


def cannot_become(found_version: str, found_kind: str, api_version: str, kind: str) -> str:
    """Why an object of one type is none of another."""
    known, expected = resource_for_kind(found_version, found_kind), resource_for_kind(api_version, kind)
    if known is None or expected is None:
        return f'no kind "{found_kind}" is registered for version "{found_version}" in scheme "{_SCHEME}"'
    version = found_version.rpartition("/")[2]
    return f"converting ({version}.{found_kind}) to ({_go_package(expected)}.{kind}): unknown conversion"


def _go_package(resource: Resource) -> str:
    return resource.group.partition(".")[0] or "core"


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
        why = str(error)
        if isinstance(error.value, float):
            why = why.replace(f"number {error.value}", f"number {number_as_written(request.body, error.value)}")
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {why}') from None
    except RecursionError:
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: exceeded max depth') from None
    if unknown or request.repeated or request.repeated_in_yaml:
        _report(request, unknown, kind, version)
    return result


def _report(request: Request, unknown: list[str], kind: str, version: str) -> None:
    validation = validation_of(request)
    problems = strict_problems(request, unknown)
    if validation == "Strict":
        in_yaml = request.repeated_in_yaml
        errors = ["yaml: unmarshal errors:\n" + "\n".join(f"  {line}" for line in in_yaml)] if in_yaml else []
        joined = ", ".join(errors + problems)
        raise bad_request(
            f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {joined}'
        )
    if validation == "Warn":
        request.warnings.extend((*request.repeated_in_yaml, *problems))


def validation_of(request: Request) -> str:
    """What shall become of unknown and repeated fields: Ignore, Warn or Strict."""
    return (request.query.get("fieldValidation") if request.query else "") or "Warn"


def strict_problems(request: Request, unknown: list[str]) -> list[str]:
    """What a strict decoder minds, in the order of the text; what is below an unknown field is not looked at."""
    if not request.repeated:
        return [f'unknown field "{path}"' for path in unknown]
    left, problems = set(unknown), dict[str, None]()
    for path, again in request.repeated:
        if path in left:
            problems[f'unknown field "{path}"'] = None
        if again and not any(path.startswith((f"{one}.", f"{one}[")) for one in left):
            problems[f'duplicate field "{path}"'] = None
    for path in unknown:
        problems.setdefault(f'unknown field "{path}"')
    return list(problems)[:_MAX_PROBLEMS]
