"""JSON patch (RFC 6902): a list of operations, each at a JSON pointer, all or none.

The document is copied along the paths that change and nowhere else. The messages of a patch that does not fit name
the operation and the path, as the library that kube-apiserver uses names them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.merge_patch import same

MAX_OPERATIONS = 10_000  # kube-apiserver's limit: each operation may copy a large value
MAX_COPIED_BYTES = 3 << 20  # kube-apiserver's limit on what all copies of a patch add

_MISSING: Any = object()


def apply_json_patch(document: Any, operations: Any) -> Any:
    """The document after all operations. Raises `PatchError`: 400 malformed, 413 too long, 422 does not fit."""
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise PatchError("json patch must be a list of operations", 400)
    if len(operations) > MAX_OPERATIONS:
        raise PatchError(
            f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}", 413
        )
    result, copied = deep_copy(document), 0
    for operation in operations:
        if operation.get("op") == "copy":
            copied += _copied_bytes(result, operation)
            if copied > MAX_COPIED_BYTES:
                raise PatchError(
                    f"Unable to complete the copy, the accumulated size increase of copy is {copied}, exceeding the "
                    f"limit {MAX_COPIED_BYTES}"
                )
        result = _apply(result, operation)
    return result


def _copied_bytes(document: Any, operation: Json) -> int:
    """How much a copy adds: a few that copy what the one before made would double the document each time."""
    found = _find(document, _pointer(operation, "from"))
    return 0 if found is _MISSING else len(json.dumps(found))


def _apply(document: Any, operation: Json) -> Any:
    name = operation.get("op")
    handler = _OPERATIONS.get(name) if isinstance(name, str) else None
    if handler is None:
        raise PatchError(f"Unexpected kind: {name if isinstance(name, str) else 'unknown'}")
    return handler(document, operation)


def _pointer(operation: Json, member: str = "path") -> list[str]:
    text = operation.get(member)
    if not isinstance(text, str):
        raise PatchError(f"operation missing {member} field: missing value")
    if not text:
        return []
    if not text.startswith("/"):
        raise PatchError(f"{operation.get('op')} operation does not apply: doc is missing path: {text}: missing value")
    return [token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/")]


def _value(operation: Json) -> Any:
    if "value" not in operation:
        raise PatchError(f"{operation['op']} operation is missing its value: missing value")
    return deep_copy(operation["value"])


def _add(document: Any, operation: Json) -> Any:
    return _insert(document, _pointer(operation), _value(operation), operation)


def _remove(document: Any, operation: Json) -> Any:
    return _take(document, _pointer(operation), operation)[0]


def _replace(document: Any, operation: Json) -> Any:
    tokens = _pointer(operation)
    value = _value(operation)
    if not tokens:
        return value
    parent = _container(document, tokens, operation)
    key = _existing(parent, tokens[-1], operation)
    parent[key] = value
    return document


def _move(document: Any, operation: Json) -> Any:
    source, target = _pointer(operation, "from"), _pointer(operation)
    if target[: len(source)] == source and len(target) > len(source):
        raise PatchError("move operation does not apply: a value cannot be moved into itself")
    document, value = _take(document, source, operation)
    return _insert(document, target, value, operation)


def _copy(document: Any, operation: Json) -> Any:
    value = deep_copy(_get(document, _pointer(operation, "from"), operation))
    return _insert(document, _pointer(operation), value, operation)


def _test(document: Any, operation: Json) -> Any:
    tokens = _pointer(operation)
    wanted = operation.get("value")
    found = _find(document, tokens)
    if (found is _MISSING and wanted is not None) or (found is not _MISSING and not same(found, wanted)):
        raise PatchError(f"testing value {operation['path']} failed: test failed")
    return document


_OPERATIONS: dict[str, Callable[[Any, Json], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _find(document: Any, tokens: list[str]) -> Any:
    """The value at the tokens, or `_MISSING`."""
    for token in tokens:
        if isinstance(document, dict):
            document = document.get(token, _MISSING)
        elif isinstance(document, list):
            index = _index(token, len(document) - 1)
            document = _MISSING if index is None else document[index]
        else:
            return _MISSING
    return document


def _get(document: Any, tokens: list[str], operation: Json) -> Any:
    found = _find(document, tokens)
    if found is _MISSING:
        raise _missing(operation)
    return found


def _container(document: Any, tokens: list[str], operation: Json) -> Any:
    """What holds the last token: an object or a list."""
    parent = _find(document, tokens[:-1])
    if not isinstance(parent, dict | list):
        raise _missing(operation)
    return parent


def _existing(parent: Any, token: str, operation: Json) -> Any:
    """The key or the index of a token that must be there."""
    if isinstance(parent, dict):
        if token not in parent:
            raise _missing(operation, "missing key: ")
        return token
    index = _index(token, len(parent) - 1)
    if index is None:
        raise PatchError(f"{operation['op']} operation does not apply: Unable to access invalid index: {token}")
    return index


def _insert(document: Any, tokens: list[str], value: Any, operation: Json) -> Any:
    if not tokens:
        return value
    parent = _container(document, tokens, operation)
    if isinstance(parent, dict):
        parent[tokens[-1]] = value
        return document
    index = len(parent) if tokens[-1] == "-" else _index(tokens[-1], len(parent))
    if index is None:
        raise PatchError(f"{operation['op']} operation does not apply: Unable to access invalid index: {tokens[-1]}")
    parent.insert(index, value)
    return document


def _take(document: Any, tokens: list[str], operation: Json) -> tuple[Any, Any]:
    """The document without the value at the tokens, and the value."""
    if not tokens:
        return None, document
    parent = _container(document, tokens, operation)
    return document, parent.pop(_existing(parent, tokens[-1], operation))


def _index(token: str, last: int) -> int | None:
    """An array index: digits without a leading zero, at most `last`."""
    if not token.isdecimal() or (len(token) > 1 and token[0] == "0"):
        return None
    index = int(token)
    return index if index <= last else None


def _missing(operation: Json, what: str = "doc is missing path: ") -> PatchError:
    path = operation.get("from" if operation["op"] in ("move", "copy") else "path")
    return PatchError(f"{operation['op']} operation does not apply: {what}{path}: missing value")
