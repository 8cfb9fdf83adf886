"""What the API server does to an object, without a server: decode, defaults, preparation, rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_metadata, validate_metadata_update
from pybernetes.api.object import Json
from pybernetes.api.resources import resource
from pybernetes.api.schema.constraints import check_constraints
from pybernetes.apiserver.rest.update import validate_replacement

Causes = list[tuple[str, str, str]]


class Server:
    """The road of a write through a definition. Causes are (field, reason, message)."""

    def create(self, kind: str, obj: Json) -> tuple[Json, Causes]:
        definition = definition_of(resource(kind))
        decoded = self.decode(kind, obj)
        definition.prepare_create(decoded)
        return decoded, self._causes(kind, decoded)

    def decode(self, kind: str, obj: Json) -> Json:
        definition = definition_of(resource(kind))
        decoded, unknown = definition.decoder.decode(json.loads(json.dumps(obj)))
        assert unknown == []
        definition.set_defaults(decoded)
        return decoded

    def update(self, kind: str, old: Json, new: Json, *, status: bool = False) -> Causes:
        """The causes of replacing `old`, an object as created, by `new`."""
        definition = definition_of(resource(kind))
        old = json.loads(json.dumps(old))
        errors = ErrorList(old)
        old["metadata"].setdefault("resourceVersion", "1")
        new = self.decode(kind, new)
        new["metadata"].setdefault("resourceVersion", "1")
        (definition.prepare_status if status else definition.prepare_update)(new, old)
        validate_metadata_update(new, old, errors)
        if status:
            definition.validate_status(new, old, errors)
        else:
            validate_replacement(new, old, definition, errors)
        return _listed(errors)

    def _causes(self, kind: str, obj: Json) -> Causes:
        definition = definition_of(resource(kind))
        errors = ErrorList()
        check_constraints(obj, definition.tree, errors)
        validate_metadata(obj, definition, errors)
        definition.validate(obj, errors)
        definition.validate_create(obj, errors)
        return _listed(errors)


def _listed(errors: ErrorList) -> Causes:
    return [(cause["field"], cause["reason"], cause["message"]) for cause in errors.causes]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def changed() -> Callable[..., Json]:
    """A deep copy of an object with the value at a path replaced, or removed for `...`."""

    def change(obj: Json, path: str, value: Any) -> Json:
        copy: Json = json.loads(json.dumps(obj))
        *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
        target: Any = copy
        for part in parents:
            target = target[part] if isinstance(part, int) else target.setdefault(part, {})
        if value is ...:
            del target[last]
        else:
            target[last] = value
        return copy

    return change
