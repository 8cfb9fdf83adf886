"""Daemon sets, stateful sets and controller revisions: defaults, every rule as a row, what may change, columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
INVALID, REQUIRED = "FieldValueInvalid", "FieldValueRequired"
FORBIDDEN, UNSUPPORTED = "FieldValueForbidden", "FieldValueNotSupported"
_META = {"name": "a", "namespace": "d", "creationTimestamp": "2026-01-01T11:00:00Z"}
_TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}}
_SELECTOR = {"matchLabels": {"app": "a"}}
DAEMON_SETS, STATEFUL_SETS, REVISIONS = "daemonsets.apps", "statefulsets.apps", "controllerrevisions.apps"
_CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def workload(**spec: Any) -> Json:
    return {"metadata": dict(_META), "spec": {"selector": _SELECTOR, "template": _TEMPLATE, **spec}}


def rolling(**steps: Any) -> Json:
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": steps}}


def test_a_minimal_daemon_set(server: Any) -> None:
    created, causes = server.create(DAEMON_SETS, workload())
    assert causes == []
    assert created["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "1"}
    assert created["spec"]["revisionHistoryLimit"] == 10
    assert created["spec"]["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
    }
    assert created["spec"]["template"]["spec"]["restartPolicy"] == "Always"


@pytest.mark.parametrize(
    ("path", "value", "generation"),
    [("spec/template/spec/containers/0/image", "y", "2"), ("spec/minReadySeconds", 5, "1")],
)
def test_another_template_is_another_generation(
    server: Any, changed: Any, path: str, value: Any, generation: str
) -> None:
    created, _ = server.create(DAEMON_SETS, workload())
    new = server.decode(DAEMON_SETS, changed(created, path, value))
    definition_of(resource(DAEMON_SETS)).prepare_update(new, created)
    assert new["metadata"]["annotations"]["deprecated.daemonset.template.generation"] == generation


def test_a_minimal_stateful_set(server: Any) -> None:
    created, causes = server.create(STATEFUL_SETS, workload(volumeClaimTemplates=[_CLAIM]))
    assert causes == []
    spec = created["spec"]
    assert spec["podManagementPolicy"] == "OrderedReady"
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    assert spec["volumeClaimTemplates"][0]["spec"]["volumeMode"] == "Filesystem"
    assert spec["volumeClaimTemplates"][0]["status"] == {"phase": "Pending"}
    assert (spec["replicas"], spec["revisionHistoryLimit"]) == (1, 10)


def test_volumes_of_a_stateful_set_may_come_from_claims(server: Any) -> None:
    template = {
        "metadata": {"labels": {"app": "a"}},
        "spec": {
            "containers": [{"name": "c", "image": "x:1", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}],
            "hostname": "NOT.VALID",
        },
    }
    _, causes = server.create(STATEFUL_SETS, workload(template=template, volumeClaimTemplates=[_CLAIM]))
    assert causes == []


NOT_NEGATIVE = "Invalid value: -1: must be greater than or equal to 0"
RULES: list[tuple[str, Json, str, str, str]] = [
    (
        DAEMON_SETS,
        {"selector": {}},
        "spec.selector",
        INVALID,
        "Invalid value: {}: empty selector is invalid for daemonset",
    ),
    (
        DAEMON_SETS,
        {"selector": {"matchLabels": {"x": "y"}}},
        "spec.template.metadata.labels",
        INVALID,
        'Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ),
    (DAEMON_SETS, {"minReadySeconds": -1}, "spec.minReadySeconds", INVALID, NOT_NEGATIVE),
    (DAEMON_SETS, {"revisionHistoryLimit": -1}, "spec.revisionHistoryLimit", INVALID, NOT_NEGATIVE),
    (
        DAEMON_SETS,
        {"updateStrategy": {"type": "X"}},
        "spec.updateStrategy",
        UNSUPPORTED,
        'Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ),
    (
        DAEMON_SETS,
        rolling(maxSurge=1, maxUnavailable=1),
        "spec.updateStrategy.rollingUpdate.maxSurge",
        INVALID,
        "Invalid value: 1: may not be set when maxUnavailable is non-zero",
    ),
    (
        DAEMON_SETS,
        rolling(maxSurge=0, maxUnavailable="0%"),
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        REQUIRED,
        "Required value: cannot be 0 when maxSurge is 0",
    ),
    (
        DAEMON_SETS,
        rolling(maxUnavailable="101%"),
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        INVALID,
        'Invalid value: "101%": must not be greater than 100%',
    ),
    (
        STATEFUL_SETS,
        {"podManagementPolicy": "X"},
        "spec.podManagementPolicy",
        INVALID,
        "Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'",
    ),
    (
        STATEFUL_SETS,
        {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}},
        "spec.updateStrategy.rollingUpdate",
        INVALID,
        'Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
    ),
    (
        STATEFUL_SETS,
        {"updateStrategy": {"type": "X"}},
        "spec.updateStrategy",
        INVALID,
        'Invalid value: {"Type":"X","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
    ),
    (
        STATEFUL_SETS,
        rolling(maxUnavailable=0),
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        INVALID,
        "Invalid value: 0: cannot be 0",
    ),
    (STATEFUL_SETS, rolling(partition=-1), "spec.updateStrategy.rollingUpdate.partition", INVALID, NOT_NEGATIVE),
    (
        STATEFUL_SETS,
        {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "X"}},
        "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "Retain", "Delete"',
    ),
    (
        STATEFUL_SETS,
        {"volumeClaimTemplates": [{"metadata": {"name": "v"}, "spec": {}}]},
        "spec.volumeClaimTemplates[0].spec.accessModes",
        REQUIRED,
        "Required value: at least 1 access mode is required",
    ),
    (STATEFUL_SETS, {"replicas": -1}, "spec.replicas", INVALID, NOT_NEGATIVE),
    (STATEFUL_SETS, {"ordinals": {"start": -1}}, "spec.ordinals.start", INVALID, NOT_NEGATIVE),
    (
        STATEFUL_SETS,
        {"selector": {}},
        "spec.selector",
        INVALID,
        "Invalid value: {}: empty selector is invalid for statefulset",
    ),
    (
        STATEFUL_SETS,
        {"template": {**_TEMPLATE, "spec": {**_TEMPLATE["spec"], "restartPolicy": "Never"}}},
        "spec.template.spec.restartPolicy",
        UNSUPPORTED,
        'Unsupported value: "Never": supported values: "Always"',
    ),
    (
        STATEFUL_SETS,
        {"template": {**_TEMPLATE, "spec": {**_TEMPLATE["spec"], "activeDeadlineSeconds": 5}}},
        "spec.template.spec.activeDeadlineSeconds",
        FORBIDDEN,
        "Forbidden: activeDeadlineSeconds in StatefulSet is not Supported",
    ),
]


@pytest.mark.parametrize(("kind", "spec", "field", "reason", "message"), RULES)
def test_rules(server: Any, kind: str, spec: Json, field: str, reason: str, message: str) -> None:
    assert (field, reason, message) in server.create(kind, workload(**spec))[1]


def test_what_may_not_change(server: Any, changed: Any) -> None:
    daemons, _ = server.create(DAEMON_SETS, workload())
    other = changed(daemons, "spec/selector/matchLabels/app", "b")
    assert [cause[0] for cause in server.update(DAEMON_SETS, daemons, other)] == [
        "spec.template.metadata.labels",
        "spec.selector",
    ]
    numbered, _ = server.create(STATEFUL_SETS, workload())
    for path, value in (("spec/serviceName", "other"), ("spec/volumeClaimTemplates", [_CLAIM])):
        message = (
            "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
            "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' "
            "are forbidden"
        )
        causes = server.update(STATEFUL_SETS, numbered, changed(numbered, path, value))
        assert causes == [("spec", FORBIDDEN, message)]
    for path, value in (("spec/replicas", 3), ("spec/ordinals", {"start": 1}), ("spec/minReadySeconds", 1)):
        assert server.update(STATEFUL_SETS, numbered, changed(numbered, path, value)) == []


@pytest.mark.parametrize(
    ("kind", "before", "status", "field", "message"),
    [
        (DAEMON_SETS, {}, {"numberReady": -1}, "numberReady", NOT_NEGATIVE),
        (DAEMON_SETS, {"collisionCount": 2}, {}, "collisionCount", "Invalid value: 0: cannot be decremented"),
        (
            STATEFUL_SETS,
            {},
            {"replicas": 1, "currentReplicas": 2},
            "currentReplicas",
            "Invalid value: 2: cannot be greater than status.replicas",
        ),
        (
            STATEFUL_SETS,
            {},
            {"replicas": 2, "availableReplicas": 2},
            "availableReplicas",
            "Invalid value: 2: cannot be greater than status.readyReplicas",
        ),
    ],
)
def test_statuses(server: Any, changed: Any, kind: str, before: Json, status: Json, field: str, message: str) -> None:
    created, _ = server.create(kind, workload())
    created["status"] = before
    causes = server.update(kind, created, changed(created, "status", status), status=True)
    assert (f"status.{field}", INVALID, message) in causes


def revision(**fields: Any) -> Json:
    return {"metadata": dict(_META), "revision": 1, "data": {"spec": {}}, **fields}


def test_controller_revisions(server: Any, changed: Any) -> None:
    created, causes = server.create(REVISIONS, revision())
    assert causes == []
    assert server.create(REVISIONS, revision(revision=-1))[1] == [("revision", INVALID, NOT_NEGATIVE)]
    bare = {"metadata": dict(_META), "revision": 1}
    assert server.create(REVISIONS, bare)[1] == [("data", REQUIRED, "Required value: data is mandatory")]
    message = 'Invalid value: {"spec":{"x":1}}: field is immutable'
    assert server.update(REVISIONS, created, changed(created, "data/spec/x", 1)) == [("data", INVALID, message)]
    assert server.update(REVISIONS, created, changed(created, "revision", 2)) == []


@pytest.mark.parametrize(
    ("kind", "obj", "row"),
    [
        (
            DAEMON_SETS,
            workload(template={"spec": {"nodeSelector": {"a": "b"}}})
            | {"status": {"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1}},
            ["a", 3, 2, 1, 0, 0, "a=b", "60m", "", "", "app=a"],
        ),
        (STATEFUL_SETS, workload(replicas=2) | {"status": {"readyReplicas": 1}}, ["a", "1/2", "60m", "c", "x:1"]),
        (
            REVISIONS,
            {
                "metadata": {
                    **_META,
                    "ownerReferences": [
                        {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "controller": True}
                    ],
                },
                "revision": 4,
            },
            ["a", "daemonset.apps/d", 4, "60m"],
        ),
        (REVISIONS, revision(), ["a", "<none>", 1, "60m"]),
    ],
)
def test_columns(kind: str, obj: Json, row: list[Any]) -> None:
    assert [column.cell(obj, NOW) for column in definition_of(resource(kind)).columns] == row


def test_warnings() -> None:
    warnings = definition_of(resource(STATEFUL_SETS)).warnings
    claim = {"spec": {"resources": {"requests": {"storage": "1500m"}}}}
    spec = workload(volumeClaimTemplates=[claim], revisionHistoryLimit=-1)
    assert warnings(spec, None) == [
        'spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "1500m" is invalid, must be '
        "an integer",
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
    ]
    assert warnings(spec, spec) == []
