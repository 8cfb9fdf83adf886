"""Which names a definition gets, and what its conditions say. Pure.

Within a group, a name is used once: as plural, singular and short name, or as kind and list kind. The definition that
had it first keeps it. Counterpart: apiextensions-apiserver/pkg/controller/status and establish.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.apiextensions.conversion_validation import wrong_bundle
from pybernetes.api.apiextensions.validation import approval_of, is_protected
from pybernetes.api.object import Json, deep_copy, set_condition
from pybernetes.api.resources import Resource

ESTABLISHED, NAMES_ACCEPTED, TERMINATING = "Established", "NamesAccepted", "Terminating"
APPROVAL = "KubernetesAPIApprovalPolicyConformant"
_INSTALLING, _INVALID_BUNDLE = _NAMED = ("Installing", "InvalidCABundle")


def condition_is_true(crd: Json, kind: str) -> bool:
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == kind and one.get("status") == "True" for one in conditions)


def status_of(crd: Json, others: Iterable[Json], built_in: Iterable[Resource], now: str) -> Json:
    """The status that a definition should have, given the group's other definitions and built-in resources."""
    status: Json = deep_copy(crd.get("status") or {})
    accepted = status.get("acceptedNames") or {"kind": "", "plural": ""}
    wanted = crd["spec"]["names"]
    resources, kinds = _taken(crd, others, built_in)
    new, refusal = _accept(wanted, accepted, resources, kinds)
    status["acceptedNames"] = new
    names = _condition(NAMES_ACCEPTED, not refusal, *(refusal or ("NoConflicts", "no conflicts found")))
    conditions = set_condition(status.get("conditions") or (), names, now)
    if not condition_is_true(crd, ESTABLISHED):
        conditions = set_condition(conditions, _established(crd, refused=refusal is not None), now)
    if is_protected(crd["spec"]["group"]):
        reason, message = approval_of(crd)
        approval = _condition(APPROVAL, reason == "ApprovedAnnotation", reason, message)
        conditions = set_condition(conditions, approval, now)
    status["conditions"] = conditions
    return status


def _established(crd: Json, *, refused: bool) -> Json:
    """The next step to being established: the names are had first, and told of, and then it is served."""
    if refused:
        return _condition(ESTABLISHED, False, "NotAccepted", "not all names are accepted")
    text = "the initial names have been accepted"
    if any(one.get("reason") in _NAMED for one in (crd.get("status") or {}).get("conditions") or ()):
        if wrong_bundle(crd):
            return _condition(ESTABLISHED, False, _INVALID_BUNDLE, "The conversion webhook CABundle is invalid")
        return _condition(ESTABLISHED, True, "InitialNamesAccepted", text)
    return _condition(ESTABLISHED, False, _INSTALLING, text)


def terminating(crd: Json, reason: str, message: str, now: str, *, over: bool = False) -> Json:
    """The status of a definition that is going."""
    status: Json = deep_copy(crd.get("status") or {})
    condition = _condition(TERMINATING, not over, reason, message)
    status["conditions"] = set_condition(status.get("conditions") or (), condition, now)
    return status


def _condition(kind: str, holds: bool, reason: str, message: str) -> Json:
    return {"type": kind, "status": "True" if holds else "False", "reason": reason, "message": message}


def _taken(crd: Json, others: Iterable[Json], built_in: Iterable[Resource]) -> tuple[set[str], set[str]]:
    """The names in use in the group: of resources, and of kinds."""
    group, resources, kinds = crd["spec"]["group"], set[str](), set[str]()
    for other in others:
        if other["spec"]["group"] == group and other["metadata"]["name"] != crd["metadata"]["name"]:
            names = (other.get("status") or {}).get("acceptedNames") or {}
            resources |= {names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())}
            kinds |= {names.get("kind", ""), names.get("listKind", "")}
    for resource in built_in:
        if resource.group == group:
            resources |= {resource.plural, resource.singular, *resource.short_names}
            kinds |= {resource.kind, resource.list_kind}
    return resources - {""}, kinds - {""}


def _accept(wanted: Json, accepted: Json, resources: set[str], kinds: set[str]) -> tuple[Json, tuple[str, str] | None]:
    """The names that are had from now on, and the last refusal as (reason, message): the one Kubernetes tells."""
    result, refusals = dict(accepted), list[tuple[str, str]]()
    for field in ("plural", "singular", "shortNames", "kind", "listKind"):
        value = wanted.get(field)
        names = value if isinstance(value, list) else [value] if value else []
        taken = [name for name in names if name in (kinds if field in ("kind", "listKind") else resources)]
        if taken:
            message = ", ".join(f'"{name}" is already in use' for name in taken)
            refusals.append((f"{field[0].upper()}{field[1:]}Conflict", message))
        elif value:
            result[field] = value
        else:
            result.pop(field, None)
    result.pop("categories", None)
    if wanted.get("categories"):
        result["categories"] = wanted["categories"]
    return deep_copy(result), refusals[-1] if refusals else None
