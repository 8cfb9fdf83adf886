"""What comes out of a patch, brought into its kind's shape; and what is said of a patch that leads to something else.

Kubernetes tells the client the whole outcome, or for a strategic merge patch the whole patch, as Go prints it.
Counterpart: jsonPatcher, smpPatcher and applyPatchToObject of apiserver.
"""

from __future__ import annotations

from typing import Any

import orjson

from pybernetes.api.errors import APIError, invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.patch.go_text import go_text
from pybernetes.api.schema.decode import DecodeError
from pybernetes.api.schema.names import go_type, json_type
from pybernetes.api.schema.tree import ListOf, MapOf, Struct
from pybernetes.apiserver.rest.bodies import validation_of
from pybernetes.apiserver.rest.context import Context

JSON_PATCH = "application/json-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
_OPERATION_FIELDS = frozenset(("op", "path", "from", "value"))


def unreadable(kind: str, described: Any, *, strictly: bool) -> str:
    """What is wrong with a patch of which the text is JSON; empty if nothing is."""
    prefix = "" if kind == STRATEGIC_MERGE_PATCH else "error decoding patch: "
    if kind != JSON_PATCH:
        if isinstance(described, dict):
            return ""
        return f"{prefix}json: cannot unmarshal {json_type(described)} into Go value of type map[string]interface {{}}"
    of_list, of_item = ("[]handlers.jsonPatchOp", "handlers.jsonPatchOp") if strictly else ("jsonpatch.Patch",) * 2
    if not isinstance(described, list):
        return f"{prefix}json: cannot unmarshal {json_type(described)} into Go value of type {of_list}"
    wrong = next((item for item in described if not isinstance(item, dict)), None)
    if wrong is None:
        return ""
    return f"{prefix}json: cannot unmarshal {json_type(wrong)} into Go value of type {of_item}"


def decode_patched(context: Context, kind: str, described: Any, patched: Json) -> Json:
    """The outcome in shape, without defaults that depend on other fields. Raises 422."""
    try:
        result, unknown = context.definition.decoder.decode(patched)
    except DecodeError as error:
        why = _unstructured(error) if kind == STRATEGIC_MERGE_PATCH else str(error)
        raise invalid_patch(kind, described, patched, why) from None
    except RecursionError:
        raise invalid_patch(kind, described, patched, "exceeded max depth") from None
    problems = _problems_of(context, kind, described) + [f'unknown field "{path}"' for path in unknown]
    if problems:
        validation = validation_of(context.request)
        if validation == "Strict":
            raise invalid_patch(kind, described, patched, f"strict decoding error: {', '.join(problems)}")
        if validation == "Warn":
            context.request.warnings.extend(problems)
    return result


def invalid_patch(kind: str, described: Any, patched: Any, why: str) -> APIError:
    """422 about the field `patch`, of nothing in particular."""
    errors = ErrorList()
    try:
        shown = go_text(described) if kind == STRATEGIC_MERGE_PATCH else orjson.dumps(patched).decode()
    except (TypeError, RecursionError):
        shown = "..."  # nested too deep to be shown
    errors.invalid("patch", shown, why)
    return invalid("", "", errors.causes)


def _problems_of(context: Context, kind: str, described: Any) -> list[str]:
    """What a strict reader minds of the patch itself."""
    repeated = list(dict.fromkeys(f'duplicate field "{path}"' for path, again in context.request.repeated if again))
    if kind != JSON_PATCH:
        return repeated
    unknown = [
        f'unknown field "[{index}].{name}"'
        for index, operation in enumerate(described)
        for name in operation
        if name not in _OPERATION_FIELDS
    ]
    return [f"json patch {problem}" for problem in unknown + repeated]


def _unstructured(error: DecodeError) -> str:
    """How the conversion from plain values says it, which a strategic merge patch goes through."""
    if error.node is None:
        return str(error)
    kind = _GO_KINDS[json_type(error.value)]
    match error.node:
        case Struct():
            return f"cannot restore struct from: {kind}"
        case ListOf():
            return f"cannot restore slice from {kind}"
        case MapOf():
            return f"cannot restore map from {kind}"
    if kind == "int64" and go_type(error.node) == "string":
        return "cannot convert int64 to string"
    return f"unrecognized type: {go_type(error.node)}"


_GO_KINDS = {"bool": "bool", "number": "int64", "string": "string", "array": "slice", "object": "map"}
