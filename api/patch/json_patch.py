"""JSON patch: a list of operations, each at a JSON pointer, all or none.

RFC 6902 as the library that kube-apiserver uses reads it, which allows more than the RFC in places that clients have
come to rely on: `replace` sets what is not there, a value that is left out is null, an index may be negative and then
counts from the end, and only `replace` and `test` can be about the whole document.

Counterpart: gopkg.in/evanphx/json-patch.v4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.patch.errors import PatchError

MAX_OPERATIONS = 10_000  # kube-apiserver's limit: each operation may copy a large value
MAX_COPIED_BYTES = 3 << 20  # kube-apiserver's limit on what all copies of a patch add

_INDEX = re.compile(r"[+-]?[0-9]{1,18}")
_MISSING_VALUE = "missing value"

Container = dict[str, Any] | list[Any]


def apply_json_patch(document: Container, operations: Any) -> Any:
    """The document after all operations. Raises `PatchError`: 400 malformed, 413 too long, 422 does not fit."""
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise PatchError("json patch must be a list of operations", 400)
    if len(operations) > MAX_OPERATIONS:
        raise PatchError(
            f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}", 413
        )
    patched = _Patched(deep_copy(document))
    for operation in operations:
        patched.apply(operation)
    return patched.document


class _Patched:
    """A document that is changed in place, and how many bytes copies have added to it.

    A few copies that copy what the one before made would double the document each time, so their sum has a limit.
    """

    def __init__(self, document: Container):
        self.document = document
        self._copied = 0

    def apply(self, operation: Json) -> None:
        name = operation.get("op")
        name = name if isinstance(name, str) else "unknown"
        operate = _OPERATIONS.get(name)
        if operate is None:
            raise PatchError(f"Unexpected kind: {name}")
        operate(self, operation)

    def add(self, operation: Json) -> None:
        path = _path(operation, "add")
        parent, key = self._find(path, f'add operation does not apply: doc is missing path: "{path}"')
        _add(parent, key, deep_copy(operation.get("value")), f"error in add for path: '{path}'")

    def remove(self, operation: Json) -> None:
        path = _path(operation, "remove")
        parent, key = self._find(path, f'remove operation does not apply: doc is missing path: "{path}"')
        _remove(parent, key, f"error in remove for path: '{path}'")

    def replace(self, operation: Json) -> None:
        path, value = _path(operation, "replace"), deep_copy(operation.get("value"))
        if not path:
            if not isinstance(value, dict | list):
                raise PatchError("replace operation value must be object or array")
            self.document = value
            return
        parent, key = self._find(path, f"replace operation does not apply: doc is missing path: {path}")
        if isinstance(parent, dict):
            parent[key] = value
            return
        index = _index(key, len(parent), len(parent) - 1)
        if index is None:
            raise PatchError(f"replace operation does not apply: doc is missing key: {path}: {_MISSING_VALUE}")
        parent[index] = value

    def move(self, operation: Json) -> None:
        source = _path(operation, "move", "from")
        parent, key = self._find(source, f"move operation does not apply: doc is missing from path: {source}")
        value = _remove(parent, key, f"error in move for path: '{key}'")
        path = _path(operation, "move")
        parent, key = self._find(path, f"move operation does not apply: doc is missing destination path: {path}")
        _add(parent, key, value, f"error in move for path: '{path}'")

    def copy(self, operation: Json) -> None:
        source = _path(operation, "copy", "from")
        parent, key = self._find(source, f"copy operation does not apply: doc is missing from path: {source}")
        value = _get(parent, key, f"error in copy for from: '{source}'")
        path = _path(operation, "copy")
        parent, key = self._find(path, f"copy operation does not apply: doc is missing destination path: {path}")
        self._copied += 0 if value is None else len(json.dumps(value))
        if self._copied > MAX_COPIED_BYTES:
            raise PatchError(
                f"Unable to complete the copy, the accumulated size increase of copy is {self._copied}, exceeding the "
                f"limit {MAX_COPIED_BYTES}"
            )
        _add(parent, key, deep_copy(value), "error while adding value during copy")

    def test(self, operation: Json) -> None:
        path, wanted = _path(operation, "test"), operation.get("value")
        found: Any = self.document
        if path:
            parent, key = self._find(path, f"test operation does not apply: is missing path: {path}")
            found = _get(parent, key, f"error in test for path: '{path}'")
        if not _is_same(found, wanted):
            raise PatchError(f"testing value {path} failed: test failed")

    def _find(self, path: str, otherwise: str) -> tuple[Container, str]:
        """What holds the last token of the pointer, and that token. Raises `PatchError` as `otherwise` says."""
        _, *tokens = (token.replace("~1", "/").replace("~0", "~") for token in path.split("/"))
        found: Any = self.document
        for token in tokens[:-1]:
            found = _below(found, token)
        if not tokens or not isinstance(found, dict | list):
            raise PatchError(f"{otherwise}: {_MISSING_VALUE}")
        return found, tokens[-1]


_OPERATIONS: dict[str, Callable[[_Patched, Json], None]] = {
    "add": _Patched.add,
    "remove": _Patched.remove,
    "replace": _Patched.replace,
    "move": _Patched.move,
    "copy": _Patched.copy,
    "test": _Patched.test,
}


def _path(operation: Json, name: str, member: str = "path") -> str:
    text = operation.get(member)
    if not isinstance(text, str):
        raise PatchError(f"{name} operation failed to decode {member}: {_MISSING_VALUE}")
    return text


def _below(value: Any, token: str) -> Any:
    """What is under a token on the way to a container; None for what leads nowhere."""
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list):
        index = _index(token, len(value), len(value) - 1)
        return None if index is None else value[index]
    return None


def _get(parent: Container, key: str, otherwise: str) -> Any:
    """What is under a key; None for a field that is not there."""
    if isinstance(parent, dict):
        return parent.get(key)
    return parent[_required_index(key, len(parent), len(parent) - 1, otherwise)]


def _add(parent: Container, key: str, value: Any, otherwise: str) -> None:
    if isinstance(parent, dict):
        parent[key] = value
    elif key == "-":
        parent.append(value)
    else:
        parent.insert(_required_index(key, len(parent) + 1, len(parent), otherwise), value)


def _remove(parent: Container, key: str, otherwise: str) -> Any:
    if isinstance(parent, list):
        return parent.pop(_required_index(key, len(parent), len(parent) - 1, otherwise))
    if key not in parent:
        raise PatchError(f"{otherwise}: Unable to remove nonexistent key: {key}: {_MISSING_VALUE}")
    return parent.pop(key)


def _required_index(token: str, size: int, last: int, otherwise: str) -> int:
    index = _index(token, size, last)
    if index is not None:
        return index
    if _INDEX.fullmatch(token):
        raise PatchError(f"{otherwise}: Unable to access invalid index: {int(token)}: invalid index referenced")
    raise PatchError(f'{otherwise}: strconv.Atoi: parsing "{token}": invalid syntax')


def _index(token: str, size: int, last: int) -> int | None:
    """An index of at most `last`; what is negative counts back from `size`."""
    if not _INDEX.fullmatch(token):
        return None
    index = int(token)
    if index < 0:
        index += size
    return index if 0 <= index <= last else None


def _is_same(one: Any, other: Any) -> bool:
    """Equal as they are written, but for the order of fields: 1 is not 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(_is_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)
