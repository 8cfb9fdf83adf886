"""The rules on flow schemas and priority levels. Counterpart: pkg/apis/flowcontrol/validation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.names import dns_label, dns_subdomain
from pybernetes.api.object import Json, name_of

EXEMPT, CATCH_ALL = "exempt", "catch-all"
_MAX_PRECEDENCE = 10000
_MAX_QUEUES = 10_000_000
_MAX_HASH_BITS = 60
_VERBS = frozenset(("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"))
_METHODS = ("ByNamespace", "ByUser")
_KINDS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
_EVERY_PATH = {"verbs": ["*"], "nonResourceURLs": ["*"]}


def _everything(*groups: str) -> list[Json]:
    subjects = [{"kind": "Group", "group": {"name": group}} for group in groups]
    return [{"subjects": subjects, "resourceRules": [_EVERYTHING], "nonResourceRules": [_EVERY_PATH]}]


# What the schemas and levels that every cluster needs must be.
_MANDATORY_SCHEMAS: dict[str, Json] = {
    EXEMPT: {
        "priorityLevelConfiguration": {"name": EXEMPT},
        "matchingPrecedence": 1,
        "rules": _everything("system:masters"),
    },
    CATCH_ALL: {
        "priorityLevelConfiguration": {"name": CATCH_ALL},
        "matchingPrecedence": _MAX_PRECEDENCE,
        "distinguisherMethod": {"type": "ByUser"},
        "rules": _everything("system:unauthenticated", "system:authenticated"),
    },
}
_LEVEL = "flowcontrol.priority_level_configuration.PriorityLevelConfigurationSpec"
_CATCH_ALL_LEVEL = {
    "type": "Limited",
    "limited": {"nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": {"type": "Reject"}},
}


def validate_schema(schema: Json, errors: ErrorList) -> None:
    """Every rule on a flow schema."""
    spec, name = schema.get("spec") or {}, name_of(schema)
    _validate_precedence(spec.get("matchingPrecedence") or 0, name, errors)
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in _METHODS:
        shown = internal(method, "flowcontrol.flow_schema.FlowDistinguisherMethod")
        errors.not_supported("spec.distinguisherMethod.type", shown, _METHODS)
    level = (spec.get("priorityLevelConfiguration") or {}).get("name") or ""
    if level:
        errors.each_invalid("spec.priorityLevelConfiguration.name", level, dns_subdomain(level))
    else:
        errors.required("spec.priorityLevelConfiguration.name", "must reference a priority level")
    for index, rule in enumerate(spec.get("rules") or ()):
        _validate_rule(rule, f"spec.rules[{index}]", errors)
    if name in _MANDATORY_SCHEMAS and spec != _MANDATORY_SCHEMAS[name]:
        shown = internal(spec, "flowcontrol.flow_schema.FlowSchemaSpec")
        errors.invalid("spec", shown, f"spec of '{name}' must equal the fixed value")
    validate_conditions(schema, errors)


def _validate_precedence(precedence: int, name: str, errors: ErrorList) -> None:
    path = "spec.matchingPrecedence"
    if precedence <= 0:
        errors.invalid(path, precedence, "must be a positive value")
    if precedence > _MAX_PRECEDENCE:
        errors.invalid(path, precedence, f"must not be greater than {_MAX_PRECEDENCE}")
    if precedence == 1 and name != EXEMPT:
        errors.invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")


def _validate_rule(rule: Json, path: str, errors: ErrorList) -> None:
    subjects = rule.get("subjects") or []
    for index, subject in enumerate(subjects):
        _validate_subject(subject, f"{path}.subjects[{index}]", errors)
    if not subjects:
        errors.required(f"{path}.subjects", "subjects must contain at least one value")
    resources, paths = rule.get("resourceRules") or [], rule.get("nonResourceRules") or []
    if not resources and not paths:
        errors.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty")
    for index, entry in enumerate(resources):
        _validate_resources(entry, f"{path}.resourceRules[{index}]", errors)
    for index, entry in enumerate(paths):
        _validate_paths(entry, f"{path}.nonResourceRules[{index}]", errors)


def _validate_subject(subject: Json, path: str, errors: ErrorList) -> None:
    kind = subject.get("kind") or ""
    if kind not in _KINDS:
        errors.not_supported(f"{path}.kind", kind, tuple(_KINDS))
        return
    field = _KINDS[kind]
    held, at = subject.get(field), f"{path}.{field}"
    if held is None:
        errors.required(at, f"{field} is required when subject kind is '{kind}'")
    elif not held.get("name"):
        errors.required(f"{at}.name")
    elif kind == "ServiceAccount" and held["name"] != "*":
        errors.each_invalid(f"{at}.name", held["name"], dns_subdomain(held["name"]))
    if held is not None and kind == "ServiceAccount":
        namespace = held.get("namespace") or ""
        if namespace:
            errors.each_invalid(f"{at}.namespace", namespace, dns_label(namespace))
        else:
            errors.required(f"{at}.namespace", "must specify namespace for service account")
    for other in ("ServiceAccount", "User", "Group"):
        if other != kind and subject.get(_KINDS[other]) is not None:
            detail = f"{_KINDS[other]} is forbidden when subject kind is not '{other}'"
            errors.forbidden(f"{path}.{_KINDS[other]}", detail)


def _validate_verbs(verbs: Sequence[str], path: str, errors: ErrorList) -> None:
    if not verbs:
        errors.required(path, "verbs must contain at least one value")
    elif "*" in verbs:
        if len(verbs) > 1:
            errors.invalid(path, verbs, "if '*' is present, must not specify other verbs")
    elif not set(verbs) <= _VERBS:
        errors.not_supported(path, verbs, _VERBS)


def _validate_list(values: Sequence[str], path: str, missing: str, what: str, errors: ErrorList) -> None:
    if not values:
        errors.required(path, missing)
    elif len(values) > 1 and "*" in values:
        errors.invalid(path, values, f"if '*' is present, must not specify other {what}")


def _validate_resources(rule: Json, path: str, errors: ErrorList) -> None:
    _validate_verbs(rule.get("verbs") or [], f"{path}.verbs", errors)
    for field, one, others in (
        ("apiGroups", "api group", "api groups"),
        ("resources", "resource", "resources"),
    ):
        missing = f"resource rules must supply at least one {one}"
        _validate_list(rule.get(field) or [], f"{path}.{field}", missing, others, errors)
    namespaces = rule.get("namespaces") or []
    if not namespaces and not rule.get("clusterScope"):
        missing = "resource rules that are not cluster scoped must supply at least one namespace"
        errors.required(f"{path}.namespaces", missing)
    elif "*" in namespaces:
        _validate_list(namespaces, f"{path}.namespaces", "", "namespaces", errors)
    else:
        for index, namespace in enumerate(namespaces):
            for wrong in dns_label(namespace):
                detail = f"each member of this list must be '*' or a DNS-1123 label; {wrong}"
                errors.invalid(f"{path}.namespaces[{index}]", namespace, detail)


def _validate_paths(rule: Json, path: str, errors: ErrorList) -> None:
    _validate_verbs(rule.get("verbs") or [], f"{path}.verbs", errors)
    urls, at = rule.get("nonResourceURLs") or [], f"{path}.nonResourceURLs"
    if not urls or "*" in urls:
        missing = "nonResourceURLs must contain at least one value"
        _validate_list(urls, at, missing, "non-resource URLs", errors)
        return
    for index, url in enumerate(urls):
        wrong = _wrong_url(url)
        if wrong:
            errors.invalid(f"{at}[{index}]", url, wrong)


def _wrong_url(url: str) -> str:
    if not url:
        return "must not be empty"
    if not url.startswith("/"):
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    stars = url.count("*")
    return "wildcard can only do suffix matching" if stars > 1 or (stars and not url.endswith("/*")) else ""


def validate_conditions(obj: Json, errors: ErrorList) -> None:
    """Conditions have types, each its own."""
    seen = set()
    for index, condition in enumerate((obj.get("status") or {}).get("conditions") or ()):
        path, kind = f"status.conditions[{index}].type", condition.get("type") or ""
        if kind in seen:
            errors.duplicate(path, kind)
        seen.add(kind)
        if not kind:
            errors.required(path, "must not be empty")


def validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    validate_conditions(new, errors)


def validate_level(level: Json, errors: ErrorList) -> None:
    """Every rule on a priority level."""
    spec, name = level.get("spec") or {}, name_of(level)
    kind, exempt, limited = spec.get("type") or "", spec.get("exempt"), spec.get("limited")
    if (name == EXEMPT) != (kind == "Exempt"):
        errors.invalid("spec.type", kind, "type must be 'Exempt' if and only if name is 'exempt'")
    if kind == "Exempt":
        if exempt is None:
            errors.required("spec.exempt", "must not be empty when type is Exempt")
        else:
            _validate_shares(exempt, "spec.exempt", errors)
            _validate_lendable(exempt, "spec.exempt", errors)
        if limited is not None:
            errors.forbidden("spec.limited", "must be nil if the type is not Limited")
    elif kind == "Limited":
        if exempt is not None:
            errors.forbidden("spec.exempt", "must be nil if the type is Limited")
        if limited is None:
            errors.required("spec.limited", "must not be empty when type is Limited")
        else:
            _validate_limited(limited, "spec.limited", errors)
    else:
        errors.not_supported("spec.type", kind, ("Exempt", "Limited"))
    _validate_mandatory_level(spec, name, errors)
    validate_conditions(level, errors)


def _validate_mandatory_level(spec: Json, name: str, errors: ErrorList) -> None:
    if name == EXEMPT and {key: value for key, value in spec.items() if key != "exempt"} != {"type": "Exempt"}:
        errors.invalid(
            "spec",
            internal(spec, _LEVEL),
            f"spec of '{name}' except the 'spec.exempt' field must equal the fixed value",
        )
    if name == CATCH_ALL and spec != _CATCH_ALL_LEVEL:
        errors.invalid("spec", internal(spec, _LEVEL), f"spec of '{name}' must equal the fixed value")


def _validate_shares(part: Json, path: str, errors: ErrorList) -> None:
    shares = part.get("nominalConcurrencyShares") or 0
    if shares < 0:
        errors.invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer")


def _validate_lendable(part: Json, path: str, errors: ErrorList) -> None:
    percent = part.get("lendablePercent")
    if percent is not None and not 0 <= percent <= 100:
        errors.invalid(f"{path}.lendablePercent", percent, "must be between 0 and 100, inclusive")


def _validate_limited(limited: Json, path: str, errors: ErrorList) -> None:
    _validate_shares(limited, path, errors)
    _validate_response(limited.get("limitResponse") or {}, f"{path}.limitResponse", errors)
    _validate_lendable(limited, path, errors)
    borrowing = limited.get("borrowingLimitPercent")
    if borrowing is not None and borrowing < 0:
        detail = "if specified, must be a non-negative integer"
        errors.invalid(f"{path}.borrowingLimitPercent", borrowing, detail)


def _validate_response(response: Json, path: str, errors: ErrorList) -> None:
    kind, queuing = response.get("type") or "", response.get("queuing")
    if kind == "Reject":
        if queuing is not None:
            errors.forbidden(f"{path}.queuing", "must be nil if limited.limitResponse.type is not Limited")
    elif kind == "Queue":
        if queuing is None:
            errors.required(f"{path}.queuing", "must not be empty if limited.limitResponse.type is Limited")
        else:
            _validate_queuing(queuing, f"{path}.queuing", errors)
    else:
        errors.not_supported(f"{path}.type", kind, ("Queue", "Reject"))


def _validate_queuing(queuing: Json, path: str, errors: ErrorList) -> None:
    length, queues, hand = (queuing.get(name) or 0 for name in ("queueLengthLimit", "queues", "handSize"))
    if length <= 0:
        errors.invalid(f"{path}.queueLengthLimit", length, "must be positive")
    if queues <= 0:
        errors.invalid(f"{path}.queues", queues, "must be positive")
    elif queues > _MAX_QUEUES:
        errors.invalid(f"{path}.queues", queues, f"must not be greater than {_MAX_QUEUES}")
    if hand <= 0:
        errors.invalid(f"{path}.handSize", hand, "must be positive")
    elif hand > queues:
        errors.invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})")
    elif hand > _MAX_HASH_BITS or _entropy_bits(queues, hand) > _MAX_HASH_BITS:
        detail = f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than 60"
        errors.invalid(f"{path}.handSize", hand, detail)


def _entropy_bits(queues: int, hand: int) -> int:
    """How many bits of a hash it takes to deal a hand of so many queues."""
    return math.ceil(math.log2(math.prod(range(queues - hand + 1, queues + 1))))
