"""What the expressions of mutating policies give, and what becomes of an object by it.

``Object{spec: Object.spec{...}}`` is what is to be applied: a type is named for the path of the field that it stands
in. ``[JSONPatch{op: "add", path: "/a", value: 1}]`` is a JSON patch.

Counterparts: apiserver/pkg/cel/mutation and plugin/policy/mutating/patch.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.apply.merge import merge
from pybernetes.api.definition import Definition
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.json_patch import apply_json_patch
from pybernetes.api.schema.decode import DecodeError
from pybernetes.api.schema.tree import ListOf, ListType, MapOf, Node, Struct
from pybernetes.apiserver.cel.environment import KUBERNETES
from pybernetes.apiserver.cel.library.jsonpatch import JSON_PATCH
from pybernetes.apiserver.cel.types import DYN, STRING, Type, list_of, struct
from pybernetes.apiserver.cel.values import StructValue

_ROOT, _PATCH = "Object", "JSONPatch"
OBJECT = struct(_ROOT)
PATCHES = list_of(struct(_PATCH))
MUTATIONS = KUBERNETES.extend(functions=JSON_PATCH)
_PATCH_FIELDS: dict[str, Type] = {"op": STRING, "path": STRING, "from": STRING, "value": DYN}


class _MutationTypes:
    """``Object`` and everything below it, by path; fields may hold anything until the object's shape is known."""

    def has(self, name: str) -> bool:
        return name in (_PATCH, _ROOT) or name.startswith(f"{_ROOT}.")

    def field(self, name: str, field: str) -> Type | None:
        return _PATCH_FIELDS.get(field) if name == _PATCH else DYN

    def make(self, name: str, fields: dict[str, Any]) -> Any:
        return StructValue(name, fields)


MUTATION_TYPES = _MutationTypes()


class CannotPatch(Exception):
    """The expression's value cannot be applied to the object; the text says why."""


def applied(obj: Json, value: Any, definition: Definition) -> Json:
    """The object with a configuration merged into it, as server-side apply merges. Raises `CannotPatch`."""
    if not isinstance(value, StructValue):
        raise CannotPatch("unsupported return type from ApplyConfiguration expression")
    _check_names(value, _ROOT)
    config = {**_plain(value), "apiVersion": obj["apiVersion"], "kind": obj["kind"]}
    try:
        _, unknown = definition.decoder.decode(deep_copy(config))
    except DecodeError as error:
        raise CannotPatch(f"error applying patch: failed to convert patch object to typed object: {error}") from None
    if unknown:
        why = f".{unknown[0]}: field not declared in schema"
        raise CannotPatch(f"error applying patch: failed to convert patch object to typed object: {why}")
    tree = definition.granular_tree
    atomic = _atomics(config, tree, "")
    if atomic:
        why = f"may not mutate atomic arrays, maps or structs: {', '.join(atomic)}"
        raise CannotPatch(f"error applying patch: invalid ApplyConfiguration: {why}")
    return merge(obj, config, tree)


def patched(obj: Json, value: Any) -> Json:
    """The object after a JSON patch; as it was, when a test in the patch fails. Raises `CannotPatch`."""
    if not isinstance(value, list):
        raise CannotPatch("type mismatch: JSONPatchType.expression should evaluate to array")
    operations = []
    for one in value:
        if isinstance(one.get("value"), StructValue):
            _check_names(one["value"], str(one["value"].cel_type))
        operations.append(_plain(one))
    try:
        result = apply_json_patch(deep_copy(obj), operations)
    except PatchError as error:
        if "test" in str(error):
            return obj
        raise CannotPatch(f"JSONPath: {error}") from None
    if not isinstance(result, dict):
        raise CannotPatch("JSONPath: the patch does not leave an object")
    return result


def _check_names(value: Any, path: str) -> None:
    """Every object is of the type that its place is named for. Raises `CannotPatch`."""
    if isinstance(value, StructValue):
        name = str(value.cel_type)
        if name != path:
            why = (
                f'unexpected type name "{name}", expected "{path}", which matches field name path from root Object type'
            )
            raise CannotPatch(f"type mismatch: {why}")
        for field, part in value.items():
            _check_names(part, f"{path}.{field}")
    elif isinstance(value, list):
        for part in value:
            _check_names(part, path)


def _plain(value: Any) -> Any:
    """A CEL value as JSON. Raises `CannotPatch`."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise CannotPatch("JSONPath valueExpression evaluated to a type that could not marshal to JSON")


def _atomics(config: Any, node: Node | None, path: str) -> list[str]:
    """The paths of what can only be replaced as a whole: replacing it by mistake would lose what it had."""
    found: list[str] = []
    if isinstance(config, dict) and isinstance(node, Struct | MapOf):
        if node.atomic:
            found.append(path)
        for name, part in config.items():
            below = node.fields[name].node if isinstance(node, Struct) and name in node.fields else None
            found += _atomics(part, below, f"{path}.{name}")
    elif isinstance(config, list) and isinstance(node, ListOf):
        if node.type is ListType.ATOMIC:
            found.append(path)
        for index, part in enumerate(config):
            found += _atomics(part, node.items, f"{path}[{index}]")
    return found
