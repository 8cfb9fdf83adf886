"""A custom resource's schema as values: what its ``openAPIV3Schema`` is compiled into.

It is a tree of its own, beside `schema.tree`: the objects of custom resources are kept as they were sent where the
schema says so, null may be a value, and a wrong type is a 422 with a path, not a decoding error. One node is used for
the structure (what is kept, what is filled in) and for what the logical operators say (``anyOf`` and the like hold
nodes too). A node knows what is at it or below it (`holds_unique_lists`, `holds_objects`), so that only those parts
of an object are walked that have something to look at. Compiling bounds the tree, since all who walk it recurse.

Counterpart: apiextensions-apiserver/pkg/apiserver/schema.Structural.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.schema.tree import UNSET

MAX_DEPTH = 64  # the deepest schemas in use (workflows, pod templates in CRDs) have about 30 levels
MAX_NODES = 50_000  # the largest known CRD has about 20,000


class SchemaError(ValueError):
    """The schema is deeper or larger than we take."""


@dataclass(eq=False, slots=True)
class Structural:
    """One node. `additional` is the node of free keys; `rules` are expressions, which `api` only carries."""

    type: str = ""
    nullable: bool = False
    int_or_string: bool = False
    preserve: bool = False
    embedded: bool = False
    properties: dict[str, Structural] = field(default_factory=dict)
    additional: Structural | None = None
    items: Structural | None = None
    default: Any = UNSET
    rules: tuple[Json, ...] = ()
    list_type: str = ""
    list_keys: tuple[str, ...] = ()
    map_type: str = ""
    all_of: tuple[Structural, ...] = ()
    any_of: tuple[Structural, ...] = ()
    one_of: tuple[Structural, ...] = ()
    not_: Structural | None = None
    required: tuple[str, ...] = ()
    enum: tuple[Any, ...] | None = None
    format: str = ""
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    min_properties: int | None = None
    max_properties: int | None = None
    holds_unique_lists: bool = False
    holds_objects: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """The JSON types that a value may have; empty when it may have any."""
        if self.int_or_string:
            return ("integer", "string")
        return (self.type,) if self.type else ()


def has_rules(schema: Structural) -> bool:
    """Whether there are rules anywhere in a schema."""
    if schema.rules:
        return True
    parts = [*schema.properties.values(), *schema.all_of]
    return any(has_rules(part) for part in (*parts, schema.items, schema.additional) if part is not None)


def structural_of(schema: Json) -> Structural:
    """The tree of a schema. Raises `SchemaError` for one that is too deep or too large."""
    return _Compiler().node(schema, 1)


class _Compiler:
    def __init__(self) -> None:
        self._nodes = 0

    def node(self, schema: Json, depth: int) -> Structural:
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise SchemaError(f"must not be nested more than {MAX_DEPTH} levels deep")
        if self._nodes > MAX_NODES:
            raise SchemaError(f"must not have more than {MAX_NODES} nodes")
        free = schema.get("additionalProperties")
        node = Structural(
            type=schema.get("type", ""),
            nullable=bool(schema.get("nullable")),
            int_or_string=bool(schema.get("x-kubernetes-int-or-string")),
            preserve=bool(schema.get("x-kubernetes-preserve-unknown-fields")),
            embedded=bool(schema.get("x-kubernetes-embedded-resource")),
            properties={name: self.node(part, depth + 1) for name, part in (schema.get("properties") or {}).items()},
            additional=Structural(preserve=True, nullable=True) if free is True else self._optional(free, depth),
            items=self._optional(schema.get("items"), depth),
            default=schema.get("default", UNSET),
            rules=tuple(schema.get("x-kubernetes-validations") or ()),
            list_type=schema.get("x-kubernetes-list-type") or "",
            list_keys=tuple(schema.get("x-kubernetes-list-map-keys") or ()),
            map_type=schema.get("x-kubernetes-map-type") or "",
            all_of=self._several(schema.get("allOf"), depth),
            any_of=self._several(schema.get("anyOf"), depth),
            one_of=self._several(schema.get("oneOf"), depth),
            not_=self._optional(schema.get("not"), depth),
            **_limits(schema),
        )
        parts = [part for part in (*node.properties.values(), node.additional, node.items) if part is not None]
        node.holds_unique_lists = node.list_type in ("set", "map") or any(part.holds_unique_lists for part in parts)
        node.holds_objects = node.embedded or any(part.holds_objects for part in parts)
        return node

    def _optional(self, schema: Any, depth: int) -> Structural | None:
        return self.node(schema, depth + 1) if isinstance(schema, dict) else None

    def _several(self, schemas: Any, depth: int) -> tuple[Structural, ...]:
        return tuple(self.node(schema, depth + 1) for schema in schemas or ())


def _limits(schema: Json) -> dict[str, Any]:
    """What the schema demands of a single value."""
    enum = schema.get("enum")
    return {
        "required": tuple(schema.get("required") or ()),
        "enum": tuple(enum) if enum else None,
        "format": schema.get("format", ""),
        "pattern": schema.get("pattern", ""),
        "minimum": schema.get("minimum"),
        "maximum": schema.get("maximum"),
        "exclusive_minimum": bool(schema.get("exclusiveMinimum")),
        "exclusive_maximum": bool(schema.get("exclusiveMaximum")),
        "multiple_of": schema.get("multipleOf"),
        "min_length": schema.get("minLength"),
        "max_length": schema.get("maxLength"),
        "min_items": schema.get("minItems"),
        "max_items": schema.get("maxItems"),
        "min_properties": schema.get("minProperties"),
        "max_properties": schema.get("maxProperties"),
    }
