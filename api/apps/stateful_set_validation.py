"""The rules on stateful sets. Counterpart: the stateful set parts of pkg/apis/apps/validation."""

from __future__ import annotations

from pybernetes.api.apps.workload_validation import (
    is_zero,
    validate_at_most_all,
    validate_collisions,
    validate_counts,
    validate_int_or_percent,
    validate_long_running,
    validate_selector,
)
from pybernetes.api.core.claim_validation import validate_claim_spec
from pybernetes.api.core.claim_warnings import claim_spec_warnings
from pybernetes.api.core.pod_annotation_validation import validate_pod_annotations
from pybernetes.api.core.pod_spec_validation import validate_pod_template
from pybernetes.api.core.pod_warnings import workload_warnings
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.validation import (
    validate_annotations,
    validate_labels,
    validate_not_negative,
)
from pybernetes.api.names import dns_label
from pybernetes.api.object import Json

_ORDERED, _PARALLEL = "OrderedReady", "Parallel"
_ON_DELETE, _ROLLING_UPDATE = "OnDelete", "RollingUpdate"
_RETENTION = ("Retain", "Delete")
_NO_STEPS: Json = {"partition": 0, "maxUnavailable": None}
_STRATEGY = "apps.stateful_set.StatefulSetUpdateStrategy"
_STEPS = "apps.stateful_set.RollingUpdateStatefulSetStrategy"
_CHANGEABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_FIXED = (
    "updates to statefulset spec for fields other than "
    + ", ".join(f"'{field}'" for field in _CHANGEABLE[:-1])
    + f" and '{_CHANGEABLE[-1]}' are forbidden"
)
_COUNTS = (
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "observedGeneration",
    "collisionCount",
)


def validate_stateful_set(stateful_set: Json, errors: ErrorList) -> None:
    """Every rule on the spec; what cannot change is judged once, when it is new (ValidateStatefulSetSpec)."""
    spec = stateful_set.get("spec") or {}
    is_new = not (stateful_set.get("metadata") or {}).get("resourceVersion")
    _validate_pod_management(spec, errors)
    _validate_strategy(spec.get("updateStrategy") or {}, "spec.updateStrategy", errors)
    policy = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for field in ("whenDeleted", "whenScaled"):
        if policy and policy.get(field) not in _RETENTION:
            at = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
            errors.not_supported(at, policy.get(field) or "", _RETENTION)
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or () if is_new else ()):
        validate_claim_spec(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec", errors)
    validate_counts(spec, "spec", ("replicas", "minReadySeconds"), errors)
    validate_not_negative((spec.get("ordinals") or {}).get("start"), "spec.ordinals.start", errors)
    if is_new and spec.get("serviceName"):
        errors.each_invalid("spec.serviceName", spec["serviceName"], dns_label(spec["serviceName"]))
    _validate_selector_and_template(spec, errors)
    validate_long_running(spec.get("template") or {}, "StatefulSet", errors)


def _validate_pod_management(spec: Json, errors: ErrorList) -> None:
    policy = spec.get("podManagementPolicy") or ""
    if not policy:
        errors.required("spec.podManagementPolicy")
    elif policy not in (_ORDERED, _PARALLEL):
        errors.invalid("spec.podManagementPolicy", policy, f"must be '{_ORDERED}' or '{_PARALLEL}'")


def _validate_strategy(strategy: Json, path: str, errors: ErrorList) -> None:
    kind, steps = strategy.get("type") or "", strategy.get("rollingUpdate")
    if not kind:
        errors.required(path)
    elif kind == _ON_DELETE:
        if steps is not None:
            shown = internal({**_NO_STEPS, **steps}, _STEPS)
            errors.invalid(f"{path}.rollingUpdate", shown, f"only allowed for updateStrategy '{_ROLLING_UPDATE}'")
    elif kind != _ROLLING_UPDATE:
        if steps is not None:
            strategy = {**strategy, "rollingUpdate": {**_NO_STEPS, **steps}}
        errors.invalid(path, internal(strategy, _STRATEGY), f"must be '{_ROLLING_UPDATE}' or '{_ON_DELETE}'")
    elif steps is not None:
        at = f"{path}.rollingUpdate"
        validate_not_negative(steps.get("partition"), f"{at}.partition", errors)
        if "maxUnavailable" in steps:
            validate_int_or_percent(steps["maxUnavailable"], f"{at}.maxUnavailable", errors)
            if is_zero(steps["maxUnavailable"]):
                errors.invalid(f"{at}.maxUnavailable", steps["maxUnavailable"], "cannot be 0")
            validate_at_most_all(steps["maxUnavailable"], f"{at}.maxUnavailable", errors)


def _validate_selector_and_template(spec: Json, errors: ErrorList) -> None:
    selector = validate_selector(spec, errors, "statefulset", unreadable="")
    if selector is None:
        return
    template, path = _as_made(spec), "spec.template"
    meta = template.get("metadata") or {}
    labels = meta.get("labels")
    if not selector.matches_all and not selector.matches(labels or {}):
        errors.invalid(f"{path}.metadata.labels", labels, "`selector` does not match template `labels`")
    validate_pod_template(template, path, errors)
    validate_labels(labels or {}, f"{path}.labels", errors)
    annotations = meta.get("annotations") or {}
    validate_annotations(annotations, f"{path}.annotations", errors)
    validate_pod_annotations(annotations, template.get("spec") or {}, f"{path}.annotations", errors)


def _as_made(spec: Json) -> Json:
    """The template as the controller completes it: with volumes of the claims, and names of its own."""
    template: Json = spec.get("template") or {}
    pod = {field: value for field, value in (template.get("spec") or {}).items() if field not in _SET_BY_CONTROLLER}
    names = [(claim.get("metadata") or {}).get("name") or "" for claim in spec.get("volumeClaimTemplates") or ()]
    if names:
        claims = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in dict.fromkeys(names)]
        pod["volumes"] = claims + [volume for volume in pod.get("volumes") or () if volume.get("name") not in names]
    return {**template, "spec": pod}


_SET_BY_CONTROLLER = ("hostname", "subdomain")


def validate_stateful_set_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What may change of the spec."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    if any(spec.get(field) != before.get(field) for field in {*spec, *before} - set(_CHANGEABLE)):
        errors.forbidden("spec", _FIXED)


def validate_stateful_set_status(new: Json, old: Json, errors: ErrorList) -> None:
    """Counts are not negative, and no part exceeds the whole."""
    status = new.get("status") or {}
    validate_counts(status, "status", _COUNTS, errors)
    total = status.get("replicas") or 0
    for field in ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"):
        count = status.get(field) or 0
        if count > total:
            errors.invalid(f"status.{field}", count, "cannot be greater than status.replicas")
    available = status.get("availableReplicas") or 0
    if available > (status.get("readyReplicas") or 0):
        errors.invalid("status.availableReplicas", available, "cannot be greater than status.readyReplicas")
    validate_collisions(new, old, errors)


def stateful_set_warnings(new: Json, old: Json | None) -> list[str]:
    """About the template, the claims, and a limit that means nothing."""
    found, spec = workload_warnings(new, old), new.get("spec") or {}
    if old is not None and spec == (old.get("spec") or {}):
        return found
    part = "" if old is None else ".Spec"
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        found += claim_spec_warnings(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}]{part}")
    limit = spec.get("revisionHistoryLimit")
    if limit is not None and limit < 0:
        where = "spec.revisionHistoryLimit"
        found.append(f"{where}: a negative value retains all historical revisions; a value >= 0 is recommended")
    return found
