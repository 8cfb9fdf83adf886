"""Which nodes a pod's node selector and node affinity admit, and how much it prefers each.

Terms are alternatives, requirements within a term must all hold, and a term without requirements admits nothing.
A selector is compiled once a pod and then asked for each node. A requirement that cannot be parsed makes its term
match nothing. Counterpart: k8s.io/component-helpers/scheduling/corev1/nodeaffinity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pybernetes.api.object import Json, labels_of, name_of
from pybernetes.api.selectors import NOTHING, Requirement, Selector

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!", "Gt": "gt", "Lt": "lt"}
_NAME_FIELD = "metadata.name"


@dataclass(frozen=True, slots=True)
class Term:
    """One alternative: requirements on the labels and on the name."""

    labels: Selector
    fields: Selector

    def matches(self, labels: Mapping[str, str], name: str) -> bool:
        return self.labels.matches(labels) and self.fields.matches({_NAME_FIELD: name})


@dataclass(frozen=True, slots=True)
class NodeSelectorMatcher:
    """Any of the terms must match; no terms match nothing."""

    terms: tuple[Term, ...]

    def matches(self, labels: Mapping[str, str], name: str) -> bool:
        return any(term.matches(labels, name) for term in self.terms)

    def matches_node(self, node: Json) -> bool:
        return self.matches(labels_of(node), name_of(node))


def compile_node_selector(selector: Json) -> NodeSelectorMatcher:
    """From a NodeSelector. Empty terms are left out: they match nothing."""
    terms = (compile_term(term) for term in selector.get("nodeSelectorTerms") or ())
    return NodeSelectorMatcher(tuple(term for term in terms if term is not None))


def compile_term(term: Json) -> Term | None:
    """From a NodeSelectorTerm; None when it has no requirements."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return None
    return Term(_selector(expressions), _selector(fields))


def _selector(requirements: Iterable[Json]) -> Selector:
    compiled = []
    for requirement in requirements:
        operator = _OPERATORS.get(requirement.get("operator", ""))
        values = frozenset(requirement.get("values") or ())
        if operator is None or not _has_right_values(operator, values):
            return NOTHING
        compiled.append(Requirement(requirement["key"], operator, values))
    return Selector(tuple(compiled))


def _has_right_values(operator: str, values: frozenset[str]) -> bool:
    if operator in ("in", "notin"):
        return bool(values)
    if operator in ("gt", "lt"):
        return len(values) == 1 and next(iter(values)).lstrip("+-").isdecimal()
    return not values


@dataclass(frozen=True, slots=True)
class RequiredNodeAffinity:
    """What a pod requires of its node: nodeSelector and the required part of its node affinity."""

    selector: Mapping[str, str]
    affinity: NodeSelectorMatcher | None

    @property
    def matches_all(self) -> bool:
        return not self.selector and self.affinity is None

    def matches(self, labels: Mapping[str, str], name: str) -> bool:
        for key, value in self.selector.items():
            if labels.get(key) != value:
                return False
        return self.affinity is None or self.affinity.matches(labels, name)

    def matches_node(self, node: Json) -> bool:
        return self.matches(labels_of(node), name_of(node))


def required_node_affinity(pod: Json) -> RequiredNodeAffinity:
    """What the pod requires, ready to be asked for each node (GetRequiredNodeAffinity)."""
    spec = pod.get("spec") or {}
    required = _node_affinity(spec).get("requiredDuringSchedulingIgnoredDuringExecution")
    matcher = compile_node_selector(required) if required is not None else None
    return RequiredNodeAffinity(spec.get("nodeSelector") or {}, matcher)


def preferred_terms(pod: Json) -> list[tuple[Term, int]]:
    """The preferred terms with their weights; those that match nothing are left out."""
    preferred = _node_affinity(pod.get("spec") or {}).get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    compiled = ((compile_term(item.get("preference") or {}), int(item.get("weight") or 0)) for item in preferred)
    return [(term, weight) for term, weight in compiled if term is not None and weight != 0]


def preference(terms: Iterable[tuple[Term, int]], labels: Mapping[str, str], name: str) -> int:
    """The sum of the weights of the terms that match."""
    return sum(weight for term, weight in terms if term.matches(labels, name))


def _node_affinity(spec: Json) -> Json:
    return (spec.get("affinity") or {}).get("nodeAffinity") or {}
