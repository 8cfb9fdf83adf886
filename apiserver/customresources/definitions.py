"""What is special about writing a definition: its rules have to compile, and it stays until its objects are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pybernetes.api.apiextensions.validation import schemas_of
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.apiserver.customresources.naming import ESTABLISHED, condition_is_true
from pybernetes.apiserver.customresources.removal import before_delete
from pybernetes.apiserver.resources.hooks import Hooks

if TYPE_CHECKING:
    from pybernetes.apiserver.rest.context import Context


def _validate(crd: Json, old: Json | None, errors: ErrorList) -> None:
    """The rules of its schemas. Expressions are loaded only where there are any."""
    if not any(_mentions_rules(schema) for _, schema, _ in schemas_of(crd)):
        return
    from pybernetes.apiserver.customresources.rule_admission import validate_definition_rules

    validate_definition_rules(crd, old, errors)


def _mentions_rules(value: object) -> bool:
    """Whether rules may stand anywhere in a schema. Its depth has been bounded."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "x-kubernetes-validations" in part:
                return True
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return False


async def _after_update(context: Context, new: Json, old: Json) -> None:
    """The change is in force when its writer is answered. One that is going looks after itself."""
    if condition_is_true(new, ESTABLISHED) and not new["metadata"].get("deletionTimestamp"):
        await context.state.extensions["custom resources"].followed(new)


HOOKS = Hooks(before_delete=before_delete, validate=_validate, after_update=_after_update)
