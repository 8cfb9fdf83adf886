"""The rules on jobs: as they are created, and what may change later.

`validate_job_spec` holds for a cron job's template as well; a job has its selector besides. Early success and the
meaning of failures are in `job_policy_validation`, the status in `job_status_validation`.

Counterpart: pkg/apis/batch/validation.
"""

from __future__ import annotations

from pybernetes.api.batch.job_policy_validation import validate_pod_failure_policy, validate_success_policy
from pybernetes.api.batch.job_preparation import CONTROLLER_UID, JOB_NAME, LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME
from pybernetes.api.core.pod_spec_validation import validate_pod_template
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import LABEL_SELECTOR, internal
from pybernetes.api.meta.validation import (
    IMMUTABLE,
    validate_domain_prefixed,
    validate_has_label,
    validate_immutable,
    validate_label_selector,
    validate_not_negative,
)
from pybernetes.api.names import dns_label
from pybernetes.api.object import Json, deep_copy, name_of
from pybernetes.api.selectors import selector_from_object

INDEXED, NON_INDEXED = "Indexed", "NonIndexed"
_MAX_INDEXED = 100_000  # what completedIndexes can tell apart in a status of reasonable size
_MAX_MANY = 10_000  # the same with more completions than that
_MAX_MANAGED_BY = 63
_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)


def is_indexed(spec: Json) -> bool:
    return spec.get("completionMode") == INDEXED


def validate_job(job: Json, errors: ErrorList) -> None:
    """Every rule on a job (ValidateJob)."""
    spec = job.get("spec") or {}
    _validate_generated_selector(job, spec, errors)
    validate_job_spec(spec, "spec", errors)
    selector = spec.get("selector")
    if selector is None:
        errors.required("spec.selector")
    else:
        validate_label_selector(selector, "spec.selector", errors)
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if _can_match(selector) and not selector_from_object(selector).matches(labels or {}):
        errors.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if is_indexed(spec) and (spec.get("completions") or 0) > 0:
        hostname = f"{name_of(job)}-{spec['completions'] - 1}"
        if dns_label(hostname):
            detail = f"will not able to create pod with invalid DNS label: {hostname}"
            errors.invalid("metadata.name", name_of(job), detail)


def _can_match(selector: Json | None) -> bool:
    wrong = ErrorList()
    if selector is not None:
        validate_label_selector(selector, "", wrong)
    return not wrong


def _validate_generated_selector(job: Json, spec: Json, errors: ErrorList) -> None:
    selector = spec.get("selector")
    if spec.get("manualSelector") or selector is None:
        return
    uid, name = job["metadata"].get("uid") or "", name_of(job)
    if not uid:
        errors.required("metadata.uid")
    meta = (spec.get("template") or {}).get("metadata") or {}
    expected = {LEGACY_CONTROLLER_UID: uid, LEGACY_JOB_NAME: name, CONTROLLER_UID: uid, JOB_NAME: name}
    for label, value in expected.items():
        validate_has_label(meta, label, value, "spec.template.metadata", errors)
    if _can_match(selector) and not selector_from_object(selector).matches(expected):
        errors.invalid("spec.selector", internal(selector, LABEL_SELECTOR), "`selector` not auto-generated")


def validate_job_spec(spec: Json, path: str, errors: ErrorList) -> None:
    """The rules on a job's spec but for its selector (validateJobSpec)."""
    for field in _COUNTS:
        validate_not_negative(spec.get(field), f"{path}.{field}", errors)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        errors.required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    if spec.get("managedBy") is not None:
        validate_domain_prefixed(spec["managedBy"], f"{path}.managedBy", errors)
        if len(spec["managedBy"]) > _MAX_MANAGED_BY:
            errors.too_long(f"{path}.managedBy", _MAX_MANAGED_BY)
    _validate_completion_mode(spec, path, errors)
    if "podFailurePolicy" in spec:
        validate_pod_failure_policy(spec, f"{path}.podFailurePolicy", errors)
    if "successPolicy" in spec:
        if is_indexed(spec):
            validate_success_policy(spec, f"{path}.successPolicy", errors)
        else:
            shown = internal(spec["successPolicy"], _SHAPES["successPolicy"])
            errors.invalid(f"{path}.successPolicy", shown, "requires indexed completion mode")
    _validate_replacement(spec, f"{path}.podReplacementPolicy", errors)
    validate_pod_template(spec.get("template") or {}, f"{path}.template", errors)
    _validate_restart_policy(spec, f"{path}.template.spec.restartPolicy", errors)


def _validate_completion_mode(spec: Json, path: str, errors: ErrorList) -> None:
    mode = spec.get("completionMode")
    if mode is not None and mode not in (NON_INDEXED, INDEXED):
        errors.not_supported(f"{path}.completionMode", mode, (NON_INDEXED, INDEXED))
    if mode == INDEXED:
        _validate_indexed(spec, path, errors)
    if mode is None or mode == NON_INDEXED:
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(field) is not None:
                errors.invalid(f"{path}.{field}", spec[field], "requires indexed completion mode")


def _validate_indexed(spec: Json, path: str, errors: ErrorList) -> None:
    completions, parallelism = spec.get("completions"), spec.get("parallelism") or 0
    per_index, most_failed = spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes")
    if completions is None:
        errors.required(f"{path}.completions", f"when completion mode is {INDEXED}")
    if parallelism > _MAX_INDEXED:
        detail = f"must be less than or equal to {_MAX_INDEXED} when completion mode is {INDEXED}"
        errors.invalid(f"{path}.parallelism", parallelism, detail)
    if completions is not None and most_failed is not None and most_failed > completions:
        errors.invalid(f"{path}.maxFailedIndexes", most_failed, "must be less than or equal to completions")
    if most_failed is not None and most_failed > _MAX_INDEXED:
        errors.invalid(f"{path}.maxFailedIndexes", most_failed, f"must be less than or equal to {_MAX_INDEXED}")
    if completions is None or completions <= _MAX_INDEXED or per_index is None:
        return
    if most_failed is None:
        errors.required(f"{path}.maxFailedIndexes", f"must be specified when completions is above {_MAX_INDEXED}")
    suffix = f"when completions are above {_MAX_INDEXED} and used with backoff limit per index"
    for field, value in (("parallelism", parallelism), ("maxFailedIndexes", most_failed)):
        if value is not None and value > _MAX_MANY:
            errors.invalid(f"{path}.{field}", value, f"must be less than or equal to {_MAX_MANY} {suffix}")


def _validate_replacement(spec: Json, path: str, errors: ErrorList) -> None:
    policy = spec.get("podReplacementPolicy")
    if policy is None:
        return
    choices = ("Failed",) if "podFailurePolicy" in spec else ("Failed", "TerminatingOrFailed")
    if policy not in choices:
        errors.not_supported(path, policy, choices)


def _validate_restart_policy(spec: Json, path: str, errors: ErrorList) -> None:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy") or ""
    if policy in ("", "Always"):
        errors.required(path, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        errors.not_supported(path, policy, ("OnFailure", "Never"))
    elif "podFailurePolicy" in spec and policy != "Never":
        errors.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')


def validate_job_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What may change in a job (ValidateJobSpecUpdate)."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    _validate_completions_change(spec, before, errors)
    _validate_fixed(spec, before, "selector", errors)
    _validate_template_change(spec, old, errors)
    for field in ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"):
        _validate_fixed(spec, before, field, errors)


_SHAPES = {
    "selector": LABEL_SELECTOR,
    "podFailurePolicy": "batch.job_spec.PodFailurePolicy",
    "successPolicy": "batch.job_spec.SuccessPolicy",
}


def _validate_fixed(spec: Json, before: Json, field: str, errors: ErrorList) -> None:
    value = spec.get(field)
    if value != before.get(field):
        shown = internal(value, _SHAPES[field]) if field in _SHAPES else value
        errors.invalid(f"spec.{field}", shown, IMMUTABLE)


def _validate_completions_change(spec: Json, before: Json, errors: ErrorList) -> None:
    """An indexed job grows and shrinks, together with its parallelism."""
    completions, was = spec.get("completions"), before.get("completions")
    if not is_indexed(spec):
        validate_immutable(completions, was, "spec.completions", errors)
    elif completions not in (None, was) and completions != spec.get("parallelism"):
        errors.invalid("spec.completions", completions, "can only be modified in tandem with spec.parallelism")


_SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")


def _validate_template_change(spec: Json, old: Json, errors: ErrorList) -> None:
    """A suspended job may ask for other resources; one that never started may go to other nodes as well."""
    template = spec.get("template") or {}
    allowed: Json = deep_copy((old.get("spec") or {}).get("template") or {})
    if not (old.get("spec") or {}).get("suspend"):
        if template != allowed:
            errors.invalid("spec.template", internal(template, "core.pod_template.PodTemplateSpec"), IMMUTABLE)
        return
    if not (old.get("status") or {}).get("startTime"):
        _take_scheduling(template, allowed)
    pod, was = template.get("spec") or {}, allowed.get("spec") or {}
    for part in ("containers", "initContainers"):
        _take_resources(pod.get(part) or [], was.get(part) or [])
    if pod != was:
        errors.invalid("spec.template.spec", internal(pod, "core.pod.PodSpec"), IMMUTABLE)


def _take_scheduling(template: Json, allowed: Json) -> None:
    pod, was = template.get("spec") or {}, allowed.get("spec") or {}
    affinity = {**(was.get("affinity") or {})}
    affinity.pop("nodeAffinity", None)
    wanted = pod.get("affinity") or {}
    if "nodeAffinity" in wanted:
        affinity["nodeAffinity"] = wanted["nodeAffinity"]
    was.pop("affinity", None)
    if affinity or "affinity" in pod:
        was["affinity"] = affinity
    for field in _SCHEDULING:
        was.pop(field, None)
        if field in pod:
            was[field] = pod[field]


def _take_resources(containers: list[Json], allowed: list[Json]) -> None:
    if len(containers) != len(allowed):
        return
    for container, was in zip(containers, allowed, strict=True):
        if container.get("name") == was.get("name"):
            was.pop("resources", None)
            if "resources" in container:
                was["resources"] = container["resources"]
