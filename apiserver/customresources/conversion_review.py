"""What a conversion webhook is asked, and what of its answer is believed.

It may change all of an object but its identity: of the metadata only labels and annotations are taken from it.

Counterpart: apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_annotations, validate_labels
from pybernetes.api.object import Json, deep_copy

GROUP = "apiextensions.k8s.io"
UNDERSTOOD = ("v1", "v1beta1")
_KIND = "ConversionReview"
_GO_TYPES = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    dict: "map[string]interface {}",
    list: "[]interface {}",
    type(None): "<nil>",
}


class BadAnswer(Exception):
    """The answer converts nothing: the webhook says so, or it is not understood."""


class BadObject(Exception):
    """An answer with an object that cannot be what was asked for."""


def review_version(accepted: Sequence[str]) -> str:
    """The first version that the webhook accepts and we know, or nothing."""
    return next((version for version in accepted if version in UNDERSTOOD), "")


def review_of(objects: Sequence[Json], desired: str, uid: str, version: str) -> Json:
    """The question."""
    request = {"uid": uid, "desiredAPIVersion": desired, "objects": list(objects)}
    return {"kind": _KIND, "apiVersion": f"{GROUP}/{version}", "request": request}


def objects_of(answer: Any, uid: str, version: str) -> list[Any]:
    """The objects of an answer, unchecked. Raises BadAnswer."""
    answer = answer if isinstance(answer, dict) else {}
    response = answer.get("response")
    if version == "v1":
        wanted, given = f"{GROUP}/v1, Kind={_KIND}", _group_version_kind(answer)
        if given != wanted:
            raise BadAnswer(f"expected webhook response of {wanted}, got {given}")
    if not isinstance(response, dict):
        raise BadAnswer("no response provided")
    if version == "v1" and response.get("uid") != uid:
        raise BadAnswer(f"expected response.uid={_quoted(uid)}, got {_quoted(str(response.get('uid') or ''))}")
    result = response.get("result") or {}
    if result.get("status") != "Success":
        message = result.get("message")
        raise BadAnswer(message or f"response.result.status was '{result.get('status') or ''}', not 'Success'")
    return list(response.get("convertedObjects") or ())


def checked(original: Json, converted: Any, desired: str) -> Json:
    """The converted object with the identity of the original. Raises BadObject."""
    if not isinstance(converted, dict) or not converted.get("kind"):
        raise BadObject("returned invalid object at index 0: Object 'Kind' is missing")
    api_version, kind = converted.get("apiVersion") or "", converted["kind"]
    if api_version != desired:
        detail = f"invalid groupVersion (expected {desired}, received {api_version})"
        raise BadObject(f"returned invalid object at index 0: {detail}")
    if kind != original["kind"]:
        detail = f"invalid kind (expected {original['kind']}, received {kind})"
        raise BadObject(f"returned invalid object at index 0: {detail}")
    metadata, before = converted.get("metadata"), original["metadata"]
    given = metadata if isinstance(metadata, dict) else {}
    for field, shown in (("name", "name"), ("namespace", "namespace"), ("uid", "UID")):
        old, new = before.get(field) or "", given.get(field) or ""
        if old != new:
            raise BadObject(f"returned invalid object: must have the same {shown}: {old} != {new}")
    try:
        return {**converted, "metadata": _restored(converted, before)}
    except ValueError as error:
        raise BadObject(f"returned invalid metadata: {error}") from None


def _restored(converted: Json, before: Json) -> Json:
    """The metadata of before with the labels and annotations of the answer. Raises ValueError."""
    if "metadata" not in converted:
        raise ValueError("missing metadata in converted object")
    given = converted["metadata"]
    if not isinstance(given, dict):
        raise ValueError(f"invalid metadata of type {_go_type(given)} in converted object")
    metadata: Json = deep_copy(before)
    for field in ("labels", "annotations"):
        values = given.get(field)
        if values is None:
            metadata.pop(field, None)
            continue
        if not isinstance(values, dict):
            raise ValueError(f"invalid metadata.{field} of type {_go_type(values)} in converted object")
        for key, value in values.items():
            if not isinstance(value, str):
                raise ValueError(
                    f"metadata.{field}[{key}] must be a string, but is {_go_type(value)} in converted object"
                )
        if values != (metadata.get(field) or {}):
            _validate(field, values)
        metadata[field] = values
    return metadata


def _validate(field: str, values: dict[str, str]) -> None:
    errors = ErrorList()
    if field == "labels":
        validate_labels(values, "metadata.labels", errors)
    else:
        validate_annotations(values, "metadata.annotation", errors)
    if errors:
        texts = [f"{cause['field']}: {cause['message']}" for cause in errors.causes]
        raise ValueError(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")


def _group_version_kind(answer: Json) -> str:
    api_version, kind = str(answer.get("apiVersion") or ""), str(answer.get("kind") or "")
    group, slash, version = api_version.rpartition("/")
    return f"{group if slash else ''}/{version}, Kind={kind}"


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def _go_type(value: Any) -> str:
    return _GO_TYPES[type(value)]
