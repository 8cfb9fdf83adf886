"""All that is known of one kind: what its module declares, gathered in one value.

A resource's module declares the shape as a TypedDict named for the kind and, where there is more to say, a
`DEFINITION`. Everything in it is a pure function of objects; what needs the store (allocating an address, binding
a pod) is in ``apiserver/resources/``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from pybernetes.api.field import ErrorList
from pybernetes.api.names import NameCheck, dns_subdomain
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.resources import Resource
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.api.schema.tree import Struct, zero_object

FieldGetter = Callable[[Json], str]
STATUS_ALONE = ("labels", "annotations", "finalizers", "ownerReferences")
"All of the metadata that a client can change."


@dataclass(frozen=True)
class Column:
    """One column of the Table that `get` prints. `cell` gets the object and the time now; priority 0 is always shown.

    `type` and `format` are OpenAPI's; the first column is the name, with format "name".
    """

    name: str
    cell: Callable[[Json, datetime], Any]
    type: str = "string"
    format: str = ""
    priority: int = 0
    description: str = ""


def _nothing(obj: Json) -> None:
    """No defaults that depend on other fields."""


def _valid(obj: Json, errors: ErrorList) -> None:
    """No rule beyond the shape."""


def _valid_change(new: Json, old: Json, errors: ErrorList) -> None:
    """Any valid object may replace any other."""


def _no_warnings(new: Json, old: Json | None) -> list[str]:
    """Nothing that its author should be told."""
    return []


@dataclass(frozen=True)
class StoredAs:
    """Another version, or another group, of the same objects: the resource as which the store has them.

    `to_stored(obj)` gives an object as that resource has it, `from_stored(obj)` the other way; both make a new one.
    """

    resource: str
    to_stored: Callable[[Json], Json]
    from_stored: Callable[[Json], Json]


@dataclass(frozen=True)
class Definition:
    """One kind.

    - `row_conditions(obj)`: what a Table says of the object's row besides its cells, such as that it is completed.
    - `set_defaults(obj)`: fills in defaults that depend on other fields; fixed ones are in the shape.
    - `prepare_create(obj)`, `prepare_update(new, old)`: clear or carry over what a client may not set, beyond
      metadata and status, which are seen to for all kinds alike; `prepare_status(new, old)`: the same for a write to
      the status subresource, where the old spec has been put back already.
    - `validate_create(obj, errors)`: further rules on new objects alone.
    - `validate(obj, errors)`: every rule on the spec; `validate_update(new, old, errors)`: what may not change;
      `validate_status(new, old, errors)`: rules on the status subresource. The causes of an update come in that order,
      or the other way round with `change_rules_first`.
    - `warnings(new, old)`: what a valid object should make its author think again; `old` is None for a new one.
    - `spec_fields`: top-level fields whose change is a new generation; empty where the kind has no generation.
    - `has_status`: status is its own subresource: creates clear it, updates keep the old one, except for those of the
      two verbs that are in `status_written_by`.
    - `kept_by_status`: fields of the metadata that a write to the status neither changes nor owns.
    - `allow_unconditional_update`: an update need not say which version it is about; `allow_create_on_update`: one of
      an object that is not there makes it.
    - `fields`: what field selectors may name besides metadata.name and metadata.namespace.
    - `merges_strategically`: lists have merge keys, so that strategic merge patches mean something.
    - `qualified_finalizers`: finalizers have a domain, unless they are Kubernetes' own.
    - `stored_as`: set where the store has the objects as another resource.
    - `served`: requests may use this version; `deprecation_warning` is sent to those that do.
    """

    resource: Resource | None = None
    shape: type | None = None
    struct: Struct | None = None
    columns: Sequence[Column] = ()
    row_conditions: Callable[[Json], list[Json]] | None = None
    name_check: NameCheck = dns_subdomain
    set_defaults: Callable[[Json], None] = _nothing
    prepare_create: Callable[[Json], None] = _nothing
    prepare_update: Callable[[Json, Json], None] = lambda new, old: None
    prepare_status: Callable[[Json, Json], None] = lambda new, old: None
    validate: Callable[[Json, ErrorList], None] = _valid
    validate_create: Callable[[Json, ErrorList], None] = _valid
    validate_update: Callable[[Json, Json, ErrorList], None] = _valid_change
    validate_status: Callable[[Json, Json, ErrorList], None] = _valid_change
    change_rules_first: bool = False
    warnings: Callable[[Json, Json | None], list[str]] = _no_warnings
    spec_fields: tuple[str, ...] = ()
    kept_by_status: tuple[str, ...] = ()
    fields: Mapping[str, FieldGetter] = field(default_factory=dict)
    allow_unconditional_update: bool = True
    allow_create_on_update: bool = False
    status_written_by: frozenset[str] = frozenset()
    merges_strategically: bool = True
    qualified_finalizers: bool = True
    stored_as: StoredAs | None = None
    served: bool = True
    deprecation_warning: str = ""

    @cached_property
    def tree(self) -> Struct:
        if self.struct is not None:
            return self.struct
        assert self.shape is not None, "a definition has a shape or a struct"
        return struct_of(self.shape)

    @cached_property
    def granular_tree(self) -> Struct:
        """How finely an object is told apart when several clients own parts of it."""
        return self.tree

    @cached_property
    def decoder(self) -> Decoder:
        return Decoder(self.tree)

    @cached_property
    def zero(self) -> Json:
        """An object in which nothing is set, as Go writes it. Not to be changed."""
        return zero_object(self.tree)

    @cached_property
    def _default_status(self) -> Json:
        status: Json = self.decoder.decode({})[0].get("status", {})
        return status

    def default_status(self) -> Json:
        """The status of an object that nobody has looked at yet, as a value of its own."""
        copied: Json = deep_copy(self._default_status)
        return copied

    @cached_property
    def has_status(self) -> bool:
        return self.resource is not None and "status" in self.resource.subresources


def text_field(*names: str) -> FieldGetter:
    """A field for selectors: the text at a path, empty when it is not set."""

    if len(names) == 2:
        return _text_in_part(*names)

    def field_value(obj: Json) -> str:
        value: Any = obj
        for name in names:
            value = (value or {}).get(name)
        return str(value or "")

    return field_value


def _text_in_part(part: str, name: str) -> FieldGetter:
    """The usual path, ``spec.nodeName`` say, without a loop: every write asks for all fields of its kind."""

    def field_value(obj: Json) -> str:
        holder = obj.get(part)
        value = holder.get(name) if holder else None
        return str(value) if value else ""

    return field_value


def number_field(*names: str) -> FieldGetter:
    """A field for selectors: the number at a path, 0 when it is not set."""
    text = text_field(*names)
    return lambda obj: text(obj) or "0"


_loaded: dict[Resource, Definition] = {}


def definition_of(resource: Resource) -> Definition:
    """The definition of a built-in resource; its module is imported the first time."""
    found = _loaded.get(resource)
    if found is None:
        from pybernetes.api.columns import NAME_AND_AGE  # columns are made with this module's Column

        module = importlib.import_module(f"pybernetes.api.{resource.module}")
        declared = getattr(module, "DEFINITION", None) or Definition()
        columns = declared.columns or NAME_AND_AGE
        found = replace(declared, resource=resource, shape=getattr(module, resource.kind), columns=columns)
        _loaded[resource] = found
    return found
