"""The rules on roles and their bindings. Counterpart: pkg/apis/rbac/validation."""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.names import dns_subdomain, path_segment
from pybernetes.api.object import Json

RBAC_GROUP = "rbac.authorization.k8s.io"


def validate_rules(rules: Sequence[Json], *, namespaced: bool, errors: ErrorList) -> None:
    """Each rule is about resources or about URLs, and says what it allows."""
    for index, rule in enumerate(rules):
        _validate_rule(rule, f"rules[{index}]", namespaced, errors)


def _validate_rule(rule: Json, path: str, namespaced: bool, errors: ErrorList) -> None:
    if not rule.get("verbs"):
        errors.required(f"{path}.verbs", "verbs must contain at least one value")
    urls = rule.get("nonResourceURLs")
    if urls:
        if namespaced:
            errors.invalid(f"{path}.nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs")
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            detail = "rules cannot apply to both regular resources and non-resource URLs"
            errors.invalid(f"{path}.nonResourceURLs", urls, detail)
        return
    if not rule.get("apiGroups"):
        errors.required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        errors.required(f"{path}.resources", "resource rules must supply at least one resource")


def set_binding_defaults(binding: Json) -> None:
    """References name the API group of what they refer to."""
    reference = binding.get("roleRef")
    if reference is not None and not reference.get("apiGroup"):
        reference["apiGroup"] = RBAC_GROUP
    for subject in binding.get("subjects") or ():
        if subject.get("kind") in ("User", "Group") and not subject.get("apiGroup"):
            subject["apiGroup"] = RBAC_GROUP


def validate_binding(binding: Json, kinds: Sequence[str], *, namespaced: bool, errors: ErrorList) -> None:
    """The role is of one of `kinds`, and every subject is complete."""
    reference = binding.get("roleRef") or {}
    group, kind, name = reference.get("apiGroup") or "", reference.get("kind") or "", reference.get("name") or ""
    if group != RBAC_GROUP:
        errors.not_supported("roleRef.apiGroup", group, (RBAC_GROUP,))
    if kind not in kinds:
        errors.not_supported("roleRef.kind", kind, kinds)
    if not name:
        errors.required("roleRef.name")
    else:
        errors.each_invalid("roleRef.name", name, path_segment(name))
    for index, subject in enumerate(binding.get("subjects") or ()):
        _validate_subject(subject, f"subjects[{index}]", namespaced, errors)


def _validate_subject(subject: Json, path: str, namespaced: bool, errors: ErrorList) -> None:
    name, kind, group = subject.get("name") or "", subject.get("kind") or "", subject.get("apiGroup") or ""
    if not name:
        errors.required(f"{path}.name")
    if kind == "ServiceAccount":
        if name:
            errors.each_invalid(f"{path}.name", name, dns_subdomain(name))
        if group:
            errors.not_supported(f"{path}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            errors.required(f"{path}.namespace")
    elif kind in ("User", "Group"):
        if group != RBAC_GROUP:
            errors.not_supported(f"{path}.apiGroup", group, (RBAC_GROUP,))
    else:
        errors.not_supported(f"{path}.kind", kind, ("ServiceAccount", "User", "Group"))


def validate_binding_update(new: Json, old: Json, errors: ErrorList) -> None:
    """A binding is for one role: another role is another binding."""
    if new.get("roleRef") != old.get("roleRef"):
        errors.invalid("roleRef", internal(new.get("roleRef") or {}, "rbac.role_ref.RoleRef"), "cannot change roleRef")
