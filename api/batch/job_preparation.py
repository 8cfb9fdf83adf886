"""What the server writes into a new job: defaults, and the labels and the selector that make its pods its own.

Unless manualSelector is set, a job's pods are told apart by the job's uid: the labels go into the template and the uid
into the selector. Labels of those names that were set by hand stay, and validation compares them.

Counterparts: pkg/apis/batch/v1/defaults.go and generateSelector in pkg/registry/batch/job.
"""

from __future__ import annotations

from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.object import Json, name_of

CONTROLLER_UID = "batch.kubernetes.io/controller-uid"
JOB_NAME = "batch.kubernetes.io/job-name"
LEGACY_CONTROLLER_UID = "controller-uid"
LEGACY_JOB_NAME = "job-name"
_BACKOFF_LIMIT = 6


def set_job_defaults(job: Json) -> None:
    """One pod and one success, where neither is said; labels of the template where the job has none."""
    spec = job.get("spec")
    if spec is None:
        return
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = spec["parallelism"] = 1
    for field, value in (
        ("parallelism", 1),
        ("backoffLimit", _BACKOFF_LIMIT),
        ("completionMode", "NonIndexed"),
        ("suspend", False),
        ("manualSelector", False),
        ("podReplacementPolicy", "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"),
    ):
        if spec.get(field) is None:
            spec[field] = value
    set_job_spec_defaults(spec)
    _take_template_labels(job)


def set_job_spec_defaults(spec: Json) -> None:
    """Defaults that hold in a cron job's template too."""
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("status"):
                pattern["status"] = "True"
    set_template_defaults(spec.get("template") or {})


def _take_template_labels(job: Json) -> None:
    labels = ((job["spec"].get("template") or {}).get("metadata") or {}).get("labels")
    if labels and not job["metadata"].get("labels"):
        job["metadata"]["labels"] = dict(labels)


def prepare_job_create(job: Json) -> None:
    """Give the job its labels and its selector; its uid is known by now."""
    spec = job["spec"]
    if spec.get("manualSelector"):
        return
    uid, name = job["metadata"].get("uid") or "", name_of(job)
    labels = spec.setdefault("template", {}).setdefault("metadata", {}).setdefault("labels", {})
    for label, value in (
        (LEGACY_JOB_NAME, name),
        (JOB_NAME, name),
        (LEGACY_CONTROLLER_UID, uid),
        (CONTROLLER_UID, uid),
    ):
        labels.setdefault(label, value)
    spec.setdefault("selector", {}).setdefault("matchLabels", {}).setdefault(CONTROLLER_UID, uid)
    _take_template_labels(job)
