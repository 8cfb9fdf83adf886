"""Label and field selectors: from text or from a LabelSelector to something that matches objects.

Text: ``app=web,tier in (a, b),!legacy,version>2``. An object's selector: {matchLabels, matchExpressions}. Both
become a tuple of requirements, all of which must hold. Counterparts: apimachinery's labels and fields packages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pybernetes.api.names import label_value, qualified_name
from pybernetes.api.object import Json


class SelectorError(ValueError):
    """The selector cannot be parsed; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label. `operator` is one of in, notin, exists, !, gt, lt."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value is not None and value in self.values
            case "notin":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
            case _:
                return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        if value is None or not re.fullmatch(r"[+-]?[0-9]+", value):
            return False
        bound = int(next(iter(self.values)))
        return int(value) > bound if self.operator == "gt" else int(value) < bound


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements must hold; none at all matches everything."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        if self.nothing:
            return False
        for requirement in self.requirements:  # a plain loop: this runs for every object of a list
            if not requirement.matches(labels):
                return False
        return True

    @property
    def matches_all(self) -> bool:
        return not self.requirements and not self.nothing


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)

_TOKEN = re.compile(r"\s*(==|!=|=|>|<|!|\(|\)|,|[^\s=!<>(),]+)")


def parse_label_selector(text: str) -> Selector:
    """Raises `SelectorError`."""
    tokens = _tokens(text)
    requirements = []
    position = 0
    while position < len(tokens):
        requirement, position = _requirement(tokens, position)
        requirements.append(requirement)
        if position < len(tokens):
            if tokens[position] != ",":
                raise SelectorError(f"found '{tokens[position]}', expected: ',' or 'end of string'")
            position += 1
            if position == len(tokens):
                raise SelectorError("found '', expected: identifier after ','")
    return Selector(tuple(requirements))


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while position < len(text.rstrip()):
        found = _TOKEN.match(text, position)
        if not found:
            raise SelectorError(f"unable to parse requirement: unexpected {text[position:]!r}")
        tokens.append(found.group(1))
        position = found.end()
    return tokens


def _requirement(tokens: list[str], position: int) -> tuple[Requirement, int]:
    if tokens[position] == "!":
        key = _key(tokens, position + 1)
        return Requirement(key, "!"), position + 2
    key = _key(tokens, position)
    position += 1
    operator = tokens[position] if position < len(tokens) else ","
    if operator == ",":
        return Requirement(key, "exists"), position
    if operator in ("=", "==", "!="):
        value, position = _value(tokens, position + 1)
        return Requirement(key, "notin" if operator == "!=" else "in", frozenset((value,))), position
    if operator in (">", "<"):
        value, position = _value(tokens, position + 1)
        if not re.fullmatch(r"[+-]?[0-9]+", value):
            raise SelectorError(
                f"values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
            )
        return Requirement(key, "gt" if operator == ">" else "lt", frozenset((value,))), position
    if operator in ("in", "notin"):
        values, position = _set(tokens, position + 1)
        return Requirement(key, operator, values), position
    raise SelectorError(f"unable to parse requirement: found '{operator}', expected: in, notin, =, ==, !=, gt, lt")


def _key(tokens: list[str], position: int) -> str:
    key = tokens[position] if position < len(tokens) else ""
    wrong = qualified_name(key)
    if wrong:
        raise SelectorError(f'unable to parse requirement: <nil>: Invalid value: "{key}": {"; ".join(wrong)}')
    return key


def _value(tokens: list[str], position: int) -> tuple[str, int]:
    if position >= len(tokens) or tokens[position] == ",":
        return "", position
    return _checked(tokens[position]), position + 1


def _checked(value: str) -> str:
    wrong = label_value(value)
    if wrong:
        raise SelectorError(
            f'unable to parse requirement: values[0][{value}]: Invalid value: "{value}": {"; ".join(wrong)}'
        )
    return value


def _set(tokens: list[str], position: int) -> tuple[frozenset[str], int]:
    if position >= len(tokens) or tokens[position] != "(":
        found = tokens[position] if position < len(tokens) else ""
        raise SelectorError(f"unable to parse requirement: found '{found}', expected: '('")
    values, position, expect_value = set(), position + 1, True
    while position < len(tokens) and tokens[position] != ")":
        if tokens[position] == ",":
            if expect_value:
                values.add("")
            expect_value = True
        else:
            values.add(_checked(tokens[position]))
            expect_value = False
        position += 1
    if position >= len(tokens):
        raise SelectorError("unable to parse requirement: found '', expected: ',' or ')'")
    if expect_value:
        values.add("")
    return frozenset(values), position + 1


_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!", "Gt": "gt", "Lt": "lt"}


def selector_from_object(selector: Json | None) -> Selector:
    """From a LabelSelector. None matches nothing, an empty one everything."""
    if selector is None:
        return NOTHING
    requirements = [
        Requirement(key, "in", frozenset((value,))) for key, value in (selector.get("matchLabels") or {}).items()
    ]
    for expression in selector.get("matchExpressions") or ():
        values = frozenset(expression.get("values") or ())
        requirements.append(Requirement(expression["key"], _OPERATORS[expression["operator"]], values))
    return Selector(tuple(requirements))


def selector_from_labels(labels: Mapping[str, str] | None) -> Selector:
    """From the plain map of a replication controller or a service: all must be equal. Empty matches nothing."""
    if not labels:
        return NOTHING
    return Selector(tuple(Requirement(key, "in", frozenset((value,))) for key, value in labels.items()))


def format_label_selector(selector: Json) -> str:
    """A LabelSelector as text, for a `labelSelector` query and for the status of a scale."""
    terms = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for expression in sorted(selector.get("matchExpressions") or (), key=lambda term: str(term["key"])):
        key, operator = expression["key"], expression["operator"]
        values = ",".join(sorted(expression.get("values") or ()))
        terms.append({"Exists": key, "DoesNotExist": f"!{key}"}.get(operator) or f"{key} {operator.lower()} ({values})")
    return ",".join(terms)


@dataclass(frozen=True, slots=True)
class FieldRequirement:
    field: str
    value: str
    equal: bool = True


def parse_field_selector(text: str) -> tuple[FieldRequirement, ...]:
    """``status.phase=Running,spec.nodeName!=``; a backslash escapes ``,``, ``=`` and itself. Raises `SelectorError`."""
    requirements = []
    for term in re.split(r"(?<!\\),", text):
        if not term:
            continue
        found = re.fullmatch(r"((?:[^=!\\]|\\.)+)(==|=|!=)(.*)", term, re.DOTALL)
        if not found:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{term}'")
        field, operator, value = found.groups()
        requirements.append(FieldRequirement(field.strip(), re.sub(r"\\(.)", r"\1", value), operator != "!="))
    return tuple(requirements)
