"""Which taints a list of tolerations bears with.

A toleration matches a taint when effect and key match (empty matches any) and, unless its operator is Exists, the
values are equal. Counterpart: k8s.io/component-helpers/scheduling/corev1 and Toleration.ToleratesTaint.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pybernetes.api.object import Json

NO_SCHEDULE = "NoSchedule"
PREFER_NO_SCHEDULE = "PreferNoSchedule"
NO_EXECUTE = "NoExecute"
DO_NOT_SCHEDULE_EFFECTS = (NO_SCHEDULE, NO_EXECUTE)


def tolerates(toleration: Json, taint: Json) -> bool:
    """Whether one toleration matches one taint."""
    effect = toleration.get("effect")
    if effect and effect != taint.get("effect"):
        return False
    key = toleration.get("key")
    if key and key != taint.get("key"):
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return operator == "Equal" and bool(key) and (toleration.get("value") or "") == (taint.get("value") or "")


def is_tolerated(taint: Json, tolerations: Iterable[Json]) -> bool:
    """Whether any of the tolerations matches the taint."""
    return any(tolerates(toleration, taint) for toleration in tolerations)


def untolerated_taint(
    taints: Iterable[Json], tolerations: Sequence[Json], effects: Collection[str] = DO_NOT_SCHEDULE_EFFECTS
) -> Json | None:
    """The first taint of these effects that no toleration matches (FindMatchingUntoleratedTaint)."""
    for taint in taints:
        if taint.get("effect") in effects and not is_tolerated(taint, tolerations):
            return taint
    return None


def matching_tolerations(taints: Sequence[Json], tolerations: Sequence[Json]) -> tuple[bool, list[Json]]:
    """Whether every taint is tolerated, and the first toleration that matches each (GetMatchingTolerations)."""
    used = []
    for taint in taints:
        found = next((toleration for toleration in tolerations if tolerates(toleration, taint)), None)
        if found is None:
            return False, []
        used.append(found)
    return True, used


def toleration_seconds(tolerations: Iterable[Json]) -> int | None:
    """How long a pod may stay on a node that its tolerations bear for a time: the least; None is forever."""
    limits = [max(0, seconds) for t in tolerations if (seconds := t.get("tolerationSeconds")) is not None]
    return min(limits) if limits else None


def same_taint(one: Json, other: Json) -> bool:
    """Taints are told apart by key and effect (Taint.MatchTaint)."""
    return one.get("key") == other.get("key") and one.get("effect") == other.get("effect")


def format_taint(taint: Json) -> str:
    """``key=value:Effect``, as `describe` and messages print it."""
    key, value, effect = taint.get("key", ""), taint.get("value") or "", taint.get("effect") or ""
    if not effect:
        return f"{key}={value}:" if value else key
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"
