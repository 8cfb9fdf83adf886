"""The rules on what ties pods to nodes: affinity, tolerations, taints, topology spread, node selectors.

Counterpart: the scheduling parts of pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.validation import validate_label_name, validate_label_selector
from pybernetes.api.names import dns_label, dns_subdomain, label_value
from pybernetes.api.object import Json

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_POSITIVE = "must be greater than zero"
_NOT_AN_OPERATOR = "not a valid selector operator"
_IN_BOTH = "exists in both matchLabelKeys and labelSelector"
_MAX_WEIGHT = 100


def validate_affinity(affinity: Json, path: str, errors: ErrorList) -> None:
    """Node affinity, pod affinity and pod anti-affinity."""
    if "nodeAffinity" in affinity:
        _validate_node_affinity(affinity["nodeAffinity"], f"{path}.nodeAffinity", errors)
    for part in ("podAffinity", "podAntiAffinity"):
        if part in affinity:
            _validate_pod_affinity(affinity[part], f"{path}.{part}", errors)


def _validate_node_affinity(affinity: Json, path: str, errors: ErrorList) -> None:
    if _REQUIRED in affinity:
        validate_node_selector(affinity[_REQUIRED], f"{path}.{_REQUIRED}", errors)
    for index, term in enumerate(affinity.get(_PREFERRED) or ()):
        at = f"{path}.{_PREFERRED}[{index}]"
        _validate_weight(term, at, errors)
        validate_node_selector_term(term.get("preference") or {}, f"{at}.preference", errors, check_values=False)


def _validate_weight(term: Json, path: str, errors: ErrorList) -> None:
    weight = term.get("weight") or 0
    if not 1 <= weight <= _MAX_WEIGHT:
        errors.invalid(f"{path}.weight", weight, "must be in the range 1-100")


def validate_node_selector(selector: Json, path: str, errors: ErrorList) -> None:
    """A NodeSelector has at least one term."""
    terms = selector.get("nodeSelectorTerms") or ()
    if not terms:
        errors.required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")
    for index, term in enumerate(terms):
        validate_node_selector_term(term, f"{path}.nodeSelectorTerms[{index}]", errors)


def validate_node_selector_term(term: Json, path: str, errors: ErrorList, *, check_values: bool = True) -> None:
    """Requirements on labels and on the name. Values of a preference are not checked: they can do no harm."""
    for index, requirement in enumerate(term.get("matchExpressions") or ()):
        _validate_expression(requirement, f"{path}.matchExpressions[{index}]", errors, check_values)
    for index, requirement in enumerate(term.get("matchFields") or ()):
        _validate_field(requirement, f"{path}.matchFields[{index}]", errors)


def _validate_expression(requirement: Json, path: str, errors: ErrorList, check_values: bool) -> None:
    operator, values = requirement.get("operator") or "", requirement.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            errors.required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            errors.forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            errors.required(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    else:
        errors.invalid(f"{path}.operator", operator, _NOT_AN_OPERATOR)
    validate_label_name(requirement.get("key") or "", f"{path}.key", errors)
    for index, value in enumerate(values if check_values else ()):
        errors.each_invalid(f"{path}.values[{index}]", value, label_value(value))


def _validate_field(requirement: Json, path: str, errors: ErrorList) -> None:
    operator, values = requirement.get("operator") or "", requirement.get("values") or ()
    if operator not in ("In", "NotIn"):
        errors.invalid(f"{path}.operator", operator, _NOT_AN_OPERATOR)
    elif len(values) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        errors.required(f"{path}.values", detail)
    if requirement.get("key") != "metadata.name":
        errors.invalid(f"{path}.key", requirement.get("key") or "", "not a valid field selector key")
        return
    for index, value in enumerate(values):
        errors.each_invalid(f"{path}.values[{index}]", value, dns_subdomain(value))


def _validate_pod_affinity(affinity: Json, path: str, errors: ErrorList) -> None:
    for index, term in enumerate(affinity.get(_REQUIRED) or ()):
        _validate_pod_affinity_term(term, f"{path}.{_REQUIRED}[{index}]", errors)
    for index, weighted in enumerate(affinity.get(_PREFERRED) or ()):
        at = f"{path}.{_PREFERRED}[{index}]"
        _validate_weight(weighted, at, errors)
        _validate_pod_affinity_term(weighted.get("podAffinityTerm") or {}, f"{at}.podAffinityTerm", errors)


def _validate_pod_affinity_term(term: Json, path: str, errors: ErrorList) -> None:
    for part in ("labelSelector", "namespaceSelector"):
        if part in term:
            validate_label_selector(term[part], f"{path}.{part}", errors)
    for namespace in term.get("namespaces") or ():
        errors.each_invalid(f"{path}.namespace", namespace, dns_label(namespace))
    _validate_label_keys(term, path, errors)
    key = term.get("topologyKey") or ""
    if not key:
        errors.required(f"{path}.topologyKey", "can not be empty")
    validate_label_name(key, f"{path}.topologyKey", errors)


def _validate_label_keys(term: Json, path: str, errors: ErrorList) -> None:
    wanted, unwanted = term.get("matchLabelKeys") or (), term.get("mismatchLabelKeys") or ()
    for part, keys in (("matchLabelKeys", wanted), ("mismatchLabelKeys", unwanted)):
        if keys and "labelSelector" not in term:
            errors.forbidden(f"{path}.{part}", "must not be specified when labelSelector is not set")
            continue
        for index, key in enumerate(keys):
            validate_label_name(key, f"{path}.{part}[{index}]", errors)
    selector = term.get("labelSelector") or {}
    seen = set(selector.get("matchLabels") or ())
    for expression in selector.get("matchExpressions") or ():
        key = expression.get("key")
        if key in wanted and key in seen:
            errors.invalid(f"{path}[{list(wanted).index(key)}]", key, _IN_BOTH)
        seen.add(key)
    for index, key in enumerate(wanted):
        if key in unwanted:
            detail = "exists in both matchLabelKeys and mismatchLabelKeys"
            errors.invalid(f"{path}.matchLabelKeys[{index}]", key, detail)


def validate_tolerations(tolerations: Sequence[Json], path: str, errors: ErrorList) -> None:
    """The rules on a pod's tolerations."""
    for index, toleration in enumerate(tolerations):
        _validate_toleration(toleration, f"{path}[{index}]", errors)


def _validate_toleration(toleration: Json, path: str, errors: ErrorList) -> None:
    key, operator = toleration.get("key") or "", toleration.get("operator") or ""
    value, effect = toleration.get("value") or "", toleration.get("effect") or ""
    if key:
        validate_label_name(key, f"{path}.key", errors)
    elif operator != "Exists":
        detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        errors.invalid(f"{path}.operator", operator, detail)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        errors.invalid(f"{path}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator in ("Equal", ""):
        wrong = label_value(value) if value else ()
        if wrong:
            errors.invalid(f"{path}.operator", value, ";".join(wrong))
    elif operator == "Exists":
        if value:
            errors.invalid(f"{path}.operator", value, "value must be empty when `operator` is 'Exists'")
    else:
        errors.not_supported(f"{path}.operator", operator, ("Equal", "Exists"))
    if effect and effect not in _EFFECTS:
        errors.not_supported(f"{path}.effect", effect, _EFFECTS)


def validate_taints(taints: Sequence[Json], path: str, errors: ErrorList) -> None:
    """The rules on a node's taints: no two with the same key and effect."""
    seen = set()
    for index, taint in enumerate(taints):
        at = f"{path}[{index}]"
        key, value, effect = taint.get("key") or "", taint.get("value") or "", taint.get("effect") or ""
        validate_label_name(key, f"{at}.key", errors)
        wrong = label_value(value)
        if wrong:
            errors.invalid(f"{at}.value", value, ";".join(wrong))
        if not effect:
            errors.required(f"{at}.effect")
        elif effect not in _EFFECTS:
            errors.not_supported(f"{at}.effect", effect, _EFFECTS)
        if (key, effect) in seen:
            errors.duplicate(at, internal(taint, "core.node.Taint"), "taints must be unique by key and effect pair")
        seen.add((key, effect))


def validate_topology_spread(constraints: Sequence[Json], path: str, errors: ErrorList) -> None:
    """The rules on topologySpreadConstraints: no two with the same key and action."""
    pairs = [(c.get("topologyKey") or "", c.get("whenUnsatisfiable") or "") for c in constraints]
    for index, constraint in enumerate(constraints):
        at = f"{path}[{index}]"
        key, action = pairs[index]
        if (constraint.get("maxSkew") or 0) <= 0:
            errors.invalid(f"{at}.maxSkew", constraint.get("maxSkew") or 0, _POSITIVE)
        if not key:
            errors.required(f"{at}.topologyKey", "can not be empty")
        if action not in ("DoNotSchedule", "ScheduleAnyway"):
            errors.not_supported(f"{at}.whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway"))
        if pairs[index] in pairs[index + 1 :]:
            errors.duplicate(f"{at}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}")
        _validate_min_domains(constraint, action, at, errors)
        for part in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if constraint.get(part) not in (None, "Honor", "Ignore"):
                errors.not_supported(f"{at}.{part}", constraint[part], ("Honor", "Ignore"))
        _validate_label_keys(constraint, at, errors)
        if "labelSelector" in constraint:
            validate_label_selector(constraint["labelSelector"], f"{at}.labelSelector", errors)


def _validate_min_domains(constraint: Json, action: str, path: str, errors: ErrorList) -> None:
    least = constraint.get("minDomains")
    if least is None:
        return
    if least <= 0:
        errors.invalid(f"{path}.minDomains", least, _POSITIVE)
    if action != "DoNotSchedule":
        detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        errors.invalid(f"{path}.minDomains", least, detail)
