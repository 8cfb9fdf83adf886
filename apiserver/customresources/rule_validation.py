"""Checking an object by the rules of its schema.

    schema → `rule_tree`: the nodes that have rules, at or below them
    object, old object → `validate_rules`: what is wrong, within a budget for all rules together

A rule sees the value at its node as ``self`` and, in an update, the value that it can be compared with as ``oldSelf``:
fields and keys by name, items of lists only where the schema gives them keys. What a rule finds wrong with a value
that an update leaves as it was is a warning, so that a new rule does not lock up the objects that there are.

Counterpart: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.field import ErrorList, shown
from pybernetes.api.object import Json
from pybernetes.api.schema.structural import Structural, has_rules
from pybernetes.apiserver.cel.environment import MAX_MESSAGE_BYTES, PER_CALL_LIMIT, RUNTIME_COST_BUDGET
from pybernetes.apiserver.cel.errors import CostExceeded, EvaluationError
from pybernetes.apiserver.cel.escaping import escape
from pybernetes.apiserver.cel.schema_types import Declared, declare
from pybernetes.apiserver.cel.values import NONE, optional
from pybernetes.apiserver.customresources.rules import OLD_SELF, SELF, Rule, compile_rules

NO_PATH = "<nil>"  # what Kubernetes prints for the path of the whole object
_OUT_OF_BUDGET = "validation failed due to running out of cost budget, no further validation rules will be run"
_NOT_CHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)
_BLOCKING = frozenset(
    ("FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid")
)
_NEWLINES = re.compile(r"\n+")


@dataclass(frozen=True)
class RuleNode:
    """A node of a schema that has rules, at it or below it."""

    schema: Structural
    declared: Declared | None
    rules: tuple[Rule, ...] = ()
    all_of: tuple[RuleNode, ...] = ()
    properties: Mapping[str, RuleNode] = field(default_factory=dict)
    additional: RuleNode | None = None
    items: RuleNode | None = None
    is_root: bool = False


def rule_tree(schema: Structural) -> RuleNode | None:
    """The rules of a whole schema; None when it has none."""
    if not has_rules(schema):
        return None
    return _node(schema, schema, declare(schema, is_root=True), is_root=True)


def _node(
    rules: Structural, schema: Structural, declared: Declared | None, *, is_root: bool = False
) -> RuleNode | None:
    """The node of a schema with the rules that another one, in its ``allOf``, has for it."""
    if declared is None:
        return None
    properties = {}
    for name, part in rules.properties.items():
        described = schema.properties.get(name)
        escaped = escape(name)
        of_field = declared.fields.get(escaped) if escaped is not None else None
        if described is None or (escaped is not None and of_field is None) or not has_rules(part):
            continue
        of_field = of_field or declare(described, is_root=described.embedded)
        found = _node(part, described, of_field, is_root=described.embedded)
        if found is not None:
            properties[name] = found
    node = RuleNode(
        schema,
        declared,
        tuple(compile_rules(rules, schema, declared)),
        tuple(
            found for part in rules.all_of if has_rules(part) and (found := _node(part, schema, declared)) is not None
        ),
        properties,
        _below(rules.additional, schema.additional, declared),
        _below(rules.items, schema.items, declared),
        is_root,
    )
    empty = not (node.rules or node.all_of or node.properties or node.additional or node.items)
    return None if empty else node


def _below(rules: Structural | None, schema: Structural | None, declared: Declared) -> RuleNode | None:
    if rules is None or schema is None or not has_rules(rules):
        return None
    return _node(rules, schema, declared.element, is_root=schema.embedded)


@dataclass(frozen=True)
class _Correlated:
    """A value with the one that it was."""

    new: Any
    old: Any

    @property
    def unchanged(self) -> bool:
        return bool(self.new == self.old)


@dataclass(frozen=True)
class _Ratchet:
    """Whether an error at a place is about something that has not changed."""

    current: _Correlated | None = None
    nearest: _Correlated | None = None

    def applies(self) -> bool:
        known = self.current if self.current is not None else self.nearest
        return known is not None and known.unchanged

    def below(self, new: Any, old: Any, *, found: bool) -> _Ratchet:
        if self.current is None:
            return self
        return _Ratchet(_Correlated(new, old) if found else None, self.current)


class _Stop(Exception):
    """The budget is used up: no further rule is run."""


def validate_rules(tree: RuleNode, obj: Json, old: Json | None, errors: ErrorList) -> None:
    """Run every rule on an object, unless what else is wrong with it makes that pointless."""
    if any(cause["reason"] in _BLOCKING for cause in errors.causes):
        errors.add("FieldValueInvalid", NO_PATH, f"Invalid value: null: {_NOT_CHECKED}")
        return
    ratchet = _Ratchet(_Correlated(obj, old)) if old is not None else _Ratchet()
    try:
        _Run(errors).value(tree, obj, old, "", ratchet)
    except _Stop:
        return


def validate_default(schema: Structural, path: str, errors: ErrorList) -> None:
    """Run the rules on the default of a node, which is its own old value too."""
    tree = _node(schema, schema, declare(schema, is_root=schema.embedded), is_root=schema.embedded)
    if tree is not None:
        try:
            _Run(errors).value(tree, schema.default, schema.default, path, _Ratchet())
        except _Stop:
            return


class _Run:
    def __init__(self, errors: ErrorList):
        self._errors, self._budget = errors, RUNTIME_COST_BUDGET

    def value(self, node: RuleNode, value: Any, old: Any, path: str, ratchet: _Ratchet) -> None:
        if value is None:
            return
        if node.rules:
            self._rules(node, value, old, path, ratchet)
        for part in node.all_of:
            self.value(part, value, old, path, _Ratchet(None, ratchet.nearest))
        if isinstance(value, list) and node.items is not None:
            self._items(node, node.items, value, old if isinstance(old, list) else [], path, ratchet)
        elif isinstance(value, dict):
            self._fields(node, value, old if isinstance(old, dict) else {}, path, ratchet)

    def _fields(self, node: RuleNode, value: Json, old: Json, path: str, ratchet: _Ratchet) -> None:
        for name, item in value.items():
            part = node.properties.get(name)
            if part is not None:
                at = f"{path}.{name}" if path else name
            elif node.additional is not None:
                part, at = node.additional, f"{path}[{name}]"
            else:
                continue
            below = ratchet.below(item, old.get(name), found=name in old)
            if not path and name in ("apiVersion", "kind"):
                below = _Ratchet()
            self.value(part, item, old.get(name), at, below)

    def _items(
        self, node: RuleNode, part: RuleNode, value: list[Any], old: list[Any], path: str, ratchet: _Ratchet
    ) -> None:
        by_key = _by_key(node.schema, old)
        for index, item in enumerate(value):
            before = by_key.get(_key(node.schema, item))
            self.value(part, item, before, f"{path}[{index}]", ratchet.below(item, before, found=before is not None))

    def _rules(self, node: RuleNode, value: Any, old: Any, path: str, ratchet: _Ratchet) -> None:
        kind, at = node.schema.type, path or NO_PATH
        assert node.declared is not None
        if self._budget <= 0:
            self._errors.invalid(at, kind, _OUT_OF_BUDGET)
            raise _Stop
        plain, with_optional = _bindings(node.declared, value, old, node.rules)
        for rule in node.rules:
            if rule.error:
                self._errors.invalid(at, kind, f"rule compile error: {rule.error}")
                continue
            if rule.program is None or (rule.uses_old_self and old is None and not rule.optional_old_self):
                continue
            bindings = with_optional if rule.optional_old_self else plain
            if isinstance(bindings, EvaluationError):
                self._errors.invalid(at, kind, f"{bindings} evaluating rule: {rule.text}")
            elif self._holds(rule, bindings, at, kind) is False:
                self._refuse(rule, node, value, bindings, path, ratchet)

    def _holds(self, rule: Rule, bindings: Mapping[str, Any], at: str, kind: str) -> bool | None:
        """Whether the rule holds; None when it has no answer, which is told then."""
        assert rule.program is not None
        failure: EvaluationError | None = None
        result, cost = None, 0
        try:
            result, cost = rule.program.evaluate(bindings, PER_CALL_LIMIT)
        except EvaluationError as error:
            failure, cost = error, error.cost
        self._spend(cost, at, kind)
        if failure is None:
            return result is True
        if str(failure).startswith("no such overload"):
            what = "call arguments did not match a supported operator, function or macro signature for rule"
            self._errors.invalid(at, kind, f"'{failure}': {what}: {rule.text}")
        elif isinstance(failure, CostExceeded):
            what = "no further validation rules will be run due to call cost exceeds limit for rule"
            self._errors.invalid(at, kind, f"'{failure}': {what}: {rule.text}")
            raise _Stop
        else:
            self._errors.invalid(at, kind, f"{failure} evaluating rule: {rule.text}")
        return None

    def _spend(self, cost: int, at: str, kind: str) -> None:
        if cost > self._budget:
            self._errors.invalid(at, kind, _OUT_OF_BUDGET)
            raise _Stop
        self._budget -= cost

    def _refuse(
        self, rule: Rule, node: RuleNode, value: Any, bindings: Mapping[str, Any], path: str, ratchet: _Ratchet
    ) -> None:
        at = path
        if rule.field_path:
            at = f"{path}.{rule.field_path}" if path else rule.field_path
        at = at or NO_PATH
        found = ErrorList()
        stop = False
        try:
            detail = self._message(rule, bindings)
        except _MessageError as error:
            found.invalid(at, node.schema.type, str(error))
            stop = True
        else:
            omitted = node.schema.type in ("object", "array")
            _tell(found, at, "" if omitted else f": {shown(value)}", detail, rule.declared.get("reason") or "")
        if not rule.uses_old_self and ratchet.applies():
            self._errors.warnings += [f"{cause['field']}: {cause['message']}" for cause in found.causes]
        else:
            for cause in found.causes:
                self._errors.add(cause["reason"], cause["field"], cause["message"])
        if stop:
            raise _Stop

    def _message(self, rule: Rule, bindings: Mapping[str, Any]) -> str:
        """What to say: the message expression's result, or else the message, or else the rule."""
        if rule.message is not None:
            text, cost = _evaluated(rule, bindings)
            if cost > self._budget:
                out = "running out of cost budget, no further validation rules will be run"
                raise _MessageError(f"messageExpression evaluation failed due to {out}")
            self._budget -= cost
            if text and len(text.encode()) <= MAX_MESSAGE_BYTES and not _NEWLINES.search(text):
                return text
        declared = rule.declared.get("message") or ""
        return declared.strip() if declared else f"failed rule: {rule.text}"


class _MessageError(Exception):
    """The message expression took too much."""


def _evaluated(rule: Rule, bindings: Mapping[str, Any]) -> tuple[str, int]:
    """The message and its cost; empty where it has none. Raises `_MessageError`."""
    assert rule.message is not None
    try:
        text, cost = rule.message.evaluate(bindings, PER_CALL_LIMIT)
    except CostExceeded:
        source = shown(rule.declared.get("messageExpression") or "")
        what = "no further validation rules will be run due to call cost exceeds limit for messageExpression"
        raise _MessageError(f"{what}: {source}") from None
    except EvaluationError as error:
        return "", error.cost
    return text.strip() if isinstance(text, str) else "", cost


def _bindings(
    declared: Declared, value: Any, old: Any, rules: tuple[Rule, ...]
) -> tuple[Mapping[str, Any] | EvaluationError, Mapping[str, Any] | EvaluationError]:
    """The variables of plain rules, and of those whose old value is optional."""
    try:
        now = declared.value(value)
        if not any(rule.uses_old_self for rule in rules):
            return {SELF: now}, {SELF: now}
        if old is None:
            return {SELF: now}, {SELF: now, OLD_SELF: NONE}
        before = declared.value(old)
    except EvaluationError as error:
        return error, error
    return {SELF: now, OLD_SELF: before}, {SELF: now, OLD_SELF: optional(before)}


def _tell(errors: ErrorList, at: str, value: str, detail: str, reason: str) -> None:
    match reason:
        case "FieldValueForbidden":
            errors.forbidden(at, detail)
        case "FieldValueRequired":
            errors.required(at, detail)
        case "FieldValueDuplicate":
            errors.add(reason, at, f"Duplicate value{value}")
        case _:
            errors.add("FieldValueInvalid", at, f"Invalid value{value}: {detail}")


def _key(schema: Structural, item: Any) -> tuple[Any, ...] | None:
    """What an item of a list with keys is known by."""
    if schema.list_type != "map" or not isinstance(item, dict):
        return None
    key = tuple(item.get(name) for name in schema.list_keys)
    return tuple(repr(part) for part in key)


def _by_key(schema: Structural, items: list[Any]) -> dict[tuple[Any, ...] | None, Any]:
    found = {_key(schema, item): item for item in items}
    found.pop(None, None)
    return found
