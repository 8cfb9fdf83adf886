"""From a declaration (a TypedDict) to its tree.

Annotations stay strings until here, so that importing every resource costs nothing for those that are not used.
Each class is compiled once; a class met again, also inside itself, is the same `Struct`.
"""

from __future__ import annotations

import re
import types
from dataclasses import replace
from typing import Annotated, Any, Required, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from pybernetes.api.schema import marks
from pybernetes.api.schema.tree import Field, ListOf, ListType, MapOf, Node, OneOf, Scalar, ScalarType, Struct

_VERSION = re.compile(r"v[0-9]+")  # a folder of a group that has several

_compiled: dict[type, Struct] = {}


def struct_of(declaration: type) -> Struct:
    """The tree of a TypedDict. Raises TypeError for an annotation that means nothing on the wire."""
    found = _compiled.get(declaration)
    if found is not None:
        return found
    if not is_typeddict(declaration):
        raise TypeError(f"{declaration!r} is not a TypedDict")
    struct_marks = getattr(declaration, "__kubernetes_struct__", None) or marks.StructMarks()
    doc, module = _own_docstring(declaration), declaration.__module__
    result = Struct(
        declaration.__name__,
        package=next((part for part in module.split(".") if _VERSION.fullmatch(part)), "v1"),
        atomic=struct_marks.atomic,
        doc=doc,
        module=module,
        union=struct_marks.union,
        discriminator=struct_marks.discriminator,
    )
    _compiled[declaration] = result
    for name, annotation in get_type_hints(declaration, include_extras=True).items():
        result.fields[name] = _field(name, annotation)
    return result


def _own_docstring(declaration: type) -> str:
    text = declaration.__doc__ or ""
    return "" if text.startswith("dict(") else " ".join(text.split())


def _field(name: str, annotation: Any) -> Field:
    required = False
    if get_origin(annotation) is Required:
        required, annotation = True, get_args(annotation)[0]
    annotation, extras = _unwrap(annotation)
    annotation, nullable, inner = _without_none(annotation)
    extras = [*extras, *inner]
    scalar = next((mark for mark in extras if isinstance(mark, Scalar)), None)
    result = Field(name, scalar or _node(annotation), required=required, nullable=nullable)
    for mark in extras:
        _apply(mark, result)
    if required and not nullable and not isinstance(result.node, Struct):
        result.always = True
    return result


def _unwrap(annotation: Any) -> tuple[Any, list[Any]]:
    """What an Annotated holds, and its marks."""
    if get_origin(annotation) is Annotated:
        inner, *extras = get_args(annotation)
        return inner, extras
    return annotation, []


def _without_none(annotation: Any) -> tuple[Any, bool, list[Any]]:
    """The annotation less ``| None``, whether it had one, and the marks of what is left."""
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [choice for choice in get_args(annotation) if choice is not type(None)]
        if len(kept) == 1:
            inner, extras = _unwrap(kept[0])
            return inner, True, extras
    return annotation, False, []


def _node(annotation: Any) -> Node:
    annotation, extras = _unwrap(annotation)
    for mark in extras:
        if isinstance(mark, Scalar):
            return mark
    if annotation in _PLAIN:
        return Scalar(_PLAIN[annotation])
    origin = get_origin(annotation)
    if origin is list:
        return ListOf(_node(get_args(annotation)[0]))
    if origin is dict:
        return MapOf(_node(get_args(annotation)[1]))
    if origin in (Union, types.UnionType):
        return OneOf(tuple(_node(choice) for choice in get_args(annotation)))
    if is_typeddict(annotation):
        return struct_of(annotation)
    raise TypeError(f"{annotation!r} has no form on the wire")


_PLAIN: dict[Any, ScalarType] = {
    str: ScalarType.STRING,
    bool: ScalarType.BOOLEAN,
    int: ScalarType.INT64,
    float: ScalarType.DOUBLE,
    Any: ScalarType.ANY,
}


def _apply(mark: Any, field: Field) -> None:
    match mark:
        case marks.Doc(text):
            field.doc = text
        case marks.Default(value):
            field.default = value
        case marks.Always():
            field.always = True
        case marks.Atomic():
            field.stated = True
        case marks.Granular():
            field.stated = True
            if isinstance(field.node, Struct):
                field.node = replace(field.node, atomic=False, origin=field.node)
        case marks.AtomicMap() if isinstance(field.node, MapOf):
            field.node.atomic = True
        case marks.ListSet() if isinstance(field.node, ListOf):
            field.node.type, field.stated = ListType.SET, True
        case marks.ListMap() if isinstance(field.node, ListOf):
            field.node.type, field.node.keys, field.stated = ListType.MAP, mark.keys, True
        case marks.PatchMerge():
            field.merge = not mark.replace and (not mark.retain_keys or bool(mark.key))
            field.merge_key, field.retain_keys, field.replace = mark.key, mark.retain_keys, mark.replace
        case marks.Enum():
            field.enum = mark.values
        case marks.Minimum(value):
            field.minimum = value
        case marks.NotEmpty():
            field.not_empty = True
        case marks.Immutable():
            field.immutable = True
