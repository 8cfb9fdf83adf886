"""Whether some rules give everything that others give.

Rules are broken down into single steps (one verb, one group, one resource, one name) and each is looked for among
the rules that are held. Counterpart: rbac validation.Covers, and the compact form in which Kubernetes shows rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pybernetes.api.object import Json
from pybernetes.apiserver.authz.decision import quote
from pybernetes.apiserver.authz.rules import ALL


def missing_rules(held: Sequence[Json], wanted: Iterable[Json]) -> list[Json]:
    """The single steps of `wanted` that no rule of `held` covers; empty when everything is covered."""
    steps = (step for rule in wanted for step in break_down(rule))
    return [step for step in steps if not any(rule_covers(rule, step) for rule in held)]


def break_down(rule: Json) -> Iterator[Json]:
    """A rule as rules of one verb, group, resource (and name) or one verb and path each."""
    verbs = rule.get("verbs") or ()
    names = rule.get("resourceNames") or (None,)
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in verbs:
                for name in names:
                    step: Json = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                    yield step if name is None else {**step, "resourceNames": [name]}
    for path in rule.get("nonResourceURLs") or ():
        for verb in verbs:
            yield {"nonResourceURLs": [path], "verbs": [verb]}


def rule_covers(held: Json, step: Json) -> bool:
    """Whether one rule covers one single step."""
    names, held_names = step.get("resourceNames") or (), held.get("resourceNames") or ()
    return (
        _has_all(held.get("verbs") or (), step.get("verbs") or ())
        and _has_all(held.get("apiGroups") or (), step.get("apiGroups") or ())
        and all(_covers_resource(held.get("resources") or (), resource) for resource in step.get("resources") or ())
        and all(_covers_path(held.get("nonResourceURLs") or (), path) for path in step.get("nonResourceURLs") or ())
        and (not held_names or bool(names and set(names) <= set(held_names)))
    )


def compact(steps: Iterable[Json]) -> list[Json]:
    """Steps for the same resource joined into one rule with all their verbs."""
    joined: dict[tuple[tuple[str, ...], ...], Json] = {}
    for step in steps:
        key = tuple(tuple(step.get(field) or ()) for field in _SHOWN if field != "verbs")
        rule = joined.setdefault(key, {**step, "verbs": []})
        rule["verbs"] += [verb for verb in step["verbs"] if verb not in rule["verbs"]]
    return list(joined.values())


def describe(rule: Json) -> str:
    """``{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}``"""
    parts = [f"{shown}:{quote_list(rule[field])}" for field, shown in _SHOWN.items() if rule.get(field)]
    return "{" + ", ".join(parts) + "}"


def quote_list(values: Iterable[str]) -> str:
    """``["a" "b"]``, as Go prints a list of strings."""
    return "[" + " ".join(quote(value) for value in values) + "]"


_SHOWN = {
    "apiGroups": "APIGroups",
    "resources": "Resources",
    "nonResourceURLs": "NonResourceURLs",
    "resourceNames": "ResourceNames",
    "verbs": "Verbs",
}


def _has_all(held: Sequence[str], wanted: Sequence[str]) -> bool:
    return ALL in held or all(one in held for one in wanted)


def _covers_resource(held: Sequence[str], resource: str) -> bool:
    if ALL in held or resource in held:
        return True
    _, separator, subresource = resource.partition("/")
    return bool(separator) and f"*/{subresource}" in held


def _covers_path(held: Sequence[str], path: str) -> bool:
    return any(one == path or (one.endswith(ALL) and path.startswith(one.rstrip(ALL))) for one in held)
