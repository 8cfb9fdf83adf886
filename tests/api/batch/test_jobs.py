"""Jobs and cron jobs: defaults and generated labels, every rule as a row, what may change, statuses, warnings."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

INVALID, REQUIRED, DUPLICATE = "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate"
FORBIDDEN, UNSUPPORTED, TOO_LONG, TOO_MANY = (
    "FieldValueForbidden",
    "FieldValueNotSupported",
    "FieldValueTooLong",
    "FieldValueTooMany",
)
_META = {"name": "a", "namespace": "d", "uid": "u"}
_POD = {"containers": [{"name": "c", "image": "x:1"}], "restartPolicy": "Never"}
_LABELS = {
    "job-name": "a",
    "batch.kubernetes.io/job-name": "a",
    "controller-uid": "u",
    "batch.kubernetes.io/controller-uid": "u",
}


def job(**spec: Any) -> Json:
    return {"metadata": dict(_META), "spec": {"template": {"spec": _POD}, **spec}}


def cron_job(**spec: Any) -> Json:
    template = {"spec": {"template": {"spec": _POD}}}
    return {"metadata": dict(_META), "spec": {"schedule": "* * * * *", "jobTemplate": template, **spec}}


def test_a_minimal_job(server: Any) -> None:
    created, causes = server.create("jobs.batch", job())
    assert causes == []
    template = created["spec"].pop("template")
    assert template["metadata"]["labels"] == _LABELS
    assert created["metadata"]["labels"] == _LABELS
    assert created["spec"] == {
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "completions": 1,
        "manualSelector": False,
        "parallelism": 1,
        "podReplacementPolicy": "TerminatingOrFailed",
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}},
        "suspend": False,
    }


def test_defaults_that_depend_on_other_fields(server: Any) -> None:
    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}
    created, causes = server.create("jobs.batch", job(podFailurePolicy={"rules": [rule]}, parallelism=3))
    assert causes == []
    spec = created["spec"]
    assert "completions" not in spec
    assert spec["podReplacementPolicy"] == "Failed"
    assert spec["podFailurePolicy"]["rules"][0]["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]


def test_a_job_keeps_its_own_labels_and_a_manual_selector(server: Any) -> None:
    wanted = job(
        manualSelector=True,
        selector={"matchLabels": {"x": "y"}},
        template={"metadata": {"labels": {"x": "y"}}, "spec": _POD},
    )
    created, causes = server.create("jobs.batch", wanted)
    assert causes == []
    assert created["spec"]["selector"] == {"matchLabels": {"x": "y"}}
    assert created["metadata"]["labels"] == {"x": "y"}


def test_a_minimal_cron_job(server: Any) -> None:
    created, causes = server.create("cronjobs.batch", cron_job())
    assert causes == []
    template = created["spec"].pop("jobTemplate")
    assert created["spec"] == {
        "concurrencyPolicy": "Allow",
        "failedJobsHistoryLimit": 1,
        "schedule": "* * * * *",
        "successfulJobsHistoryLimit": 3,
        "suspend": False,
    }
    assert list(template["spec"]) == ["template"]


def rule(**fields: Any) -> Json:
    return {"podFailurePolicy": {"rules": [fields]}}


def codes(**fields: Any) -> Json:
    return rule(action="Ignore", onExitCodes={"operator": "In", "values": [1], **fields})


def indexed(**fields: Any) -> Json:
    return {"completionMode": "Indexed", "completions": 5, **fields}


def success(**fields: Any) -> Json:
    return indexed(successPolicy={"rules": [fields]})


_RULE = "spec.podFailurePolicy.rules[0]"
_SUCCESS = "spec.successPolicy.rules[0]"

JOB_RULES: list[tuple[Json, str, str, str]] = [
    ({"parallelism": -1}, "spec.parallelism", INVALID, "Invalid value: -1: must be greater than or equal to 0"),
    ({"completions": -1}, "spec.completions", INVALID, "Invalid value: -1: must be greater than or equal to 0"),
    ({"backoffLimit": -1}, "spec.backoffLimit", INVALID, "Invalid value: -1: must be greater than or equal to 0"),
    (
        {"ttlSecondsAfterFinished": -1},
        "spec.ttlSecondsAfterFinished",
        INVALID,
        "Invalid value: -1: must be greater than or equal to 0",
    ),
    (
        indexed(maxFailedIndexes=1),
        "spec.backoffLimitPerIndex",
        REQUIRED,
        "Required value: when maxFailedIndexes is specified",
    ),
    (
        {"managedBy": "me"},
        "spec.managedBy",
        INVALID,
        'Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
    ),
    ({"managedBy": ""}, "spec.managedBy", REQUIRED, "Required value"),
    ({"managedBy": "a.b/" + "c" * 60}, "spec.managedBy", TOO_LONG, "Too long: may not be more than 63 bytes"),
    (
        {"completionMode": "X"},
        "spec.completionMode",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "NonIndexed", "Indexed"',
    ),
    (
        {"completionMode": "Indexed", "parallelism": 1},
        "spec.completions",
        REQUIRED,
        "Required value: when completion mode is Indexed",
    ),
    (
        indexed(parallelism=100001),
        "spec.parallelism",
        INVALID,
        "Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
    ),
    (
        indexed(backoffLimitPerIndex=1, maxFailedIndexes=6),
        "spec.maxFailedIndexes",
        INVALID,
        "Invalid value: 6: must be less than or equal to completions",
    ),
    (
        indexed(completions=100001, backoffLimitPerIndex=1),
        "spec.maxFailedIndexes",
        REQUIRED,
        "Required value: must be specified when completions is above 100000",
    ),
    (
        indexed(completions=100001, backoffLimitPerIndex=1, maxFailedIndexes=1, parallelism=10001),
        "spec.parallelism",
        INVALID,
        "Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with "
        "backoff limit per index",
    ),
    (
        {"backoffLimitPerIndex": 1},
        "spec.backoffLimitPerIndex",
        INVALID,
        "Invalid value: 1: requires indexed completion mode",
    ),
    (
        rule(onPodConditions=[{"type": "X"}]),
        f"{_RULE}.action",
        REQUIRED,
        'Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
    ),
    (
        rule(action="FailIndex", onPodConditions=[{"type": "X"}]),
        f"{_RULE}.action",
        INVALID,
        'Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
    ),
    (
        rule(action="Stop", onPodConditions=[{"type": "X"}]),
        f"{_RULE}.action",
        UNSUPPORTED,
        'Unsupported value: "Stop": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
    ),
    (
        rule(action="Ignore"),
        _RULE,
        INVALID,
        "Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
    ),
    (
        rule(action="Ignore", onExitCodes={"operator": "In", "values": [1]}, onPodConditions=[{"type": "X"}]),
        _RULE,
        INVALID,
        "Invalid value: specifying both OnExitCodes and OnPodConditions is not supported",
    ),
    (
        rule(action="Ignore", onPodConditions=[{"type": "X", "status": "Yes"}]),
        f"{_RULE}.onPodConditions[0].status",
        UNSUPPORTED,
        'Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
    ),
    (
        codes(containerName="no"),
        f"{_RULE}.onExitCodes.containerName",
        INVALID,
        'Invalid value: "no": must be one of the container or initContainer names in the pod template',
    ),
    (codes(values=[]), f"{_RULE}.onExitCodes.values", INVALID, "Invalid value: []: at least one value is required"),
    (
        codes(values=[0]),
        f"{_RULE}.onExitCodes.values[0]",
        INVALID,
        "Invalid value: 0: must not be 0 for the In operator",
    ),
    (codes(values=[1, 1]), f"{_RULE}.onExitCodes.values[1]", DUPLICATE, "Duplicate value: 1"),
    (codes(values=[2, 1]), f"{_RULE}.onExitCodes.values", INVALID, "Invalid value: [2,1]: must be ordered"),
    (
        {"podFailurePolicy": {"rules": []}, "podReplacementPolicy": "TerminatingOrFailed"},
        "spec.podReplacementPolicy",
        UNSUPPORTED,
        'Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
    ),
    (
        {"successPolicy": {"rules": []}},
        "spec.successPolicy",
        INVALID,
        'Invalid value: {"Rules":[]}: requires indexed completion mode',
    ),
    (
        indexed(successPolicy={"rules": []}),
        "spec.successPolicy.rules",
        REQUIRED,
        "Required value: at least one rules must be specified when the successPolicy is specified",
    ),
    (
        success(),
        _SUCCESS,
        REQUIRED,
        "Required value: at least one of succeededCount or succeededIndexes must be specified",
    ),
    (
        success(succeededIndexes="1-9"),
        f"{_SUCCESS}.succeededIndexes",
        INVALID,
        'Invalid value: "1-9": error parsing succeededIndexes: too large index: "9"',
    ),
    (
        success(succeededIndexes="1,2", succeededCount=3),
        f"{_SUCCESS}.succeededCount",
        INVALID,
        "Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes "
        "field)",
    ),
    (
        success(succeededCount=6),
        f"{_SUCCESS}.succeededCount",
        INVALID,
        "Invalid value: 6: must be less than or equal to 5 (the number of specified completions)",
    ),
    (
        {"template": {"spec": {**_POD, "restartPolicy": "Always"}}},
        "spec.template.spec.restartPolicy",
        REQUIRED,
        'Required value: valid values: "OnFailure", "Never"',
    ),
    (
        {
            **rule(action="Ignore", onPodConditions=[{"type": "X"}]),
            "template": {"spec": {**_POD, "restartPolicy": "OnFailure"}},
        },
        "spec.template.spec.restartPolicy",
        INVALID,
        'Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ),
    ({"manualSelector": True}, "spec.selector", REQUIRED, "Required value"),
    (
        {"selector": {"matchLabels": {"x": "y"}}},
        "spec.selector",
        INVALID,
        'Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u","x":"y"}}: '
        "`selector` not auto-generated",
    ),
    (
        {"template": {"metadata": {"labels": {"job-name": "b"}}, "spec": _POD}},
        "spec.template.metadata.labels[job-name]",
        INVALID,
        'Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"a",'
        '"controller-uid":"u","job-name":"b"}: must be \'a\'',
    ),
]


@pytest.mark.parametrize(("spec", "field", "reason", "message"), JOB_RULES)
def test_job_rules(server: Any, spec: Json, field: str, reason: str, message: str) -> None:
    assert (field, reason, message) in server.create("jobs.batch", job(**spec))[1]


def test_a_job_without_all_it_needs(server: Any) -> None:
    causes = server.create("jobs.batch", {"metadata": dict(_META), "spec": {}})[1]
    assert [cause[0] for cause in causes] == ["spec.template.spec.containers", "spec.template.spec.restartPolicy"]


CRON_JOB_RULES: list[tuple[Json, str, str, str]] = [
    ({"schedule": ""}, "spec.schedule", REQUIRED, "Required value"),
    (
        {"schedule": "a b"},
        "spec.schedule",
        INVALID,
        'Invalid value: "a b": expected exactly 5 fields, found 2: [a b]',
    ),
    (
        {"schedule": "TZ=UTC * * * * *"},
        "spec.schedule",
        INVALID,
        'Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ),
    ({"timeZone": ""}, "spec.timeZone", INVALID, 'Invalid value: "": timeZone must be nil or non-empty string'),
    ({"timeZone": "Europe/No"}, "spec.timeZone", INVALID, 'Invalid value: "Europe/No": unknown time zone Europe/No'),
    ({"timeZone": "a//b"}, "spec.timeZone", INVALID, 'Invalid value: "a//b": unknown time zone a//b'),
    (
        {"timeZone": "Local"},
        "spec.timeZone",
        INVALID,
        'Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ),
    (
        {"startingDeadlineSeconds": -1},
        "spec.startingDeadlineSeconds",
        INVALID,
        "Invalid value: -1: must be greater than or equal to 0",
    ),
    (
        {"concurrencyPolicy": "X"},
        "spec.concurrencyPolicy",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "Allow", "Forbid", "Replace"',
    ),
    (
        {"jobTemplate": {"spec": {"template": {"spec": _POD}, "selector": {}, "manualSelector": True}}},
        "spec.jobTemplate.spec.manualSelector",
        UNSUPPORTED,
        'Unsupported value: true: supported values: "nil", "false"',
    ),
    (
        {"jobTemplate": {"spec": {"template": {"spec": _POD}, "selector": {}}}},
        "spec.jobTemplate.spec.selector",
        INVALID,
        "Invalid value: {}: `selector` will be auto-generated",
    ),
    (
        {"failedJobsHistoryLimit": -1},
        "spec.failedJobsHistoryLimit",
        INVALID,
        "Invalid value: -1: must be greater than or equal to 0",
    ),
]


@pytest.mark.parametrize(("spec", "field", "reason", "message"), CRON_JOB_RULES)
def test_cron_job_rules(server: Any, spec: Json, field: str, reason: str, message: str) -> None:
    assert (field, reason, message) in server.create("cronjobs.batch", cron_job(**spec))[1]


def test_names_leave_room_for_jobs_and_pods(server: Any) -> None:
    long = cron_job()
    long["metadata"]["name"] = "a" * 53
    message = f'Invalid value: "{"a" * 53}": must be no more than 52 bytes'
    assert server.create("cronjobs.batch", long)[1] == [("metadata.name", INVALID, message)]
    named = job(completionMode="Indexed", completions=11)
    named["metadata"]["name"] = name = "a" * 61
    message = f'Invalid value: "{name}": will not able to create pod with invalid DNS label: {name}-10'
    assert ("metadata.name", INVALID, message) in server.create("jobs.batch", named)[1]


def test_a_zone_inside_a_stored_schedule_may_stay(server: Any, changed: Any) -> None:
    stored, _ = server.create("cronjobs.batch", cron_job(schedule="TZ=UTC * * * * *"))
    assert server.update("cronjobs.batch", stored, changed(stored, "spec/suspend", True)) == []
    both = server.update("cronjobs.batch", stored, changed(stored, "spec/timeZone", "UTC"))
    detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
    assert both == [("spec.schedule", INVALID, f'Invalid value: "TZ=UTC * * * * *": {detail}')]


IMMUTABLE = [
    ({}, "spec/completions", 2, "spec.completions", "Invalid value: 2: field is immutable"),
    (
        indexed(parallelism=5),
        "spec/completions",
        3,
        "spec.completions",
        "Invalid value: 3: can only be modified in tandem with spec.parallelism",
    ),
    ({}, "spec/completionMode", "Indexed", "spec.completionMode", 'Invalid value: "Indexed": field is immutable'),
    ({}, "spec/managedBy", "a.b/c", "spec.managedBy", 'Invalid value: "a.b/c": field is immutable'),
    ({"managedBy": "a.b/c"}, "spec/managedBy", ..., "spec.managedBy", "Invalid value: null: field is immutable"),
    (
        indexed(backoffLimitPerIndex=1),
        "spec/backoffLimitPerIndex",
        2,
        "spec.backoffLimitPerIndex",
        "Invalid value: 2: field is immutable",
    ),
]


@pytest.mark.parametrize(("spec", "path", "value", "field", "message"), IMMUTABLE)
def test_what_may_not_change(
    server: Any, changed: Any, spec: Json, path: str, value: Any, field: str, message: str
) -> None:
    created, _ = server.create("jobs.batch", job(**spec))
    assert (field, INVALID, message) in server.update("jobs.batch", created, changed(created, path, value))


@pytest.mark.parametrize(
    ("suspend", "started", "path", "value", "field"),
    [
        (False, False, "nodeSelector", {"a": "b"}, "spec.template"),
        (True, False, "nodeSelector", {"a": "b"}, None),
        (True, True, "nodeSelector", {"a": "b"}, "spec.template.spec"),
        (True, True, "containers/0/resources", {"requests": {"cpu": "1"}}, None),
        (False, False, "containers/0/resources", {"requests": {"cpu": "1"}}, "spec.template"),
        (True, False, "containers/0/image", "y", "spec.template.spec"),
        (True, False, "affinity", {"nodeAffinity": {}}, None),
        (True, False, "affinity", {"podAffinity": {}}, "spec.template.spec"),
    ],
)
def test_the_template_of_a_suspended_job(
    server: Any, changed: Any, suspend: bool, started: bool, path: str, value: Any, field: str | None
) -> None:
    created, _ = server.create("jobs.batch", job(suspend=suspend))
    if started:
        created["status"] = {"startTime": "2026-01-01T00:00:00Z"}
    causes = server.update("jobs.batch", created, changed(created, f"spec/template/spec/{path}", value))
    assert [cause[0] for cause in causes] == ([field] if field else [])


def condition(*types: str) -> list[Json]:
    return [{"type": one, "status": "True"} for one in types]


_START, _END = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"

STATUSES: list[tuple[Json, Json, Json, str, str, str]] = [
    ({}, {}, {"active": -1}, "active", INVALID, "Invalid value: -1: must be greater than or equal to 0"),
    ({}, {}, {"ready": 2, "active": 1}, "ready", INVALID, "Invalid value: 2: cannot set more ready pods than active"),
    (
        {},
        {},
        {"uncountedTerminatedPods": {"succeeded": ["u"], "failed": ["u"]}},
        "uncountedTerminatedPods.failed[0]",
        DUPLICATE,
        'Duplicate value: "u"',
    ),
    (
        {},
        {},
        {"conditions": condition("Complete", "SuccessCriteriaMet"), "startTime": _START},
        "completionTime",
        REQUIRED,
        "Required value: completionTime is required for Complete jobs",
    ),
    (
        {},
        {},
        {"conditions": condition("Complete")},
        "conditions",
        INVALID,
        "Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    ),
    (
        {},
        {},
        {"conditions": condition("Failed"), "startTime": _START},
        "conditions",
        INVALID,
        "Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
    ),
    (
        {},
        {},
        {"conditions": condition("Failed", "FailureTarget")},
        "startTime",
        REQUIRED,
        "Required value: startTime is required for finished job",
    ),
    (
        {},
        {},
        {"conditions": condition("Failed", "FailureTarget"), "startTime": _START, "active": 1},
        "active",
        INVALID,
        "Invalid value: 1: active>0 is invalid for finished job",
    ),
    (
        {},
        {},
        {"startTime": _END, "completionTime": _START},
        "completionTime",
        INVALID,
        f'Invalid value: "{_START}": must be equal to or after `startTime`',
    ),
    ({}, {"failed": 2}, {"failed": 1}, "failed", INVALID, "Invalid value: 1: cannot decrease the failed counter"),
    (
        {},
        {"conditions": condition("Failed", "FailureTarget"), "startTime": _START},
        {"conditions": [], "startTime": _START},
        "conditions",
        INVALID,
        "Invalid value: cannot disable the terminal Failed=True condition",
    ),
    (
        {},
        {"startTime": _START},
        {},
        "startTime",
        REQUIRED,
        "Required value: startTime cannot be removed for unsuspended job",
    ),
    (
        indexed(),
        {},
        {"completedIndexes": "2-1"},
        "completedIndexes",
        INVALID,
        'Invalid value: "2-1": error parsing completedIndexes: non-increasing order, previous: 2, current: 1',
    ),
    (
        {},
        {},
        {"completedIndexes": "0"},
        "completedIndexes",
        INVALID,
        'Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
    ),
    (
        indexed(backoffLimitPerIndex=1),
        {},
        {"completedIndexes": "0-2", "failedIndexes": "2,4"},
        "failedIndexes",
        INVALID,
        'Invalid value: "2,4": failedIndexes and completedIndexes overlap at index: 2',
    ),
    (
        {},
        {},
        {"conditions": condition("SuccessCriteriaMet", "FailureTarget")},
        "conditions",
        INVALID,
        "Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    ),
]


@pytest.mark.parametrize(("spec", "before", "status", "field", "reason", "message"), STATUSES)
def test_statuses(
    server: Any, changed: Any, spec: Json, before: Json, status: Json, field: str, reason: str, message: str
) -> None:
    created, _ = server.create("jobs.batch", job(**spec))
    created["status"] = before
    causes = server.update("jobs.batch", created, changed(created, "status", status), status=True)
    assert (f"status.{field}", reason, message) in causes


def test_warnings() -> None:
    warnings = definition_of(resource("jobs.batch")).warnings
    named = job()
    named["metadata"]["name"] = "a.b"
    assert warnings(named, None) == [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
        "a DNS label is recommended: [must not contain dots]"
    ]
    huge = job(completionMode="Indexed", completions=100001, parallelism=10001)
    assert [text.partition(":")[0] for text in warnings(huge, None)] == ["spec"]
    assert warnings(huge, huge) == []
