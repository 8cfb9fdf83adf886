"""Which requests a webhook authorizer is asked about: expressions over ``request``, a SubjectAccessReviewSpec.

All must hold. One that is false decides, whatever the others give; if none is false and one fails, nobody knows.
Counterpart: apiserver/pkg/authorization/cel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pybernetes.api.object import Json
from pybernetes.apiserver.authz.decision import MatchFailed
from pybernetes.apiserver.cel.environment import KUBERNETES, PER_CALL_LIMIT
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.program import Program
from pybernetes.apiserver.cel.records import Records
from pybernetes.apiserver.cel.types import BOOL, STRING, Type, list_of, map_of, struct

_TEXTS = list_of(STRING)
_SPEC = "kubernetes.SubjectAccessReviewSpec"
_SELECTOR = {"rawSelector": STRING, "requirements": list_of(struct("kubernetes.SelectorRequirement"))}
_TYPES: Mapping[str, Mapping[str, Type]] = {
    _SPEC: {
        "resourceAttributes": struct("kubernetes.ResourceAttributes"),
        "nonResourceAttributes": struct("kubernetes.NonResourceAttributes"),
        "user": STRING,
        "groups": _TEXTS,
        "extra": map_of(STRING, _TEXTS),
        "uid": STRING,
    },
    "kubernetes.ResourceAttributes": {
        **dict.fromkeys(("namespace", "verb", "group", "version", "resource", "subresource", "name"), STRING),
        "fieldSelector": struct("kubernetes.FieldSelectorAttributes"),
        "labelSelector": struct("kubernetes.LabelSelectorAttributes"),
    },
    "kubernetes.FieldSelectorAttributes": _SELECTOR,
    "kubernetes.LabelSelectorAttributes": _SELECTOR,
    "kubernetes.SelectorRequirement": {"key": STRING, "operator": STRING, "values": _TEXTS},
    "kubernetes.NonResourceAttributes": {"path": STRING, "verb": STRING},
}
_ENVIRONMENT = KUBERNETES.extend(variables={"request": struct(_SPEC)}, provider=Records(_TYPES))
_RESOURCE_FIELDS = ("namespace", "verb", "group", "version", "resource", "subresource", "name")


class MatchConditions:
    """Compiled conditions; without any, every request matches. Raises ValueError for one that is no expression."""

    def __init__(self, expressions: Iterable[str]):
        self._programs = [compile_condition(text) for text in expressions]

    def match(self, spec: Json) -> bool:
        """Whether all conditions hold of a review's spec. Raises MatchFailed."""
        if not self._programs:
            return True
        request, failures = _shown(spec), list[str]()
        for program in self._programs:
            try:
                if program.evaluate({"request": request}, PER_CALL_LIMIT)[0] is False:
                    return False
            except EvaluationError as error:
                failures.append(f"cel evaluation error: expression '{program.source}' resulted in error: {error}")
        if failures:
            raise MatchFailed(failures[0] if len(failures) == 1 else f"[{', '.join(failures)}]")
        return True


def compile_condition(text: str) -> Program:
    """Raises ValueError for what is no expression that gives a boolean."""
    try:
        program = _ENVIRONMENT.compile(text)
    except ValueError as error:
        raise ValueError(f"compilation failed: {error}") from error
    if program.type != BOOL:
        raise ValueError(f"must evaluate to bool but got {program.type}")
    return program


def _shown(spec: Json) -> dict[str, Any]:
    """The spec with every text field, since expressions read them without asking whether they are there."""
    shown: dict[str, Any] = {"user": "", "groups": [], "uid": "", "extra": {}, **spec}
    resource = spec.get("resourceAttributes")
    if resource is not None:
        shown["resourceAttributes"] = {**dict.fromkeys(_RESOURCE_FIELDS, ""), **resource}
    return shown
