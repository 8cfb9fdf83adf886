"""What to write so that the cluster has the bootstrap policy: pure, from what is there and what is wanted.

Kubernetes adds what is missing at every start and takes nothing away: administrators may add rules, subjects,
labels. An object annotated ``rbac.authorization.kubernetes.io/autoupdate: "false"`` is left alone. A binding's
role cannot be changed, so a binding to another role is replaced: deleted and made anew.

Counterpart: component-helpers/auth/rbac/reconciliation.
"""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.api.object import Json, annotations_of, deep_copy
from pybernetes.apiserver.authz.covering import missing_rules
from pybernetes.apiserver.bootstrap.policy_rule import AUTOUPDATE


@dataclass(frozen=True, slots=True)
class Write:
    """One write to make. `replace` says that the old object must be deleted first."""

    obj: Json
    create: bool
    replace: bool = False


def reconcile_role(existing: Json | None, wanted: Json) -> Write | None:
    """The write for a Role or ClusterRole, or None when it has all it needs."""
    if existing is None:
        return Write(deep_copy(wanted), create=True)
    if not _may_update(existing):
        return None
    result = deep_copy(existing)
    changed = _add_metadata(result, wanted)
    if wanted.get("aggregationRule"):
        changed |= _add_selectors(result, wanted)
    else:
        missing = missing_rules(existing.get("rules") or (), wanted.get("rules") or ())
        if missing:
            result["rules"] = [*(existing.get("rules") or ()), *deep_copy(missing)]
            changed = True
    return Write(result, create=False) if changed else None


def reconcile_binding(existing: Json | None, wanted: Json) -> Write | None:
    """The write for a RoleBinding or ClusterRoleBinding, or None when it has all it needs."""
    if existing is None:
        return Write(deep_copy(wanted), create=True)
    if not _may_update(existing):
        return None
    if existing.get("roleRef") != wanted["roleRef"]:
        replacement = deep_copy(wanted)
        replacement["subjects"] = _with_missing(existing.get("subjects") or [], wanted["subjects"])
        return Write(replacement, create=True, replace=True)
    result = deep_copy(existing)
    changed = _add_metadata(result, wanted)
    subjects = _with_missing(existing.get("subjects") or [], wanted["subjects"])
    if len(subjects) != len(existing.get("subjects") or ()):
        result["subjects"] = subjects
        changed = True
    return Write(result, create=False) if changed else None


def _may_update(existing: Json) -> bool:
    return annotations_of(existing).get(AUTOUPDATE) != "false"


def _add_metadata(result: Json, wanted: Json) -> bool:
    """Add labels and annotations that are missing; what is there keeps its value."""
    changed = False
    for field in ("labels", "annotations"):
        present = result["metadata"].get(field) or {}
        missing = {key: value for key, value in wanted["metadata"].get(field, {}).items() if key not in present}
        if missing:
            result["metadata"][field] = {**present, **missing}
            changed = True
    return changed


def _add_selectors(result: Json, wanted: Json) -> bool:
    present = (result.get("aggregationRule") or {}).get("clusterRoleSelectors") or []
    selectors = _with_missing(present, wanted["aggregationRule"]["clusterRoleSelectors"])
    if len(selectors) == len(present):
        return False
    result["aggregationRule"] = {"clusterRoleSelectors": selectors}
    return True


def _with_missing(present: list[Json], wanted: list[Json]) -> list[Json]:
    return [*present, *(deep_copy(one) for one in wanted if one not in present)]
