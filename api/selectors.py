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
        if value is None or not _INTEGER.fullmatch(value):
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
_SYMBOLS = frozenset(("==", "!=", "=", ">", "<", "!", "(", ")", ","))
_BINARY = ("in", "notin", "=", "==", "!=", "gt", "lt")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FIELD_TERM = re.compile(r"(?:[^\\,]|\\.?)+", re.DOTALL)
_FIELD_OPERATOR = re.compile("!=|==|=")
_SPECIAL = re.compile(r"[,=]|\\.?", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_label_selector(text: str) -> Selector:
    """Raises `SelectorError`, with the messages of labels.Parse."""
    parser = _Parser(_TOKEN.findall(text))
    requirements = []
    while parser.peek():
        if parser.peek() in _SYMBOLS and parser.peek() != "!":
            raise SelectorError(f"found '{parser.peek()}', expected: !, identifier, or 'end of string'")
        try:
            requirements.append(parser.requirement())
        except SelectorError as error:
            raise SelectorError(f"unable to parse requirement: {error}") from None
        separator = parser.take()
        if separator not in ("", ","):
            raise SelectorError(f"found '{separator}', expected: ',' or 'end of string'")
        following = parser.peek()
        if separator and (not following or (following in _SYMBOLS and following != "!")):
            raise SelectorError(f"found '{following}', expected: identifier after ','")
    return Selector(tuple(requirements))


class _Parser:
    """Reads tokens one by one; the empty one is the end."""

    def __init__(self, tokens: list[str]):
        self._tokens = tokens
        self._position = 0

    def peek(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._position += 1
        return token

    def requirement(self) -> Requirement:
        negated = self.peek() == "!"
        if negated:
            self.take()
        key = self._identifier()
        wrong = qualified_name(key)
        if wrong:
            raise SelectorError(f'<nil>: Invalid value: "{key}": {"; ".join(wrong)}')
        if negated:
            return Requirement(key, "!")
        if self.peek() in ("", ","):
            return Requirement(key, "exists")
        operator = self.take()
        if operator in ("in", "notin"):
            return Requirement(key, operator, self._checked(key, self._values()))
        if operator in ("=", "==", "!="):
            values = self._checked(key, [self._exact_value()])
            return Requirement(key, "notin" if operator == "!=" else "in", values)
        if operator in (">", "<"):
            return Requirement(key, "gt" if operator == ">" else "lt", self._integer(self._exact_value()))
        raise SelectorError(f"found '{operator}', expected: {', '.join(_BINARY)}")

    def _identifier(self) -> str:
        token = self.take()
        if not token or token in _SYMBOLS:
            raise SelectorError(f"found '{token}', expected: identifier")
        return token

    def _exact_value(self) -> str:
        return "" if self.peek() in ("", ",") else self._identifier()

    def _values(self) -> list[str]:
        """``(a, b)``; an empty place is the empty value."""
        opening = self.take()
        if opening != "(":
            raise SelectorError(f"found '{opening}' expected: '('")
        if self.peek() not in (")", ",") and (not self.peek() or self.peek() in _SYMBOLS):
            raise SelectorError(f"found '{self.peek()}', expected: ',', ')' or identifier")
        values = []
        while True:
            empty = self.peek() in (",", ")")
            values.append("" if empty else self._value_in_list())
            separator = self.take()
            if separator == ")":
                return values
            if separator != ",":
                raise SelectorError(f"found '{separator}', expected: ',' or ')'")

    def _value_in_list(self) -> str:
        token = self.take()
        if not token or token in _SYMBOLS:
            raise SelectorError(f"found '{token}', expected: ',', or identifier")
        return token

    def _checked(self, key: str, values: list[str]) -> frozenset[str]:
        for index, value in enumerate(sorted(set(values))):
            wrong = label_value(value)
            if wrong:
                raise SelectorError(f'values[{index}][{key}]: Invalid value: "{value}": {"; ".join(wrong)}')
        return frozenset(values)

    def _integer(self, value: str) -> frozenset[str]:
        if not _INTEGER.fullmatch(value):
            why = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise SelectorError(f'values[0]: Invalid value: "{value}": {why}')
        return frozenset((value,))


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
    for term in sorted(_FIELD_TERM.findall(text)):
        found = _FIELD_OPERATOR.search(term)
        if found is None:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{term}'")
        field, operator, value = term[: found.start()], found[0], term[found.end() :]
        requirements.append(FieldRequirement(field, _unescaped(value), operator != "!="))
    return tuple(requirements)


def _unescaped(value: str) -> str:
    for part in _SPECIAL.findall(value):
        if part in (",", "="):
            raise SelectorError(f"invalid field selector: unescaped character in value: {ord(part)}")
        if part[0] == "\\" and part[1:] not in ("\\", ",", "="):
            raise SelectorError(f"invalid field selector: invalid escape sequence: {part}")
    return _ESCAPED.sub(r"\1", value)
