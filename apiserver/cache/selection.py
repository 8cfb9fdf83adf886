"""Label and field selectors as one test on cached entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pybernetes.api.definition import Definition
from pybernetes.api.errors import bad_request
from pybernetes.api.selectors import (
    EVERYTHING,
    FieldRequirement,
    Selector,
    SelectorError,
    parse_field_selector,
    parse_label_selector,
)
from pybernetes.apiserver.cache.entry import Entry


@dataclass(frozen=True, slots=True)
class Equality:
    """What an index is by: one label, or the selectable field at a position."""

    label: str = ""
    field: int = 0

    def value(self, entry: Entry) -> str | None:
        return entry.labels.get(self.label) if self.label else entry.fields[self.field]


_NAME, _NAMESPACE = -1, -2

_Check = tuple[int, str, bool]  # position of the field, its value, whether it has to be that value


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a collection a request is about. `name` is set where one name is asked for.

    `equalities` are those of its conditions that an index can answer, with the values that are accepted.
    """

    labels: Selector = EVERYTHING
    checks: tuple[_Check, ...] = ()
    name: str = ""
    equalities: tuple[tuple[Equality, frozenset[str]], ...] = ()

    @property
    def matches_all(self) -> bool:
        return not self.checks and self.labels.matches_all

    def matches(self, entry: Entry) -> bool:
        for position, value, equal in self.checks:
            found = entry.fields[position] if position >= 0 else entry.name if position == _NAME else entry.namespace
            if (found == value) is not equal:
                return False
        return self.labels.matches(entry.labels)


ALL = Selection()

_parsed_labels = lru_cache(1024)(parse_label_selector)  # clients ask with the same few all the time


def selection_of(query: Mapping[str, str], definition: Definition) -> Selection:
    """The selection of a request's query. Raises 400 for a selector that makes no sense for the resource."""
    label_text, field_text = query.get("labelSelector"), query.get("fieldSelector")
    if not label_text and not field_text:
        return ALL
    try:
        labels = _parsed_labels(label_text) if label_text else EVERYTHING
        requirements = parse_field_selector(field_text) if field_text else ()
    except SelectorError as error:
        raise bad_request(str(error)) from error
    return _compiled(labels, requirements, definition)


def _compiled(labels: Selector, requirements: tuple[FieldRequirement, ...], definition: Definition) -> Selection:
    names = tuple(definition.fields)
    name, checks = "", list[_Check]()
    equalities = [(Equality(one.key), one.values) for one in labels.requirements if one.operator == "in"]
    for requirement in requirements:
        if requirement.field == "metadata.name":
            position = _NAME
            name = requirement.value if requirement.equal else name
        elif requirement.field == "metadata.namespace" and _has_namespace(definition):
            position = _NAMESPACE
        elif requirement.field in names:
            position = names.index(requirement.field)
            if requirement.equal:
                equalities.append((Equality(field=position), frozenset((requirement.value,))))
        else:
            raise bad_request(_unknown_field(requirement.field, definition))
        checks.append((position, requirement.value, requirement.equal))
    return Selection(labels, tuple(checks), name, () if labels.nothing else tuple(equalities))


def _has_namespace(definition: Definition) -> bool:
    """Built-in kinds take the field also where it is always empty."""
    resource = definition.resource
    return resource is None or resource.namespaced or resource.is_built_in


def _unknown_field(field: str, definition: Definition) -> str:
    """Kinds that have fields of their own say it in their words, others in everybody's."""
    if definition.fields or (definition.resource is not None and not definition.resource.is_built_in):
        return f"field label not supported: {field}"
    return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
