"""Label and field selectors as one test on cached entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
class Selection:
    """Which objects of a collection a request is about. `name` is set where one name is asked for."""

    labels: Selector = EVERYTHING
    fields: tuple[FieldRequirement, ...] = ()
    name: str = ""

    @property
    def matches_all(self) -> bool:
        return self.labels.matches_all and not self.fields

    def matches(self, entry: Entry) -> bool:
        return self.labels.matches(entry.labels) and all(
            (_value(entry, requirement.field) == requirement.value) is requirement.equal for requirement in self.fields
        )


ALL = Selection()


def _value(entry: Entry, field: str) -> str:
    if field == "metadata.name":
        return entry.name
    if field == "metadata.namespace":
        return entry.namespace
    return entry.fields.get(field, "")


def selection_of(query: Mapping[str, str], definition: Definition) -> Selection:
    """The selection of a request's query. Raises 400 for a selector that makes no sense for the resource."""
    label_text, field_text = query.get("labelSelector"), query.get("fieldSelector")
    if not label_text and not field_text:
        return ALL
    try:
        labels = parse_label_selector(label_text) if label_text else EVERYTHING
        fields = parse_field_selector(field_text) if field_text else ()
    except SelectorError as error:
        raise bad_request(f"unable to parse requirement: {error}") from error
    name = ""
    for requirement in fields:
        if requirement.field == "metadata.name":
            name = requirement.value if requirement.equal else name
        elif requirement.field != "metadata.namespace" and requirement.field not in definition.fields:
            raise bad_request(f"field label not supported: {requirement.field}")
    return Selection(labels, fields, name)
