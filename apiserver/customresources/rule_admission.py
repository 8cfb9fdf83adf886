"""Whether a definition may have its rules: they compile against their schema, cannot take too long, and hold for the
schema's own defaults.

What a rule costs at most, times how often its node can stand in an object, is bounded for each rule and for all rules
of a schema together. A schema that is malformed is told of first, without a look at its rules.

Counterparts: apiextensions-apiserver/pkg/apis/apiextensions/validation, and its cel_validation.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pybernetes.api.apiextensions.validation import schemas_of
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.schema.structural import SchemaError, Structural, has_rules, structural_of
from pybernetes.api.schema.tree import UNSET
from pybernetes.apiserver.cel.escaping import escape
from pybernetes.apiserver.cel.schema_types import Declared, declare
from pybernetes.apiserver.cel.sizes import LARGEST
from pybernetes.apiserver.customresources.rule_validation import validate_default
from pybernetes.apiserver.customresources.rules import Rule, compile_rules, most_occurrences

RULE_LIMIT = 10_000_000
SCHEMA_LIMIT = 100_000_000
_TOLD_EXPENSIVE = 4
_ADVICE = (
    "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
    "declared"
)
_UNTYPED = (
    "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert "
    "structural schema to CEL declarations"
)


def validate_definition_rules(crd: Json, old: Json | None, errors: ErrorList) -> None:
    """Every rule of every version."""
    before = {} if old is None else {name: schema for _, schema, names in schemas_of(old) for name in names}
    for path, schema, versions in schemas_of(crd):
        if any(
            cause["field"] == path or cause["field"].startswith((f"{path}.", f"{path}[")) for cause in errors.causes
        ):
            continue
        try:
            structural = structural_of(schema)
        except SchemaError:
            continue  # told where the schema is looked at
        if has_rules(structural):
            _validate_defaults(structural, path, errors)
            unchanged = all(before.get(name) == schema for name in versions)
            _Admission(errors, bounded_each=not unchanged).schema(structural, path)


def _validate_defaults(node: Structural, path: str, errors: ErrorList) -> None:
    """A default meets the rules of its node."""
    if node.default is not UNSET and node.default is not None and has_rules(node):
        validate_default(node, f"{path}.default", errors)
    if node.items is not None:
        _validate_defaults(node.items, f"{path}.items", errors)
    if node.additional is not None:
        _validate_defaults(node.additional, f"{path}.additionalProperties", errors)
    for name, part in node.properties.items():
        _validate_defaults(part, f"{path}.properties[{name}]", errors)


@dataclass(frozen=True)
class _Place:
    """A node: where it is, how often it can stand in an object (None: as often as fits), what of it is a whole object,
    and the ancestor whose items cannot be told apart over time."""

    path: str
    occurrences: int | None = 1
    is_root: bool = False
    uncorrelatable: str = ""


@dataclass
class _Admission:
    errors: ErrorList
    bounded_each: bool
    total: int = 0
    expensive: list[tuple[int, str]] = field(default_factory=list)

    def schema(self, schema: Structural, path: str) -> None:
        self._node(schema, None, _Place(path, is_root=True))
        if self.total <= SCHEMA_LIMIT:
            return
        for _, at in sorted(self.expensive, key=lambda one: -one[0])[:_TOLD_EXPENSIVE]:
            what = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
            self.errors.forbidden(at, what)
        what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        self.errors.forbidden(path, _too_costly(what, self.total, SCHEMA_LIMIT))

    def _node(self, schema: Structural, declared: Declared | None, place: _Place) -> None:
        """The rules below a node, and then its own. `declared` is known where a node above has rules."""
        if declared is None and schema.rules:
            declared = declare(schema, is_root=place.is_root or schema.embedded)
        for part, of_part, below in _below(schema, declared, place):
            self._node(part, of_part, below)
        if not schema.rules:
            return
        at = f"{place.path}.x-kubernetes-validations"
        if declared is None:
            self.errors.add("InternalError", at, f"Internal error: {_UNTYPED}")
            return
        for index, rule in enumerate(compile_rules(schema, schema, declared)):
            self._rule(rule, declared, f"{at}[{index}]", place)

    def _rule(self, rule: Rule, declared: Declared, at: str, place: _Place) -> None:
        times = place.occurrences if place.occurrences is not None else most_occurrences(declared)
        self._charge(min(rule.cost * times, LARGEST), "estimated rule cost", f"{at}.rule")
        if rule.error:
            self.errors.add("FieldValueInvalid", f"{at}.rule", f"Invalid value: {_shown(rule.declared)}: {rule.error}")
        if rule.message_error:
            message = f"Invalid value: {_shown(rule.declared)}: {rule.message_error}"
            self.errors.add("FieldValueInvalid", f"{at}.messageExpression", message)
        elif rule.message is not None:
            self._charge(rule.message_cost, "estimated messageExpression cost", f"{at}.messageExpression")
        if rule.uses_old_self:
            if place.uncorrelatable:
                what = "oldSelf cannot be used on the uncorrelatable portion of the schema within"
                self.errors.invalid(f"{at}.rule", rule.declared["rule"], f"{what} {place.uncorrelatable}")
        elif rule.declared.get("optionalOldSelf") is not None:
            what = "may not be set if oldSelf is not used in rule"
            self.errors.invalid(f"{at}.optionalOldSelf", rule.declared["optionalOldSelf"], what)

    def _charge(self, cost: int, what: str, at: str) -> None:
        if self.bounded_each and cost > RULE_LIMIT:
            self.errors.forbidden(at, _too_costly(what, cost, RULE_LIMIT))
        self.total = min(self.total + cost, LARGEST)
        if cost >= SCHEMA_LIMIT // 100:
            self.expensive.append((cost, at))


def _below(
    schema: Structural, declared: Declared | None, place: _Place
) -> Iterator[tuple[Structural, Declared | None, _Place]]:
    """The parts of a node that have rules in them."""
    times = _times(place.occurrences, schema)
    if schema.additional is not None and has_rules(schema.additional):
        of_values = declared.element if declared is not None else None
        below = _Place(f"{place.path}.additionalProperties", times, uncorrelatable=place.uncorrelatable)
        yield schema.additional, of_values, below
    for name, part in schema.properties.items():
        if has_rules(part):
            escaped = escape(name)
            of_field = declared.fields.get(escaped) if declared is not None and escaped is not None else None
            at = f"{place.path}.properties[{name}]"
            yield part, of_field, _Place(at, times, uncorrelatable=place.uncorrelatable)
    if schema.items is not None and has_rules(schema.items):
        of_items = declared.element if declared is not None else None
        lost = place.uncorrelatable or ("" if schema.list_type == "map" else place.path)
        yield schema.items, of_items, _Place(f"{place.path}.items", times, uncorrelatable=lost)


def _times(occurrences: int | None, schema: Structural) -> int | None:
    """How often a part of a node can stand in an object that has the node so often."""
    most: int | None = 1
    if schema.type == "object" and schema.additional is not None:
        most = schema.max_properties
    elif schema.type == "array":
        most = schema.max_items
    if occurrences is None or most is None:
        return None
    return min(occurrences * max(most, 0), LARGEST)


def _too_costly(what: str, cost: int, limit: int) -> str:
    factor = cost / limit
    shown = "more than 100x" if factor > 100 else f"{factor:f}x" if factor < 1.5 else f"{factor:.1f}x"
    return f"{what} exceeds budget by factor of {shown} ({_ADVICE})"


_GO_FIELDS: Sequence[tuple[str, str, object]] = (
    ("Rule", "rule", ""),
    ("Message", "message", ""),
    ("MessageExpression", "messageExpression", ""),
    ("Reason", "reason", None),
    ("FieldPath", "fieldPath", ""),
    ("OptionalOldSelf", "optionalOldSelf", None),
)


def _shown(rule: Json) -> str:
    """A rule as Kubernetes prints the value of its internal type."""
    return json.dumps(
        {name: rule.get(key, default) for name, key, default in _GO_FIELDS}, ensure_ascii=False, separators=(",", ":")
    )
